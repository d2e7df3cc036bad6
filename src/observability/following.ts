import type { CallMessage } from '../runtime/diagnostics/index.js';
import { TalosClosedError } from '../runtime/errors/closed-error.js';

/** Whether it is a stream that follows, and has got its first reply. */
export function isEstablished({ follows, received }: CallMessage): boolean {
  return follows && received.messages > 0;
}

/**
 * Whether a stream that follows broke after its first reply. It did not when its caller ended it: by
 * leaving it, by a signal, or by closing the client.
 */
export function isBroken(call: CallMessage): boolean {
  const { error, status, outcome } = call;
  if (!isEstablished(call) || error === undefined || error instanceof TalosClosedError)
    return false;
  // A peer that cancels a call leaves an outcome.
  return status !== 'cancelled' || outcome !== undefined;
}
