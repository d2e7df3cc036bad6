import { calmDown } from './frames.js';

/** Useless frames that a peer may send at once, and per second in the long run. */
const BURST = 10_000;
const PER_SECOND = 330;

/**
 * Counts frames that are allowed but of no use: empty ones, ones for streams that are over, answers
 * that nobody asked for. Each costs work, and a peer that sends them without end is to stop.
 */
export class Glitches {
  #left = BURST;
  #countedAt = performance.now();

  /** Something was sent to which some of them may be a late answer. */
  forgive(count: number): void {
    this.#left = Math.min(BURST, this.#left + count);
  }

  /**
   * Counts one.
   *
   * @throws {Http2Error} when there are too many
   */
  count(): void {
    this.#left -= 1;
    if (this.#left >= 0) return;
    const now = performance.now();
    const earned = Math.floor(((now - this.#countedAt) / 1000) * PER_SECOND);
    this.#countedAt = now;
    this.#left = Math.min(BURST, earned) - 1;
    if (this.#left < 0) throw calmDown('it sent too many frames that are of no use');
  }
}
