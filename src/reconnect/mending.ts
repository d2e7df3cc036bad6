import { isTalosError } from '../runtime/errors/any-error.js';
import { isRetryable } from '../runtime/errors/rpc-error.js';

/** How many connections in a row may end with bytes that are no message. */
const BROKEN_AT_MOST = 3;

/** What there was before a connection was lost. */
export interface Before {
  /**
   * Whether the node has ever answered this stream. Until then, also an answer that is a failure, and
   * trouble with certificates, count as what only somebody else can mend.
   */
  readonly reached: boolean;
  /** Whether trouble with certificates is waited out all the same. */
  readonly waits: boolean;
  /** How many connections were lost in a row. */
  readonly losses: number;
}

/**
 * Whether another connection may mend what ended the last one. Permissions, requests that the node
 * does not take and a closed client are not mended by it.
 */
export function isMended(error: unknown, { reached, waits, losses }: Before): boolean {
  if (!isTalosError(error)) return false;
  // One reply that is cut short is a connection that broke; the same one again and again is not.
  if (error.code === 'protocol') return losses < BROKEN_AT_MOST;
  if (error.code !== 'rpc') return false;
  switch (error.status) {
    case 'permission-denied':
    case 'invalid-argument':
    case 'unimplemented':
    case 'unauthenticated':
      return false;
    case 'resource-exhausted':
      return isRetryable(error);
    case 'unavailable':
      return reached || waits || isRetryable(error);
    case 'deadline-exceeded':
    case 'cancelled':
    case 'aborted':
      return true;
    default:
      // Talos gives `unknown` for ordinary failures, some of which end with the boot of a node.
      return reached;
  }
}
