import { addressee } from '../addressing.js';
import type { Outcome } from '../errors/outcome.js';
import type { AnyCall } from '../transport.js';

/**
 * Whether a call whose attempt ended with `outcome` may be made again by itself. Whether that can
 * help, and whether its requests are still there, is for the caller to know.
 *
 * What certainly was not sent may go out through any endpoint. What was answered is not repeated.
 * Otherwise a call that reads may; one that is idempotent only if it names its node: twice is as
 * good as once on the same node, and not on two. One endpoint may stand for many nodes, as a name,
 * a virtual IP or a load balancer does. What is unsafe is not repeated.
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
