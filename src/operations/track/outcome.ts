import { isTalosError } from '../../runtime/errors/any-error.js';
import type { OperationOutcome } from '../../runtime/errors/operation-error.js';
import type { StatusName } from '../../runtime/errors/status.js';

/** Statuses that a node gives before it does anything; Talos gives `unknown` for what it checks. */
const refusals: ReadonlySet<StatusName> = new Set([
  'permission-denied',
  'unauthenticated',
  'invalid-argument',
  'failed-precondition',
  'not-found',
  'unimplemented',
  'unknown',
]);

/** What the error of a call that acts says of whether it ran. */
export function outcomeOfCall(error: unknown): OperationOutcome {
  if (!isTalosError(error)) return 'unknown';
  if (error.code === 'config') return 'unchanged';
  if (error.code !== 'rpc') return 'unknown';
  if (error.outcome === 'not-sent') return 'unchanged';
  // A stream that is reset looks like an answer, and the call may have run.
  return error.outcome === 'answered' && refusals.has(error.status) ? 'unchanged' : 'unknown';
}
