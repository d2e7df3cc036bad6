import type { ReconnectParts } from '../../src/reconnect/index.js';
import type { Clock } from '../../src/runtime/calls/clock.js';
import { turningUntil } from './time.js';

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/**
 * A clock for what reconnects. Waits of less than a minute are over at once, and are noted; longer
 * ones only end when the test turns the clock.
 */
export class QuickClock implements Clock {
  /** The waits that were asked for and are shorter than a minute, in milliseconds. */
  readonly waits: number[] = [];
  #now = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  start<T>(ms: number, run: (argument: T) => void, argument: T): unknown {
    const timer = { due: this.#now + ms, run: () => run(argument) };
    this.#timers.add(timer);
    if (ms < 60_000) {
      this.waits.push(ms);
      setImmediate(() => this.#fire(timer));
    }
    return timer;
  }

  stop(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves the clock on, firing what is due. */
  turn(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers]) if (timer.due <= this.#now) this.#fire(timer);
  }

  /** Turns the clock again and again, until `promise` has settled. */
  turnUntil<T>(promise: Promise<T>, ms: number): Promise<T> {
    return turningUntil(promise, async () => {
      this.turn(ms);
      await new Promise((resolve) => setImmediate(resolve));
    });
  }

  #fire(timer: Timer): void {
    if (!this.#timers.delete(timer)) return;
    timer.run();
  }
}

/** Time that does not pass by itself, and chance that always takes the longest wait. */
export function quickParts(): ReconnectParts & { readonly clock: QuickClock } {
  return { clock: new QuickClock(), random: () => 1 };
}
