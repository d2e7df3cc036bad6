import { addressee } from '../addressing.js';
import type { Outcome } from '../errors/outcome.js';
import type { AnyCall } from '../transport.js';

/**
 * Whether the client may repeat a call whose attempt ended with `outcome`. Whether a repeat can
 * help, and whether its requests are still there, is decided elsewhere.
 *
 * - `not-sent`: the call may be repeated, through any endpoint.
 * - `answered`: it is not repeated.
 * - `unknown`: a `read` call may be repeated. An `idempotent` call may be repeated only if it names
 *   its node: twice does no harm on the same node, but it does on two nodes. A single endpoint is
 *   not enough: as a name, a virtual IP or a load balancer it may stand for many nodes. An `unsafe`
 *   call is not repeated.
 */
export function mayRepeat(call: Pick<AnyCall, 'method' | 'metadata'>, outcome: Outcome): boolean {
  if (outcome !== 'unknown') return outcome === 'not-sent';
  switch (call.method.idempotency) {
    case 'read':
      return true;
    case 'idempotent':
      return addressee(call.metadata) === 'node';
    default:
      return false;
  }
}
