import { TalosConfigError } from '../errors/config-error.js';
import type { TalosStream } from '../stream.js';

/** A stream that was opened, and what is to be done when it has ended. */
export interface Opened<T> {
  readonly stream: TalosStream<T>;
  ended(): void;
}

/** A stream that is opened when its first item is asked for, which may take a while. */
export class LateStream<T> implements TalosStream<T> {
  readonly #rpc: string;
  readonly #open: () => Promise<Opened<T>>;
  #opening: Promise<Opened<T>> | undefined;
  #opened: Opened<T> | undefined;
  #left = false;
  #over = false;
  #taken = false;

  /** @param rpc the name of the RPC, for messages */
  constructor(rpc: string, open: () => Promise<Opened<T>>) {
    this.#rpc = rpc;
    this.#open = open;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#left) return { done: true, value: undefined };
    try {
      this.#opening ??= this.#open();
      this.#opened ??= await this.#opening;
      if (this.#left) {
        this.#opened.stream.cancel();
        this.#end();
        return { done: true, value: undefined };
      }
      const result = await this.#opened.stream.next();
      if (result.done === true) this.#end();
      return result;
    } catch (error) {
      this.#left = true;
      this.#end();
      throw error;
    }
  }

  #end(): void {
    if (this.#over || this.#opened === undefined) return;
    this.#over = true;
    this.#opened.ended();
  }

  cancel(): void {
    this.#left = true;
    this.#opened?.stream.cancel();
    this.#end();
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.cancel();
    return { done: true, value: undefined };
  }

  /** @throws {TalosConfigError} when the stream is being read already, or was read before */
  [Symbol.asyncIterator](): this {
    if (this.#taken && (this.#opening !== undefined || this.#left)) {
      throw new TalosConfigError(`the stream of ${this.#rpc} can be read once: call the RPC again`);
    }
    this.#taken = true;
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
  }
}
