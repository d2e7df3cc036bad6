import { type Authority, createRoot, openAuthority, type Root, rootId } from 'talos-client/pki';

/** Whom a node trusts, and who issues its certificates: what its configuration says. */
export interface Trust {
  /** Nodes whose trusts have the same id accept each other. */
  readonly id: string;
  /** The certificate of the CA, as PEM text. */
  readonly cert: string;
  /** The key of the CA; control planes have it, workers do not. */
  readonly key: string | undefined;
  /** The CA certificates whose clients the node accepts, as PEM text. */
  accepted(): Promise<string>;
  /**
   * The CA that issues the certificates of the node.
   *
   * @throws when nobody has its key.
   */
  authority(): Promise<Authority>;
}

/** A trust with a new CA, which is made when first asked for. */
export function createTrust(): Trust {
  let root: Root | undefined;
  const made = (): Root => {
    root ??= createRoot();
    return root;
  };
  const authority = once(async () => openAuthority(made()));
  return withHiddenKey({
    get id() {
      return rootId(made().cert);
    },
    get cert() {
      return made().cert;
    },
    get key() {
      return made().key;
    },
    authority,
    accepted: async () => made().cert,
  });
}

/** What a configuration says about trust. */
export interface TrustInit {
  /** The certificate of the CA, as PEM text. */
  readonly cert: string;
  /** Absent on workers. */
  readonly key: string | undefined;
  /** More CA certificates to accept clients of, during a rotation. */
  readonly alsoAccepted: readonly string[];
}

/** The trust of a configuration. Who has no key asks `issuer` for certificates. */
export function configuredTrust(
  { cert, key, alsoAccepted }: TrustInit,
  issuer: () => Promise<Authority>,
): Trust {
  return withHiddenKey({
    id: rootId(cert),
    cert,
    key,
    accepted: async () => [cert, ...alsoAccepted].join('\n'),
    authority: once(async () => (key === undefined ? issuer() : openAuthority({ cert, key }))),
  });
}

/** Keeps the key out of whatever is printed. */
function withHiddenKey(trust: Trust): Trust {
  return Object.defineProperty(trust, 'key', { enumerable: false });
}

/** Asks once; a failure is forgotten. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask().catch((cause: unknown) => {
      answer = undefined;
      throw cause;
    });
    return answer;
  };
}
