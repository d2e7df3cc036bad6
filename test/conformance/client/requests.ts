import { setTimeout as sleep } from 'node:timers/promises';

/** When requests are to be sent. */
export interface Pace {
  readonly delayMs: number;
  /** Whether each waits for the reply to the one before. */
  readonly inTurn: boolean;
  /** Called in place of the end, if the call is to be cancelled then. */
  readonly beforeEnd: (() => void) | undefined;
  /** Called when all were taken. */
  readonly afterEnd: () => void;
}

/** The requests of a streaming call, sent at the pace that the suite asks for. */
export class PacedRequests<T> implements AsyncIterable<T> {
  readonly #requests: readonly T[];
  readonly #pace: Pace;
  #taken = 0;
  #replies = 0;
  #wake: () => void = () => {};
  #over = false;

  constructor(requests: readonly T[], pace: Pace) {
    this.#requests = requests;
    this.#pace = pace;
  }

  /** How many were not sent. */
  get unsent(): number {
    return this.#requests.length - this.#taken;
  }

  /** A reply has come. */
  replied(): void {
    this.#replies++;
    this.#wake();
  }

  /** The call is over. */
  stop(): void {
    this.#over = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    const { delayMs, inTurn, beforeEnd, afterEnd } = this.#pace;
    for (const request of this.#requests) {
      if (delayMs > 0) await sleep(delayMs);
      if (this.#over) return;
      this.#taken++;
      yield request;
      while (inTurn && this.#replies < this.#taken && !this.#over) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
    if (beforeEnd === undefined) {
      afterEnd();
    } else {
      beforeEnd();
      // Not the end: the call ends by its signal.
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#over) resolve();
      });
    }
  }
}
