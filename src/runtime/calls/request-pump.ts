import { callerContext, type InContext } from '../caller-context.js';
import type { CarrierStream } from '../carriers/carrier.js';
import { TalosConfigError } from '../errors/config-error.js';
import { Writer } from '../protobuf/writer.js';

type AnyIterator<T> = AsyncIterator<T> | Iterator<T>;
type AnyIterable<T> = AsyncIterable<T> | Iterable<T>;

/** An iterable, or a function that makes one for each attempt. */
export type RequestSource<T> = AnyIterable<T> | (() => AnyIterable<T>);

/** After this many requests, the rest of the process gets a turn. */
const TURN = 64;

/** What a pump needs of its call. */
export interface PumpOwner<T> {
  encode(request: T, scratch: Writer): Uint8Array;
  /** The caller's iterable threw an error, or a request cannot be encoded. */
  failed(error: unknown): void;
}

/** Sends the requests of a call: for each attempt from an iterable of its own, if there are any. */
export class RequestPump<T> {
  readonly #source: RequestSource<T>;
  readonly #owner: PumpOwner<T>;
  readonly #inContext = callerContext();
  #run: PumpRun<T> | undefined;

  constructor(source: RequestSource<T>, owner: PumpOwner<T>) {
    this.#source = source;
    this.#owner = owner;
  }

  /** Whether it can send everything once more, or has sent nothing yet. */
  get replayable(): boolean {
    return this.#run === undefined || typeof this.#source === 'function';
  }

  /** Starts to send on `stream`, from the first request. */
  start(stream: CarrierStream): void {
    this.#run?.stop();
    this.#run = new PumpRun(this.#source, this.#owner, this.#inContext);
    this.#run.start(stream);
  }

  /** The call has ended: no more requests are asked for. */
  stop(): void {
    // Who gave an iterable is told that nobody reads it, even if nobody did.
    if (typeof this.#source !== 'function') {
      this.#run ??= new PumpRun(this.#source, this.#owner, this.#inContext);
    }
    this.#run?.stop();
  }
}

/**
 * Sends requests as fast as the peer takes them: it asks for the next request when the carrier has
 * taken the one before. It half-closes the stream after the last one. If the call ends earlier, it
 * tells the iterable.
 */
class PumpRun<T> {
  readonly #source: RequestSource<T>;
  readonly #owner: PumpOwner<T>;
  #iterator: AnyIterator<T> | undefined;
  /** The carrier has copied a request when it says that it is written. */
  readonly #scratch = new Writer();
  readonly #inContext: InContext;
  #done = false;
  #written: (() => void) | undefined;

  constructor(source: RequestSource<T>, owner: PumpOwner<T>, inContext: InContext) {
    this.#inContext = inContext;
    this.#source = source;
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
      this.#iterator = iteratorOf(this.#source);
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
      this.#iterator ??= iteratorOf(this.#source);
      // The call has its outcome already; what the caller's clean-up says cannot change it.
      Promise.resolve(this.#iterator.return?.()).catch(() => {});
    } catch {
      // As above.
    }
  }
}

function iteratorOf<T>(given: RequestSource<T>): AnyIterator<T> {
  const requests = typeof given === 'function' ? given() : given;
  const source = requests as Partial<AsyncIterable<T> & Iterable<T>> | null | undefined;
  const iterator = source?.[Symbol.asyncIterator]?.() ?? source?.[Symbol.iterator]?.();
  if (iterator !== undefined) return iterator;
  throw new TalosConfigError(
    'requests: an iterable or async iterable is needed, or a function that gives one',
    {
      field: 'requests',
    },
  );
}
