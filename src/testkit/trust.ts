import { type Authority, createAuthority } from './pki/index.js';

/** Whom a node trusts, and who issues its certificates: what its configuration says. */
export interface Trust {
  /** Nodes whose trusts have the same id accept each other. */
  readonly id: string;
  /** The CA certificates whose clients the node accepts, as PEM text. */
  accepted(): Promise<string>;
  /** The CA that issues the certificates of the node. */
  authority(): Promise<Authority>;
}

let trusts = 0;

/** A trust with a new CA, which is made when first asked for. */
export function createTrust(): Trust {
  let authority: Promise<Authority> | undefined;
  const load = () => {
    authority ??= createAuthority();
    return authority;
  };
  trusts += 1;
  return {
    id: `new-${trusts}`,
    authority: load,
    accepted: async () => (await load()).cert,
  };
}
