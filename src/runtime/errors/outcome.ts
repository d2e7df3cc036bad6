import type { StatusName } from './status.js';

/**
 * What is known of a call that failed.
 *
 * - `not-sent`: nothing ran. The call never left, or the peer refused it before looking at it.
 * - `answered`: the peer that had the call ended it with this status. What the call did until then,
 *   the status says.
 * - `unknown`: the call left and no answer came that can be trusted: the connection was lost, the
 *   deadline passed, or the endpoint lost the node. It may have run, may run still, or not at all.
 */
export type Outcome = 'not-sent' | 'answered' | 'unknown';

/** Statuses that an endpoint gives itself when it does not hear from the node it passed a call to. */
const ofThePasserBy: ReadonlySet<StatusName> = new Set([
  'unavailable',
  'deadline-exceeded',
  'cancelled',
]);

/**
 * The outcome of a call whose peer gave `status`.
 *
 * An endpoint that cannot reach a node and one that lost it in the middle of a call answer with the
 * same status, so that neither is proof that nothing ran.
 *
 * @param passedOn whether the peer may have passed the call on to another node
 */
export function answeredOutcome(status: StatusName, passedOn: boolean): Outcome {
  return passedOn && ofThePasserBy.has(status) ? 'unknown' : 'answered';
}

/**
 * The outcome of a call that was made several times, as that of its last attempt says: an attempt
 * before it may have run.
 */
export function laterOutcome(earlier: Outcome | undefined, last: Outcome): Outcome {
  return earlier === 'unknown' && last === 'not-sent' ? 'unknown' : last;
}
