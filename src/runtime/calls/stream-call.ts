import type { CarrierStream } from '../carriers/carrier.js';
import type { Init } from '../codec.js';
import type { TransportCall } from '../transport.js';
import type { CallServices } from './call-services.js';
import { cutShortError, idleError } from './failures.js';
import { type Failure, OpenCall } from './open-call.js';
import { decodeReply } from './reply.js';
import { ReplyQueue } from './reply-queue.js';
import { encodeRequest } from './request.js';
import { RequestPump } from './request-pump.js';

type Requests<T> = AsyncIterable<T> | Iterable<T>;
type Result<T> = IteratorResult<T, undefined>;

interface Reader<T> {
  resolve(result: Result<T>): void;
  reject(error: unknown): void;
}

/**
 * A call with many replies. Replies wait undecoded in a short queue until they are asked for. While
 * the queue is full, nothing more is read for the stream, so that the peer has to wait too.
 */
export class StreamCall<Request, Reply> extends OpenCall {
  readonly #typed: TransportCall<'server-stream' | 'duplex', Request, Reply>;
  readonly #requests: Requests<Init<Request>>;
  readonly #queue = new ReplyQueue();
  /** The readers that wait for a reply. The queue is empty while there are any. */
  readonly #readers: Reader<Reply>[] = [];
  #started = false;
  /** Whether the carrier was asked for one more reply. */
  #reading = false;
  /** The error that the stream ends with, until a reader got it. */
  #failure: Failure | undefined;
  /** The single request of a server stream, which can be sent again. */
  #request: Uint8Array | undefined;
  #pump: RequestPump<Init<Request>> | undefined;
  #idleTimer: unknown;
  #heardAt = 0;

  constructor(
    services: CallServices,
    call: TransportCall<'server-stream' | 'duplex', Request, Reply>,
    requests: Requests<Init<Request>>,
  ) {
    super(services, call);
    this.#typed = call;
    this.#requests = requests;
  }

  override get follows(): boolean {
    const { follows } = this.call.method;
    if (typeof follows !== 'string') return follows === true;
    const [request] = this.#requests as readonly Readonly<Record<string, unknown>>[];
    return request?.[follows] === true;
  }

  get started(): boolean {
    return this.#started;
  }

  next(): Promise<Result<Reply>> {
    if (!this.#started) this.#start();
    const bytes = this.#queue.shift();
    if (bytes !== undefined) {
      this.#readMore();
      try {
        return Promise.resolve({ done: false, value: this.#decode(bytes) });
      } catch (error) {
        this.#refuse(error);
        this.#failure = undefined;
        return Promise.reject(error);
      }
    }
    if (!this.ended) {
      return new Promise((resolve, reject) => {
        this.#readers.push({ resolve, reject });
      });
    }
    if (this.#failure === undefined) return Promise.resolve({ done: true, value: undefined });
    const { error } = this.#failure;
    this.#failure = undefined;
    return Promise.reject(error);
  }

  /** Ends the stream because its reader left it. */
  leave(): void {
    this.#started = true;
    this.#queue.clear();
    this.#failure = undefined;
    this.cancel();
  }

  override abandon(error: unknown): void {
    this.#queue.clear();
    this.stop(error);
  }

  #start(): void {
    this.#started = true;
    const { idleTimeoutMs, method } = this.call;
    try {
      // A single request, as generated methods pass it, is kept and can be sent again.
      if (method.kind === 'server-stream' && Array.isArray(this.#requests)) {
        this.#request = encodeRequest(this.#typed, this.#requests[0] as Init<Request>);
      } else {
        this.#pump = new RequestPump(this.#requests, {
          encode: (request, scratch) => this.sending(encodeRequest(this.#typed, request, scratch)),
          failed: (error) => this.stop(error),
        });
      }
    } catch (error) {
      this.settle({ error });
      return;
    }
    this.begin();
    if (idleTimeoutMs === undefined || this.ended) return;
    const { clock } = this.services;
    this.#heardAt = clock.now();
    this.#idleTimer = clock.start(idleTimeoutMs, idle, this as StreamCall<unknown, unknown>);
  }

  protected override send(stream: CarrierStream): void {
    this.#reading = true;
    if (this.#request === undefined) {
      stream.read();
      this.#pump?.start(stream);
    } else {
      this.trace?.wrote(this.#request.length);
      stream.write(this.#request);
      stream.read();
      stream.end();
    }
  }

  protected override replayable(): boolean {
    return this.#request !== undefined;
  }

  override onMessage(message: Uint8Array): void {
    if (this.ended) return;
    this.trace?.heard(message.length);
    this.#reading = false;
    if (this.#idleTimer !== undefined) this.#heardAt = this.services.clock.now();
    const reader = this.#readers.shift();
    if (reader === undefined) {
      this.#queue.push(message);
    } else {
      try {
        reader.resolve({ done: false, value: this.#decode(message) });
      } catch (error) {
        reader.reject(error);
        this.#refuse(error);
        this.#failure = undefined;
        return;
      }
    }
    this.#readMore();
  }

  #readMore(): void {
    if (this.#reading || this.ended || this.#queue.full) return;
    this.#reading = true;
    this.stream?.read();
  }

  #decode(bytes: Uint8Array): Reply {
    return decodeReply(this.#typed, bytes, this.connection?.endpoint.address);
  }

  /** Ends the stream at a reply that cannot be decoded. */
  #refuse(error: unknown): void {
    this.#queue.clear();
    this.trace?.quotesPeer();
    this.stop(error);
  }

  protected override completed(cutShort: boolean): void {
    if (cutShort) {
      this.settle({ error: cutShortError(this.call, this.connection?.endpoint.address) });
    } else {
      this.settle();
    }
  }

  protected override finished(failure: Failure | undefined): Failure | undefined {
    this.services.clock.stop(this.#idleTimer);
    this.#idleTimer = undefined;
    this.#pump?.stop();
    const readers = this.#readers.splice(0);
    if (failure !== undefined) {
      const first = readers.shift();
      if (first === undefined) this.#failure = failure;
      else first.reject(failure.error);
    }
    for (const reader of readers) reader.resolve({ done: true, value: undefined });
    return failure;
  }

  /** Nothing came for too long. That counts only while a reader waits. */
  checkIdle(): void {
    const idleTimeoutMs = this.call.idleTimeoutMs as number;
    const { clock } = this.services;
    const silentMs = this.#reading ? clock.now() - this.#heardAt : 0;
    if (silentMs < idleTimeoutMs) {
      const leftMs = Math.max(1, idleTimeoutMs - silentMs);
      this.#idleTimer = clock.start(leftMs, idle, this as StreamCall<unknown, unknown>);
    } else {
      this.stop(
        idleError(this.call, this.connection?.endpoint.address, idleTimeoutMs, this.outcome),
      );
    }
  }
}

function idle(call: StreamCall<unknown, unknown>): void {
  call.checkIdle();
}
