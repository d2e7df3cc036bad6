import type { Metadata } from '@grpc/grpc-js';
import { now } from '../clock.js';
import type { Init } from '../codec.js';
import { cutShortError, idleError } from '../errors/from-grpc.js';
import { decodeReply } from '../reply.js';
import type { TransportCall } from '../transport.js';
import type { CallContext } from './call-context.js';
import { type Failure, OpenCall, type Wire } from './open-call.js';
import { ReplyQueue } from './reply-queue.js';
import { requestBuffer } from './request-buffer.js';
import { RequestPump } from './request-pump.js';
import { StatusOrder } from './status-order.js';

type Requests<T> = AsyncIterable<T> | Iterable<T>;
type Result<T> = IteratorResult<T, undefined>;

interface Reader<T> {
  resolve(result: Result<T>): void;
  reject(error: unknown): void;
}

const noContext = {};

/**
 * A call with many replies. Replies wait undecoded in a short queue until they are asked for; while
 * it is full, nothing is read from the connection, and so the peer has to wait too.
 */
export class StreamCall<Request, Reply> extends OpenCall {
  readonly #typed: TransportCall<'server-stream' | 'duplex', Request, Reply>;
  readonly #requests: Requests<Init<Request>>;
  readonly #queue = new ReplyQueue();
  /** Those who asked for a reply that has not come. The queue is empty while there are any. */
  readonly #readers: Reader<Reply>[] = [];
  #started = false;
  /** Whether grpc-js was asked for one more reply. */
  #reading = false;
  /** The error the stream ends with, until somebody was told. */
  #failure: Failure | undefined;
  /** The one request of a server stream, which can be sent again. */
  #request: Buffer | undefined;
  #pump: RequestPump<Init<Request>> | undefined;
  #order: StatusOrder | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #heardAt = 0;

  constructor(
    context: CallContext,
    call: TransportCall<'server-stream' | 'duplex', Request, Reply>,
    requests: Requests<Init<Request>>,
  ) {
    super(context, call);
    this.#typed = call;
    this.#requests = requests;
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

  /** Ends the stream because its reader has seen enough. */
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
        this.#request = requestBuffer(this.#typed, this.#requests[0] as Init<Request>);
      } else {
        this.#pump = new RequestPump(this.#requests, {
          encode: (request, scratch) => requestBuffer(this.#typed, request, scratch),
          failed: (error) => this.stop(error),
        });
      }
    } catch (error) {
      this.settle({ error });
      return;
    }
    this.begin();
    if (idleTimeoutMs === undefined || this.ended) return;
    this.#heardAt = now();
    this.#idleTimer = setTimeout(idle, idleTimeoutMs, this);
  }

  protected override send(wire: Wire): void {
    this.#reading = true;
    if (this.#request === undefined) {
      wire.startRead();
      this.#pump?.start(wire);
    } else {
      wire.sendMessageWithContext(noContext, this.#request);
      wire.startRead();
      wire.halfClose();
    }
  }

  protected override replayable(): boolean {
    return this.#request !== undefined;
  }

  override onReceiveMetadata(metadata: Metadata): void {
    this.#order = this.wire && StatusOrder.of(this.wire);
    super.onReceiveMetadata(metadata);
  }

  override onReceiveMessage(message: Buffer): void {
    if (this.ended) return;
    this.#reading = false;
    if (this.#idleTimer !== undefined) this.#heardAt = now();
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
    this.#order?.check();
    this.#readMore();
  }

  #readMore(): void {
    if (this.#reading || this.ended || this.#queue.full) return;
    this.#reading = true;
    this.wire?.startRead();
  }

  #decode(bytes: Buffer): Reply {
    return decodeReply(this.#typed, bytes, this.connection?.endpoint.address);
  }

  /** Ends the stream at a reply that is none. */
  #refuse(error: unknown): void {
    this.#queue.clear();
    this.stop(error);
  }

  protected override completed(): void {
    if (this.#order?.cutShort) {
      this.settle({ error: cutShortError(this.call, this.connection?.endpoint.address) });
    } else {
      this.settle();
    }
  }

  protected override finished(failure: Failure | undefined): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = undefined;
    this.#pump?.stop();
    const readers = this.#readers.splice(0);
    if (failure !== undefined) {
      const first = readers.shift();
      if (first === undefined) this.#failure = failure;
      else first.reject(failure.error);
    }
    for (const reader of readers) reader.resolve({ done: true, value: undefined });
  }

  /** Nothing came for a while. That counts only if there was somebody to take it. */
  checkIdle(): void {
    const idleTimeoutMs = this.call.idleTimeoutMs as number;
    const silentMs = this.#reading ? now() - this.#heardAt : 0;
    if (silentMs < idleTimeoutMs) {
      this.#idleTimer = setTimeout(idle, Math.max(1, idleTimeoutMs - silentMs), this);
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
