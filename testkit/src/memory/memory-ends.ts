import type { Daemon } from '../apid/serve.js';
import type { Cluster, Machine } from '../base/machine.js';
import type { ClientFlaw } from '../base/pki/client-certificates.js';
import { APID_PORT, TRUSTD_PORT } from '../topics/network/programs.js';

/** Whose calls go where. */
export interface MemoryEnds {
  readonly cluster: Cluster;
  /** The roles of the client's certificate. */
  readonly roles: readonly string[];
  /** What is wrong with the certificate of the client, if anything. */
  readonly flaw: ClientFlaw | undefined;
  /** What is called on the nodes. */
  readonly daemon: Daemon;
}

/** The address and port of a daemon in the network of the cluster. */
export function endpointAddress({ address }: Machine, daemon: Daemon): string {
  return `${address}:${daemon === 'apid' ? APID_PORT : TRUSTD_PORT}`;
}
