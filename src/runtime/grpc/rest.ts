import { now } from '../clock.js';

/** How much longer an endpoint is left alone after each failure in a row. */
const GROWTH = 1.6;

/**
 * How long an endpoint that failed is left alone: at first for `firstMs`, longer with each failure
 * in a row, and at most for `mostMs`.
 */
export class Rest {
  readonly #firstMs: number;
  readonly #mostMs: number;
  #failures = 0;
  #until = 0;
  #forgave = false;

  constructor(firstMs: number, mostMs: number) {
    this.#firstMs = firstMs;
    this.#mostMs = mostMs;
  }

  /** Whether it failed so recently that it is left alone for now. */
  get now(): boolean {
    return this.#until !== 0 && now() < this.#until;
  }

  /**
   * Whether a connection that ended before any call was answered is let pass: one may, as when a
   * node restarts, but not two in a row.
   */
  forgives(): boolean {
    if (this.#forgave) return false;
    this.#forgave = true;
    return true;
  }

  /** It failed once more. */
  failed(): void {
    const restMs = Math.min(this.#firstMs * GROWTH ** this.#failures, this.#mostMs);
    this.#failures += 1;
    // Clients that lost the same endpoint should not come back at the same moment.
    this.#until = now() + restMs * (0.8 + Math.random() * 0.4);
  }

  /** It showed that it works. */
  proved(): void {
    this.#failures = 0;
    this.#until = 0;
    this.#forgave = false;
  }
}
