import { callerContext } from '../caller-context.js';
import type { CarrierStream } from '../carriers/carrier.js';
import { TalosConfigError } from '../errors/config-error.js';
import { Writer } from '../protobuf/writer.js';

type AnyIterator<T> = AsyncIterator<T> | Iterator<T>;

/** After this many requests, the rest of the process gets a turn. */
const TURN = 64;

/** What a pump needs of its call. */
export interface PumpOwner<T> {
  encode(request: T, scratch: Writer): Uint8Array;
  /** The caller's iterable threw an error, or a request cannot be encoded. */
  failed(error: unknown): void;
}

/**
 * Sends requests as fast as the peer takes them: it asks for the next request when the carrier has
 * taken the one before. It half-closes the stream after the last one. If the call ends earlier, it
 * tells the iterable.
 */
export class RequestPump<T> {
  readonly #requests: AsyncIterable<T> | Iterable<T>;
  readonly #owner: PumpOwner<T>;
  #iterator: AnyIterator<T> | undefined;
  /** The carrier has copied a request when it says that it is written. */
  readonly #scratch = new Writer();
  readonly #inContext = callerContext();
  #done = false;
  #written: (() => void) | undefined;

  constructor(requests: AsyncIterable<T> | Iterable<T>, owner: PumpOwner<T>) {
    this.#requests = requests;
    this.#owner = owner;
  }

  /** Starts to send on `stream`. */
  start(stream: CarrierStream): void {
    void this.#inContext(() => this.#run(stream));
  }

  /** The call has ended: no more requests are asked for. */
  stop(): void {
    if (this.#done) return;
    this.#done = true;
    this.#written?.();
    this.#inContext(() => this.#leave());
  }

  async #run(stream: CarrierStream): Promise<void> {
    try {
      this.#iterator = iteratorOf(this.#requests);
      for (let sent = 1; !this.#done; sent += 1) {
        // What a carrier buffers it may call written before anything else gets a turn.
        if (sent % TURN === 0) await new Promise((resolve) => setImmediate(resolve));
        if (this.#done) return;
        const result = await this.#iterator.next();
        if (this.#done) return;
        if (result.done === true) {
          this.#done = true;
          stream.end();
          return;
        }
        await this.#write(stream, this.#owner.encode(result.value, this.#scratch));
      }
    } catch (error) {
      if (this.#done) return;
      this.#done = true;
      this.#leave();
      this.#owner.failed(error);
    }
  }

  #write(stream: CarrierStream, message: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#written = resolve;
      stream.write(message, resolve);
    });
  }

  #leave(): void {
    try {
      this.#iterator ??= iteratorOf(this.#requests);
      // The call has its outcome already; what the caller's clean-up says cannot change it.
      Promise.resolve(this.#iterator.return?.()).catch(() => {});
    } catch {
      // As above.
    }
  }
}

function iteratorOf<T>(requests: AsyncIterable<T> | Iterable<T>): AnyIterator<T> {
  const source = requests as Partial<AsyncIterable<T> & Iterable<T>> | null | undefined;
  const iterator = source?.[Symbol.asyncIterator]?.() ?? source?.[Symbol.iterator]?.();
  if (iterator !== undefined) return iterator;
  throw new TalosConfigError('requests: an iterable or async iterable is needed', {
    field: 'requests',
  });
}
