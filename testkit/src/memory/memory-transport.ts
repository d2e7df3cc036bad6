import type { ClientCertificate, Credentials, Transport } from 'talos-client';
import type { Clock } from 'talos-client/carrier';
import { carrierTransport } from 'talos-client/carrier';
import type { Machine } from '../base/machine.js';
import type { Random } from '../base/random.js';
import type { Timer } from '../base/time/clock.js';
import { MemoryCarrier } from './memory-carrier.js';
import { endpointAddress, type MemoryEnds } from './memory-ends.js';

/** Whose calls go where. */
export interface MemoryTransportOptions extends MemoryEnds {
  /** The nodes whose endpoints take the calls. */
  readonly entries: readonly Machine[];
}

/**
 * Carries calls to the nodes of a cluster without a socket. Every message is encoded and decoded
 * as on the wire, and the nodes see the same bytes as over TLS.
 */
export function memoryTransport({ entries, ...ends }: MemoryTransportOptions): Transport {
  return transportTo(
    entries.map((entry) => endpointAddress(entry, ends.daemon)),
    ends,
  );
}

function transportTo(endpoints: readonly string[], ends: MemoryEnds): Transport {
  const carrier = new MemoryCarrier(ends);
  const entries = ends.cluster.machines.filter((machine) =>
    endpoints.includes(endpointAddress(machine, ends.daemon)),
  );
  const credentials: Credentials = {
    // As a client over sockets has credentials for maintenance then.
    get kind() {
      return entries.every(({ inMaintenance }) => inMaintenance) ? 'maintenance' : 'memory';
    },
    metadata: undefined,
    // A node in maintenance asks for none, and so does trustd.
    get certificate() {
      const known = ends.daemon === 'apid' && carrier.latest?.inMaintenance === false;
      return known ? certificateOf(ends.roles) : undefined;
    },
    security: () => ({ tls: undefined }),
  };
  const { clock } = ends.cluster;
  const calls: Clock = {
    now: () => clock.now(),
    start: (ms, run, argument) => clock.setTimer(ms, () => run(argument)),
    stop: (timer) => (timer as Timer | undefined)?.cancel(),
  };
  return carrierTransport(
    // A node that is back takes calls at once, whatever the clock says.
    { endpoints, credentials, backoff: { firstMs: 0, maxMs: 0 } },
    () => carrier,
    {
      clock: calls,
      random: firstThen(ends.cluster.random.fork('client')),
      sibling: (changes) =>
        transportTo(changes.endpoints ?? endpoints, {
          ...ends,
          roles: changes.credentials ? (changes.credentials.certificate?.roles ?? []) : ends.roles,
        }),
    },
  );
}

/** What the client's certificate would say, if there were one. */
function certificateOf(roles: readonly string[]): ClientCertificate {
  return {
    subject: roles.map((role) => `O=${role}`).join(', '),
    roles,
    notBefore: new Date(0),
    notAfter: new Date(8.64e15),
    fingerprint: '',
  };
}

/** The same in every run: calls begin with the first endpoint, and wait for random times. */
function firstThen(random: Random): () => number {
  let begun = false;
  return () => {
    if (begun) return random.float();
    begun = true;
    return 0;
  };
}
