import { sleep } from '../../reconnect/sleep.js';
import type { Clock } from '../../runtime/calls/clock.js';

/** How long attempts that were broken off may take to stop. */
const STOPPING_MS = 5000;

/** Attempts at steps until they have settled, also those that nobody waits for any more. */
export class OpenAttempts {
  readonly #bodies = new Set<Promise<unknown>>();

  add(body: Promise<unknown>): void {
    this.#bodies.add(body);
    const over = (): boolean => this.#bodies.delete(body);
    body.then(over, over);
  }

  /** Waits for attempts that were broken off, but not for ever. */
  async settled(clock: Clock): Promise<void> {
    if (this.#bodies.size === 0) return;
    const enough = new AbortController();
    const late = sleep(clock, STOPPING_MS, enough.signal).catch(() => undefined);
    await Promise.race([Promise.allSettled(this.#bodies), late]);
    enough.abort();
  }
}
