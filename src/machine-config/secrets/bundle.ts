/** A certificate authority with its key. */
export interface BundledAuthority {
  /** The certificate as PEM text. */
  readonly cert: string;
  /** The private key as PEM text. */
  readonly key: string;
}

/**
 * The secrets that all machines of a cluster share, as `talosctl gen secrets` makes them. Whoever
 * has them rules the cluster. Printed with `console.log` they show names without values; turned
 * into JSON they are whole.
 *
 * Source: `pkg/machinery/config/generate/secrets/secrets.go` of Talos.
 */
export interface SecretsBundle {
  /** By which the members of a cluster find each other. */
  readonly cluster: {
    /** Base64 of 32 bytes. */
    readonly id: string;
    /** Base64 of 32 bytes. */
    readonly secret: string;
  };
  readonly secrets: {
    /** What kubelets show to Kubernetes at first: 6 and 16 of `0-9a-z`, joined with a dot. */
    readonly bootstrapToken?: string | undefined;
    /** The key of Kubernetes' secrets in etcd: base64 of 32 bytes. From contract 1.3 on. */
    readonly secretboxEncryptionSecret?: string | undefined;
    /** The same of clusters that were made with contract 1.2 or older. */
    readonly aescbcEncryptionSecret?: string | undefined;
  };
  readonly trustdInfo: {
    /** What workers show to control planes for a certificate: like a bootstrap token. */
    readonly token: string;
  };
  /** Absent are those of Kubernetes and etcd in a bundle for machines without either. */
  readonly certs: {
    readonly etcd?: BundledAuthority | undefined;
    readonly k8s?: BundledAuthority | undefined;
    readonly k8sAggregator?: BundledAuthority | undefined;
    /** The key that signs the tokens of service accounts, as PEM text. */
    readonly k8sServiceAccount?: { readonly key: string } | undefined;
    /** The authority of the Talos API. */
    readonly os: BundledAuthority;
  };
}

/** The key under which `util.inspect` looks for an object's own way to be shown. */
const inspect = Symbol.for('nodejs.util.inspect.custom');

/** A copy of the bundle that prints names without values. */
export function hideValues(bundle: SecretsBundle): SecretsBundle {
  return hidden(bundle);
}

function hidden<Value extends object>(value: Value): Value {
  const said = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const copy = Object.fromEntries(
    said.map(([key, inner]) => [key, typeof inner === 'object' ? hidden(inner as object) : inner]),
  );
  return Object.defineProperty(copy as Value, inspect, { value: () => shown(copy) });
}

function shown(value: object): object {
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      typeof inner === 'object' ? shown(inner as object) : '<hidden>',
    ]),
  );
}
