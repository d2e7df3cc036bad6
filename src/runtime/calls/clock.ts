import { LONGEST_TIMER_MS } from '../timers.js';

/** The clock of calls. */
export interface Clock {
  /** Milliseconds since some moment; never goes back. */
  now(): number;
  /** Calls `run(argument)` after `ms`, at most once. */
  start<T>(ms: number, run: (argument: T) => void, argument: T): unknown;
  /** Stops what `start` returned. Does nothing when there is nothing to stop. */
  stop(timer: unknown): void;
}

/** The monotonic clock of the machine: setting the machine's time does not change it. */
export const machineClock: Clock = {
  now: () => performance.now(),
  start(ms, run, argument) {
    // Longer than 24 days: no process waits for it.
    return ms > LONGEST_TIMER_MS ? undefined : setTimeout(run, ms, argument);
  },
  stop(timer) {
    clearTimeout(timer as NodeJS.Timeout | undefined);
  },
};
