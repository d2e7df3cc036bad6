import { pause } from './pause.js';

/** The channel on which PostgreSQL tells all workers that something of a run has changed. */
export const CHANNEL = 'talos_client';

/** The news of a run are told under its id, and those of its progress under its id after this. */
export const PROGRESS = 'progress/';

/**
 * Waits for news. They may be lost with a connection, so that whoever waits also looks from time to
 * time.
 */
export class Wakeups {
  readonly #waiting = new Map<string, Set<() => void>>();

  /**
   * Looks now, after news, and from time to time, until something is found.
   *
   * @param look is told whether it was called because of news
   */
  async until<T>(
    topic: string,
    signal: AbortSignal,
    look: (isNews: boolean) => Promise<T | undefined>,
  ): Promise<T> {
    for (let isNews = true; ; ) {
      signal.throwIfAborted();
      // From before the look, so that nothing is missed in between.
      const news = new AbortController();
      const wake = (): void => news.abort();
      this.#add(topic, wake);
      try {
        const found = await look(isNews);
        if (found !== undefined) return found;
        await pause(LOOK_MS, news.signal, signal);
        isNews = news.signal.aborted;
      } finally {
        this.#remove(topic, wake);
      }
    }
  }

  /** There is news. */
  wake(topic: string): void {
    for (const wake of this.#waiting.get(topic) ?? []) wake();
  }

  /** There may have been news of everything. */
  wakeAll(): void {
    for (const topic of this.#waiting.keys()) this.wake(topic);
  }

  #add(topic: string, wake: () => void): void {
    const waiting = this.#waiting.get(topic) ?? new Set();
    this.#waiting.set(topic, waiting.add(wake));
  }

  #remove(topic: string, wake: () => void): void {
    const waiting = this.#waiting.get(topic);
    waiting?.delete(wake);
    if (waiting?.size === 0) this.#waiting.delete(topic);
  }
}

/** How often something is looked at, should its news be lost. */
const LOOK_MS = 2_000;
