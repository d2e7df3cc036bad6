import type { ChildOutcome } from '../../flow.js';
import type { Json } from '../../json.js';

/** Whether a child failed by itself. */
export function isFailure(outcome: ChildOutcome<Json>): boolean {
  return outcome.state === 'failed' && outcome.error.reason !== 'cancelled';
}

/** Whether a child was not begun, or was cancelled. */
export function wasHeld(outcome: ChildOutcome<Json>): boolean {
  return outcome.state !== 'done' && !isFailure(outcome);
}

/** What is said behind a failure of what else was done, and of what was not begun. */
export function reachedText(done: readonly string[], left: readonly string[]): string {
  return [listed('done', done), listed('not begun', left)].join('');
}

function listed(what: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `; ${what}: ${names.join(', ')}`;
}
