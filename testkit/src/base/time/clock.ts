import { onAbort } from './abort.js';

/** A timer that was set and can be taken back. */
export interface Timer {
  /** Keeps the timer from firing; does nothing when it has fired. */
  cancel(): void;
}

/**
 * The time of a simulated cluster. Everything in it that waits waits on its clock, so that a test
 * with a `ManualClock` decides when hours have passed.
 */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `run` once, after `ms` milliseconds of this clock. */
  setTimer(ms: number, run: () => void): Timer;
}

/** The longest time for Node's timers, 24.8 days. With a longer time they end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The time of the machine that runs the test. */
export const realClock: Clock = {
  now: () => Date.now(),
  setTimer(ms, run) {
    let left = Math.max(0, ms);
    let timer: NodeJS.Timeout;
    // Longer times than a timer of Node takes are waited for in parts.
    const wait = () => {
      const part = Math.min(left, LONGEST_TIMER_MS);
      left -= part;
      timer = setTimeout(left > 0 ? wait : run, part);
    };
    wait();
    return { cancel: () => clearTimeout(timer) };
  },
};

/**
 * Waits `ms` milliseconds of `clock`.
 *
 * Rejects with the reason of `signal` when that is aborted first.
 */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = clock.setTimer(ms, () => {
      stopListening?.();
      resolve();
    });
    const stopListening =
      signal &&
      onAbort(signal, (reason) => {
        timer.cancel();
        reject(reason);
      });
  });
}

/** 2026-01-01, when a `ManualClock` starts unless told otherwise. */
const DEFAULT_START = Date.UTC(2026, 0, 1);

interface Pending {
  readonly due: number;
  readonly run: () => void;
}

/**
 * A clock that stands still until a test turns it.
 *
 * @example
 * ```ts
 * const clock = new ManualClock();
 * await using cluster = await simulateCluster({ clock });
 * await clock.advance(12 * 3_600_000); // certificates are renewed
 * ```
 */
export class ManualClock implements Clock {
  #now: number;
  readonly #pending = new Set<Pending>();

  /** Starts at `start`: a date or milliseconds since 1970. */
  constructor(start: Date | number = DEFAULT_START) {
    this.#now = Number(start);
  }

  /** Milliseconds since 1970, as far as the clock was turned. */
  now(): number {
    return this.#now;
  }

  /** How many timers have not fired yet. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Runs `run` when the clock was turned by `ms` milliseconds. */
  setTimer(ms: number, run: () => void): Timer {
    const entry = { due: this.#now + Math.max(0, ms), run };
    this.#pending.add(entry);
    return { cancel: () => this.#pending.delete(entry) };
  }

  /**
   * Moves the clock on by `ms` milliseconds, firing the timers on the way in the order of their
   * times, those that are set meanwhile too. What a timer set off has had its turn to run before
   * the next one fires.
   */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await turn();
    for (let next = this.#next(target); next !== undefined; next = this.#next(target)) {
      this.#pending.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.run();
      await turn();
    }
    this.#now = target;
  }

  #next(until: number): Pending | undefined {
    let first: Pending | undefined;
    for (const entry of this.#pending) {
      if (entry.due <= until && (first === undefined || entry.due < first.due)) first = entry;
    }
    return first;
  }
}

/** Lets every promise that can settle settle. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * The part of a clock that ends with whoever uses it: a node's boot, or a cluster. Cancelling takes
 * back all timers that were set through it, and later ones never fire.
 */
export class ClockScope implements Clock {
  readonly #clock: Clock;
  readonly #timers = new Set<Timer>();
  #ended = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimer(ms: number, run: () => void): Timer {
    if (this.#ended) return { cancel() {} };
    const inner = this.#clock.setTimer(ms, () => {
      this.#timers.delete(timer);
      run();
    });
    const timer = {
      cancel: () => {
        this.#timers.delete(timer);
        inner.cancel();
      },
    };
    this.#timers.add(timer);
    return timer;
  }

  /** Takes back every timer. */
  end(): void {
    this.#ended = true;
    for (const timer of [...this.#timers]) timer.cancel();
  }
}
