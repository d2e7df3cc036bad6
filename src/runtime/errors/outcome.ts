import type { StatusName } from './status.js';

/**
 * What is known of a call that failed.
 *
 * - `not-sent`: nothing ran. The call never left, or the peer refused it before looking at it.
 * - `answered`: the peer that had the call ended it with this status. The status says what the call
 *   did until then.
 * - `unknown`: the call was sent, and no reliable answer came: the connection was lost, the
 *   deadline passed, or the endpoint lost the node. The call may have run, may still be running, or
 *   never ran.
 */
export type Outcome = 'not-sent' | 'answered' | 'unknown';

/**
 * Statuses with which an endpoint itself answers when it lost the node that it passed a call to, or
 * only the stream to it: gRPC makes `internal` of most reasons for which a stream is reset.
 */
const ofThePasserBy: ReadonlySet<StatusName> = new Set([
  'unavailable',
  'deadline-exceeded',
  'cancelled',
  'internal',
]);

/**
 * The outcome of a call whose peer gave `status`.
 *
 * An endpoint that cannot reach a node answers with the same status as one that lost the node in
 * the middle of a call. So this status does not prove that nothing ran.
 *
 * @param passedOn whether the peer may have passed the call on to another node
 */
export function answeredOutcome(status: StatusName, passedOn: boolean): Outcome {
  return passedOn && ofThePasserBy.has(status) ? 'unknown' : 'answered';
}

/**
 * The outcome of a call with several attempts. The last attempt alone does not decide it: an
 * earlier one may have run.
 */
export function laterOutcome(earlier: Outcome | undefined, last: Outcome): Outcome {
  return earlier === 'unknown' && last === 'not-sent' ? 'unknown' : last;
}
