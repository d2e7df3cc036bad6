import type { TalosClient, TalosNode } from 'talos-client';
import type { KubernetesApi } from 'talos-client/operations';

/** The names that blocks may use without saying where they come from. */
export interface Given {
  /** A client of the cluster, as an admin. */
  readonly talos: TalosClient;
  /** The first worker of it. */
  readonly node: TalosNode;
  readonly signal: AbortSignal;
  /** A client of the cluster's Kubernetes API, as somebody brings one along. */
  readonly api: KubernetesApi;
  /** PEM of the certificates and the key of an admin. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** The fingerprint of the machine in maintenance, 10.0.0.9. */
  readonly pin: string;
  /** The text of a talosconfig. */
  readonly text: string;
}

const names: Readonly<Record<keyof Given, true>> = {
  talos: true,
  node: true,
  signal: true,
  api: true,
  ca: true,
  cert: true,
  key: true,
  pin: true,
  text: true,
};

/** Declarations of the names, for the compiler; `module` is this one, as they can import it. */
export function declarations(module: string): string {
  return Object.keys(names)
    .map((name) => `declare const ${name}: import(${JSON.stringify(module)}).Given['${name}'];\n`)
    .join('');
}
