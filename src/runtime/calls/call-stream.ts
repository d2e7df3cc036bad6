import { TalosConfigError } from '../errors/config-error.js';
import { rpcName } from '../method.js';
import type { TalosStream } from '../stream.js';
import type { StreamCall } from './stream-call.js';

/** The stream that callers get. It hides the call behind it. */
export class CallStream<Request, Reply> implements TalosStream<Reply> {
  readonly #call: StreamCall<Request, Reply>;
  #taken = false;

  constructor(call: StreamCall<Request, Reply>) {
    this.#call = call;
  }

  next(): Promise<IteratorResult<Reply, undefined>> {
    return this.#call.next();
  }

  return(): Promise<IteratorResult<Reply, undefined>> {
    this.#call.leave();
    return Promise.resolve({ done: true, value: undefined });
  }

  cancel(): void {
    this.#call.leave();
  }

  /** @throws {TalosConfigError} when the stream is being read already, or was read before */
  [Symbol.asyncIterator](): this {
    if (this.#taken && this.#call.started) {
      throw new TalosConfigError(
        `the stream of ${rpcName(this.#call.call.method)} can be read once: call the RPC again`,
      );
    }
    this.#taken = true;
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#call.leave();
  }
}
