import { failureOf } from '../engine/failure.js';
import type { FlowFailure } from '../flow.js';
import type { RunStatus } from '../runner.js';
import type { RunState } from './run-state.js';

/** What is known of a run beside its records. */
interface Known {
  /** What its flows wait for from outside; given if it is worked on. */
  readonly waits?: ReadonlyMap<string, number> | undefined;
  /** Why nobody works on it, where that is known. */
  readonly left?: FlowFailure | undefined;
}

/** How a run is. */
export function statusOf(state: RunState, { waits, left }: Known): RunStatus {
  const { start, startedAtMs, endedAtMs, ended } = state;
  return {
    id: start.id,
    flow: start.flow,
    version: start.version,
    state: wordOf(state, waits !== undefined),
    startedAtMs,
    endedAtMs,
    waitsFor: [...(waits?.keys() ?? [])],
    error: ended?.state === 'failed' ? ended.error : left,
  };
}

function wordOf({ ended, isCancelled, isPaused }: RunState, isLive: boolean): RunStatus['state'] {
  if (ended?.state === 'done') return 'done';
  if (ended !== undefined) return ended.error.reason === 'cancelled' ? 'cancelled' : 'failed';
  if (!isLive) return 'left';
  if (isCancelled) return 'cancelling';
  return isPaused ? 'paused' : 'running';
}

/** The status of a run of which nothing is known but its folder. */
export function unreadable(id: string, error: unknown): RunStatus {
  return {
    id,
    flow: '',
    version: '',
    state: 'left',
    startedAtMs: 0,
    endedAtMs: undefined,
    waitsFor: [],
    error: failureOf(error),
  };
}
