import type { Clock } from './clock.js';
import { spread } from './spread.js';

/** How long an endpoint that failed is left alone, in milliseconds. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** What a rest is measured with. */
export interface RestParts {
  readonly backoff: Backoff;
  readonly clock: Clock;
  /** As `Math.random`. */
  readonly random: () => number;
}

/** The factor by which the rest grows with each failure in a row. */
const GROWTH = 1.6;

/**
 * How long a failed endpoint is left alone: at first for `firstMs`, longer with each failure in a
 * row, and at most for `maxMs`.
 */
export class Rest {
  readonly #parts: RestParts;
  #failures = 0;
  #until = -Infinity;
  #forgave = false;

  constructor(parts: RestParts) {
    this.#parts = parts;
  }

  /** Whether it failed recently and is left alone for now. */
  get now(): boolean {
    return this.#parts.clock.now() < this.#until;
  }

  /** How many times it failed in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Milliseconds for which it is left alone yet. */
  get leftMs(): number {
    return Math.max(0, this.#until - this.#parts.clock.now());
  }

  /**
   * Whether a connection that ended before any answer does not count as a failure. One does not, as
   * when a node restarts; the second in a row does.
   */
  forgives(): boolean {
    if (this.#forgave) return false;
    this.#forgave = true;
    return true;
  }

  /** The endpoint failed once more. */
  failed(): void {
    const { backoff, clock, random } = this.#parts;
    const { firstMs, maxMs } = backoff;
    const restMs = Math.min(firstMs * GROWTH ** this.#failures, maxMs);
    this.#failures += 1;
    this.#until = clock.now() + spread(restMs, random);
  }

  /** The endpoint showed that it works. */
  proved(): void {
    this.#failures = 0;
    this.#until = -Infinity;
    this.#forgave = false;
  }
}
