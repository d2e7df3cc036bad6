import { TalosConfigError } from '../runtime/errors/config-error.js';
import type { TalosStream } from '../runtime/stream.js';
import type { SignedCall } from './signed-call.js';

type Result<T> = IteratorResult<T, undefined>;

/** How a stream starts, or starts again. */
export interface SignedStreamParts<T> {
  /** The RPC, for errors. */
  readonly rpc: string;
  open(): TalosStream<T>;
  /** Whether what the call sends can be sent again. */
  readonly mayRepeat: boolean;
  /** @param left aborted when the reader leaves the stream */
  call(left: AbortSignal): SignedCall;
}

/** A stream that waits for a signing key, and starts again when Omni refuses the key at once. */
export class SignedStream<T> implements TalosStream<T> {
  readonly #parts: SignedStreamParts<T>;
  readonly #left = new AbortController();
  readonly #call: SignedCall;
  #inner: TalosStream<T> | undefined;
  /** The first item: which stream the others come from is clear only then. */
  #first: Promise<Result<T>> | undefined;
  #begun = false;
  #taken = false;

  constructor(parts: SignedStreamParts<T>) {
    this.#parts = parts;
    this.#call = parts.call(this.#left.signal);
  }

  next(): Promise<Result<T>> {
    if (this.#begun) return this.#next();
    if (this.#first === undefined) {
      this.#first = this.#begin();
      return this.#first;
    }
    const next = () => this.#next();
    return this.#first.then(next, next);
  }

  async #begin(): Promise<Result<T>> {
    const { open, mayRepeat } = this.#parts;
    try {
      return await this.#call.run(() => {
        this.#left.signal.throwIfAborted();
        this.#inner = open();
        return this.#inner.next();
      }, mayRepeat);
    } catch (error) {
      if (this.#left.signal.aborted) return { done: true, value: undefined };
      throw error;
    } finally {
      this.#begun = true;
    }
  }

  async #next(): Promise<Result<T>> {
    try {
      return (await this.#inner?.next()) ?? { done: true, value: undefined };
    } catch (error) {
      throw this.#call.explained(error);
    }
  }

  async return(): Promise<Result<T>> {
    this.cancel();
    return { done: true, value: undefined };
  }

  cancel(): void {
    this.#first ??= Promise.resolve({ done: true, value: undefined });
    this.#begun = true;
    this.#left.abort();
    this.#inner?.cancel();
  }

  /** @throws {TalosConfigError} when the stream is being read already, or was read before */
  [Symbol.asyncIterator](): this {
    if (this.#taken && this.#first !== undefined) {
      throw new TalosConfigError(
        `the stream of ${this.#parts.rpc} can be read once: call the RPC again`,
      );
    }
    this.#taken = true;
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
  }
}
