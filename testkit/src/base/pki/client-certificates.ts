import { createAuthority, type Issued, lifetimes } from 'talos-client/pki';
import { datesWith } from './index.js';
import type { Trust } from './trust.js';

/** What can be wrong with the certificate of a client. */
export type ClientFlaw = 'expired' | 'not-yet-valid' | 'wrong-ca' | 'wrong-usage';

/**
 * The certificates of a cluster's clients. Each is made when first asked for and then stays.
 *
 * @example
 * ```ts
 * const { cert, key } = await cluster.pki.client('os:reader');
 * const credentials = mtls({ ca: await cluster.pki.ca(), cert, key });
 * ```
 */
export class ClientCertificates {
  readonly #trust: Trust;
  readonly #issued = new Map<string, Promise<Issued>>();

  /** @internal Use `cluster.pki`. */
  constructor(trust: Trust) {
    this.#trust = trust;
  }

  /** The CA certificate, as PEM text. */
  async ca(): Promise<string> {
    return (await this.#trust.authority()).cert;
  }

  /** A certificate with roles: `client('os:admin')`. */
  client(...roles: readonly string[]): Promise<Issued> {
    return this.#once(roles.join(' '), async () =>
      (await this.#trust.authority()).issueClient({ roles }),
    );
  }

  /**
   * An admin's certificate that nodes refuse: out of its time, of another CA, or also good for
   * servers, which Talos does not accept.
   */
  flawed(flaw: ClientFlaw): Promise<Issued> {
    return this.#once(flaw, async () => {
      const authority = flaw === 'wrong-ca' ? createAuthority() : await this.#trust.authority();
      return authority.issueClient({
        roles: ['os:admin'],
        ...(flaw === 'wrong-usage' ? { usage: 'both' } : {}),
        ...datesWith(
          flaw === 'expired' || flaw === 'not-yet-valid' ? flaw : undefined,
          lifetimes.client,
        ),
      });
    });
  }

  #once(key: string, issue: () => Promise<Issued>): Promise<Issued> {
    let issued = this.#issued.get(key);
    if (issued === undefined) {
      issued = issue();
      this.#issued.set(key, issued);
    }
    return issued;
  }
}
