import type { ObservedClient } from '../observed-client.js';
import type { Transport } from '../transport.js';

const standIns = new WeakMap<Transport, ObservedClient>();

/** The client of a transport, for messages; a transport of others has no name. */
export function observedOf(transport: Transport): ObservedClient {
  const known = transport.observed ?? standIns.get(transport);
  if (known !== undefined) return known;
  const made: ObservedClient = {
    name: undefined,
    get endpoints() {
      return transport.endpoints;
    },
    get certificate() {
      return transport.certificate;
    },
  };
  standIns.set(transport, made);
  return made;
}
