import type { Daemon } from '../apid/serve.js';
import type { Cluster } from '../base/machine.js';
import type { ClientFlaw } from '../base/pki/client-certificates.js';

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
