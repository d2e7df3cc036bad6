import type { Target } from '../../runtime/target.js';
import type { Operation } from '../run/operation.js';
import type { TrackedAction, TrackStep } from './action.js';
import { Tracker } from './tracker.js';

/** Runs what tracks an action, and ends the tracking however that ends. */
export async function tracked<Step extends string, Result>(
  operation: Operation<Step | TrackStep>,
  node: Target,
  action: TrackedAction,
  run: (tracker: Tracker<Step>) => Promise<Result>,
): Promise<Result> {
  const tracker = new Tracker<Step>(operation, node, action);
  try {
    return await run(tracker);
  } finally {
    tracker.stop();
  }
}
