import type { Clock } from './clock.js';
import { spread } from './spread.js';

/** Milliseconds for which an endpoint is left out at first; each further time is twice as long. */
const FIRST_MS = 1000;
/** Milliseconds at most. */
const MOST_MS = 30_000;
/** Milliseconds after which what was before does not count. */
const FORGOTTEN_MS = 60_000;

/** Whether a sick endpoint is left out, and until when. */
export class Ejection {
  readonly #clock: Clock;
  readonly #random: () => number;
  #times = 0;
  #until: number | undefined;
  #backAt = -Infinity;

  /** @param random as `Math.random` */
  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Whether it is left out. That ends when it answered a probe. */
  get out(): boolean {
    return this.#until !== undefined;
  }

  /** Whether it is time for a probe. */
  get due(): boolean {
    return this.#until !== undefined && this.#clock.now() >= this.#until;
  }

  /** Leaves it out, or leaves it out for longer. Returns for how many milliseconds. */
  begin(): number {
    const now = this.#clock.now();
    if (!this.out && now - this.#backAt > FORGOTTEN_MS) this.#times = 0;
    const wholeMs = Math.min(FIRST_MS * 2 ** this.#times, MOST_MS);
    this.#times += 1;
    const forMs = spread(wholeMs, this.#random);
    this.#until = now + forMs;
    return forMs;
  }

  /** It works again. */
  end(): void {
    this.#until = undefined;
    this.#backAt = this.#clock.now();
  }
}
