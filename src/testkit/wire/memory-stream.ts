import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { rpcName } from '../../runtime/method.js';
import type { TalosStream } from '../../runtime/stream.js';
import type { AnyCall } from '../../runtime/transport.js';
import type { Exchange } from './exchange.js';

/** The stream of a call in memory: begins with the first `next()`, and is read once. */
export class MemoryStream<Reply> implements TalosStream<Reply> {
  readonly #begin: () => Exchange<Reply>;
  readonly #call: AnyCall;
  #exchange: Exchange<Reply> | undefined;
  #replies: AsyncGenerator<Reply, void, undefined> | undefined;
  #iterated = false;
  #left = false;

  constructor(begin: () => Exchange<Reply>, call: AnyCall) {
    this.#begin = begin;
    this.#call = call;
  }

  [Symbol.asyncIterator](): TalosStream<Reply> {
    if (this.#iterated) {
      throw new TalosConfigError(
        `the stream of ${rpcName(this.#call.method)} was read already: make the call again`,
      );
    }
    this.#iterated = true;
    return this;
  }

  async next(): Promise<IteratorResult<Reply, undefined>> {
    if (this.#left) return { done: true, value: undefined };
    try {
      this.#exchange ??= this.#begin();
      this.#replies ??= this.#exchange.replies();
      const result = await this.#replies.next();
      return result.done === true || this.#left ? { done: true, value: undefined } : result;
    } catch (error) {
      if (this.#left) return { done: true, value: undefined };
      this.#left = true;
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Reply, undefined>> {
    this.cancel();
    return { done: true, value: undefined };
  }

  cancel(): void {
    if (this.#left) return;
    this.#left = true;
    this.#exchange?.end(undefined);
    this.#replies?.return().then(undefined, () => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
  }
}
