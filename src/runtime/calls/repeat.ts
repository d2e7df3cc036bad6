import { resetCodes, type StreamEnd } from '../carriers/carrier.js';
import type { AnyMethod } from '../method.js';

/** Whether nobody looked at the request for certain: it never left, or the peer refused the stream. */
export function isUnprocessed(end: StreamEnd): boolean {
  return end.kind === 'unsent' || (end.kind === 'reset' && end.code === resetCodes.refusedStream);
}

/**
 * Whether a call may be made again after an attempt that brought no answer.
 *
 * Always when nobody looked at the request. Otherwise, where the connection broke or the peer had too
 * much of this client: what reads; and what ends in the same state, to the same node alone.
 */
export function mayRepeat(
  { idempotency }: AnyMethod,
  node: string | undefined,
  end: StreamEnd,
): boolean {
  if (isUnprocessed(end)) return true;
  const broke =
    end.kind === 'lost' || (end.kind === 'reset' && end.code === resetCodes.enhanceYourCalm);
  if (!broke) return false;
  return idempotency === 'read' || (idempotency === 'idempotent' && node !== undefined);
}
