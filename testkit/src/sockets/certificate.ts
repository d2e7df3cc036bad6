import { createAuthority, type Issued, lifetimes } from 'talos-client/pki';
import type { Machine } from '../base/machine.js';
import { createMaintenanceCertificate, datesWith } from '../base/pki/index.js';
import type { Timer } from '../base/time/clock.js';

/** What a node shows to who connects, and whom it lets in. */
export interface ServerIdentity {
  readonly certificate: Issued;
  /** The CAs of the clients it accepts, as PEM text; absent while it asks for no certificate. */
  readonly clientCa: string | undefined;
}

/** Nodes renew their certificates after half of their life. */
const RENEWAL_MS = 12 * 3_600_000;

/**
 * The certificate of a node's API. Made when first asked for, and anew after 12 hours of the
 * cluster's clock, when the node gets another identity or name, and at each boot in maintenance.
 *
 * The dates in it are those of the machine that runs the test, since TLS looks at that clock.
 */
export class ApiCertificate {
  readonly #machine: Machine;
  readonly #onRenewal: () => void;
  #current: Promise<ServerIdentity> | undefined;
  #renewal: Timer | undefined;

  /** `onRenewal` is called when the certificate in use is no longer the current one. */
  constructor(machine: Machine, onRenewal: () => void) {
    this.#machine = machine;
    this.#onRenewal = onRenewal;
  }

  /** The certificate in use. */
  current(): Promise<ServerIdentity> {
    if (this.#current === undefined) {
      this.#current = issue(this.#machine);
      this.#renewal = this.#machine.cluster.clock.setTimer(RENEWAL_MS, () => this.renew());
    }
    return this.#current;
  }

  /** Has the next connection get a new one. */
  renew(): void {
    this.#renewal?.cancel();
    this.#current = undefined;
    this.#onRenewal();
  }
}

async function issue({
  identity,
  address,
  name,
  certificateFlaw: problem,
}: Machine): Promise<ServerIdentity> {
  const names = problem === 'wrong-name' ? ['192.0.2.1'] : [address, name, '127.0.0.1'];
  const flaw = problem === 'expired' || problem === 'not-yet-valid' ? problem : undefined;
  const dates = datesWith(flaw, lifetimes.server);
  if (identity === undefined) {
    return {
      certificate: createMaintenanceCertificate({ names, ...dates }),
      clientCa: undefined,
    };
  }
  const authority = problem === 'wrong-ca' ? createAuthority() : await identity.trust.authority();
  return {
    certificate: authority.issueServer({ names, commonName: name, ...dates }),
    clientCa: await identity.trust.accepted(),
  };
}
