import type { Init } from '../codec.js';
import { replyCountError } from '../errors/from-grpc.js';
import { decodeReply } from '../reply.js';
import type { TransportCall } from '../transport.js';
import type { CallContext } from './call-context.js';
import { type Failure, OpenCall, type Wire } from './open-call.js';
import { requestBuffer } from './request-buffer.js';
import { RequestPump } from './request-pump.js';

const noContext = {};

/** A call that ends with one reply. */
abstract class OneReplyCall<Reply> extends OpenCall {
  readonly #resolve: (reply: Reply) => void;
  readonly #reject: (error: unknown) => void;
  #reply: Buffer | undefined;

  constructor(
    context: CallContext,
    call: TransportCall<'unary' | 'client-stream', unknown, Reply>,
    resolve: (reply: Reply) => void,
    reject: (error: unknown) => void,
  ) {
    super(context, call);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  override onReceiveMessage(message: Buffer): void {
    if (this.ended) return;
    if (this.#reply !== undefined) {
      this.stop(replyCountError(this.call, this.connection?.endpoint.address, 'several'));
      return;
    }
    this.#reply = message;
    // Without it grpc-js would hold a second reply back, and the end of the call with it.
    this.wire?.startRead();
  }

  protected override completed(): void {
    if (this.#reply === undefined) {
      this.settle({
        error: replyCountError(this.call, this.connection?.endpoint.address, 'none'),
      });
    } else {
      this.settle();
    }
  }

  protected override finished(failure: Failure | undefined): void {
    if (failure !== undefined) {
      this.#reject(failure.error);
      return;
    }
    try {
      this.#resolve(
        decodeReply(
          this.call as TransportCall<'unary', unknown, Reply>,
          this.#reply as Buffer,
          this.connection?.endpoint.address,
        ),
      );
    } catch (cause) {
      this.#reject(cause);
    }
  }
}

/** A call with one request and one reply. */
export class UnaryCall<Reply> extends OneReplyCall<Reply> {
  readonly #request: Buffer;

  constructor(
    context: CallContext,
    call: TransportCall<'unary', unknown, Reply>,
    request: Buffer,
    resolve: (reply: Reply) => void,
    reject: (error: unknown) => void,
  ) {
    super(context, call, resolve, reject);
    this.#request = request;
  }

  protected override send(wire: Wire): void {
    wire.sendMessageWithContext(noContext, this.#request);
    wire.startRead();
    wire.halfClose();
  }

  protected override replayable(): boolean {
    return true;
  }
}

/** A call with many requests and one reply, which may come before the last request is sent. */
export class ClientStreamCall<Request, Reply> extends OneReplyCall<Reply> {
  readonly #pump: RequestPump<Init<Request>>;

  constructor(
    context: CallContext,
    call: TransportCall<'client-stream', Request, Reply>,
    requests: AsyncIterable<Init<Request>> | Iterable<Init<Request>>,
    resolve: (reply: Reply) => void,
    reject: (error: unknown) => void,
  ) {
    super(context, call as TransportCall<'client-stream', unknown, Reply>, resolve, reject);
    this.#pump = new RequestPump(requests, {
      encode: (request, scratch) => requestBuffer(call, request, scratch),
      failed: (error) => this.stop(error),
    });
  }

  protected override send(wire: Wire): void {
    wire.startRead();
    this.#pump.start(wire);
  }

  protected override replayable(): boolean {
    return false;
  }

  protected override finished(failure: Failure | undefined): void {
    this.#pump.stop();
    super.finished(failure);
  }
}
