import type { Clock, Timer } from '../base/time/clock.js';

interface Pending {
  readonly due: number;
  readonly run: () => void;
  /** Set when the timer was handed over to the real clock. */
  timer?: Timer;
  cancelled: boolean;
}

/**
 * A clock that begins in the past and then catches up at once: timers that were due meanwhile fire
 * one after the other, each seeing its own time. Afterwards it is the clock it was made from.
 *
 * So a node of a cluster that is up from the start has a past: it booted an hour ago.
 */
export class PastClock implements Clock {
  readonly #clock: Clock;
  #now: number | undefined;
  #pending: Pending[] = [];

  constructor(clock: Clock, start: number) {
    this.#clock = clock;
    this.#now = start;
  }

  now(): number {
    return this.#now ?? this.#clock.now();
  }

  setTimer(ms: number, run: () => void): Timer {
    if (this.#now === undefined) return this.#clock.setTimer(ms, run);
    const entry: Pending = { due: this.#now + Math.max(0, ms), run, cancelled: false };
    // Behind those with the same time: they fire in the order they were set.
    const place = this.#pending.findIndex(({ due }) => due > entry.due);
    this.#pending.splice(place < 0 ? this.#pending.length : place, 0, entry);
    return {
      cancel: () => {
        entry.cancelled = true;
        entry.timer?.cancel();
      },
    };
  }

  /** Fires everything that is due by now. */
  catchUp(): void {
    const until = this.#clock.now();
    for (;;) {
      const next = this.#pending[0];
      if (next === undefined || next.due > until) break;
      this.#pending.shift();
      if (next.cancelled) continue;
      this.#now = next.due;
      next.run();
    }
    this.#now = undefined;
    for (const entry of this.#pending.splice(0)) {
      if (!entry.cancelled) entry.timer = this.#clock.setTimer(entry.due - until, entry.run);
    }
  }
}
