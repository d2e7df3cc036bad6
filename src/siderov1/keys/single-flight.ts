import { onAbort } from '../../runtime/abort-listeners.js';

interface Flight<Result> {
  readonly work: Promise<Result>;
  readonly ends: AbortController;
  waiting: number;
}

/**
 * One piece of work that all who need it at the same time share. Each may stop to wait for it; when
 * nobody waits any more, the work is told to end.
 */
export class SingleFlight<Result> {
  #flight: Flight<Result> | undefined;

  /** Whether the work is being done. */
  get inFlight(): boolean {
    return this.#flight !== undefined;
  }

  /**
   * Waits for the work that is being done, or starts it.
   *
   * @param signals end the wait with their reason
   */
  async join(
    start: (signal: AbortSignal) => Promise<Result>,
    signals: readonly AbortSignal[],
  ): Promise<Result> {
    for (const signal of signals) signal.throwIfAborted();
    this.#flight ??= this.#start(start);
    const flight = this.#flight;
    flight.waiting += 1;
    const stops: (() => void)[] = [];
    try {
      return await new Promise<Result>((resolve, reject) => {
        flight.work.then(resolve, reject);
        for (const signal of signals) stops.push(onAbort(signal, reject));
      });
    } finally {
      for (const stop of stops) stop();
      flight.waiting -= 1;
      if (flight.waiting === 0 && this.#flight === flight) {
        this.#flight = undefined;
        flight.ends.abort(new Error('nobody waits for it any more'));
      }
    }
  }

  #start(start: (signal: AbortSignal) => Promise<Result>): Flight<Result> {
    const ends = new AbortController();
    const work = start(ends.signal).finally(() => {
      if (this.#flight === flight) this.#flight = undefined;
    });
    const flight: Flight<Result> = { work, ends, waiting: 0 };
    return flight;
  }
}
