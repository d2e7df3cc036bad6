import { onAbort } from '../runtime/abort-listeners.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import type { TalosStream } from '../runtime/stream.js';

type Result<T> = IteratorResult<T, undefined>;

const over = { done: true, value: undefined } as const;

/** Why the generator of a stream that was left is aborted. Nobody gets to see it. */
const left = new Error('the stream was left');

/**
 * A stream of what a generator yields. Leaving the stream, or aborting one of `signals`, aborts the
 * signal that the generator gets, and ends the stream at once, whatever the generator waits for.
 *
 * @param what the name of the stream, for the error of whoever reads it twice
 */
export class GeneratedStream<T> implements TalosStream<T> {
  readonly #controller = new AbortController();
  readonly #run: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>;
  readonly #signals: readonly AbortSignal[];
  readonly #what: string;
  #stopListening: readonly (() => void)[] = [];
  #generator: AsyncGenerator<T, void, undefined> | undefined;
  #reading = false;
  #over = false;

  constructor(
    what: string,
    signals: readonly (AbortSignal | undefined)[],
    run: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>,
  ) {
    this.#what = what;
    this.#signals = signals.filter((signal) => signal !== undefined);
    this.#run = run;
  }

  [Symbol.asyncIterator](): this {
    if (this.#reading) {
      throw new TalosConfigError(
        `${this.#what} is read once, and is being read already: call it again`,
      );
    }
    this.#reading = true;
    return this;
  }

  async next(): Promise<Result<T>> {
    if (this.#over) return over;
    try {
      this.#generator ??= this.#start();
      const { signal } = this.#controller;
      signal.throwIfAborted();
      const result = await this.#generator.next();
      // What the generator still had is of no interest any more.
      signal.throwIfAborted();
      if (result.done !== true) return result;
      this.#end();
      return over;
    } catch (error) {
      if (this.#over) return over;
      this.#end();
      throw error;
    }
  }

  #start(): AsyncGenerator<T, void, undefined> {
    const controller = this.#controller;
    for (const signal of this.#signals) signal.throwIfAborted();
    this.#stopListening = this.#signals.map((signal) =>
      onAbort(signal, (reason) => controller.abort(reason)),
    );
    return this.#run(controller.signal);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.ended();
    for (const stop of this.#stopListening) stop();
    this.#controller.abort(left);
    // It ends by the signal if it waits, and by this if it does not.
    this.#generator?.return().catch(() => {});
  }

  /** Called once, when the stream has ended in whatever way. */
  protected ended(): void {}

  async return(): Promise<Result<T>> {
    this.#end();
    return over;
  }

  cancel(): void {
    this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }
}
