import type { CarrierStream } from '../carriers/carrier.js';
import type { Init } from '../codec.js';
import type { TransportCall } from '../transport.js';
import type { CallServices } from './call-services.js';
import { replyCountError } from './failures.js';
import { type Failure, OpenCall } from './open-call.js';
import { decodeReply } from './reply.js';
import { encodeRequest } from './request.js';
import { RequestPump } from './request-pump.js';

/** A call that ends with one reply. */
abstract class OneReplyCall<Reply> extends OpenCall {
  readonly #resolve: (reply: Reply) => void;
  readonly #reject: (error: unknown) => void;
  #reply: Uint8Array | undefined;

  constructor(
    services: CallServices,
    call: TransportCall<'unary' | 'client-stream', unknown, Reply>,
    resolve: (reply: Reply) => void,
    reject: (error: unknown) => void,
  ) {
    super(services, call);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  override onMessage(message: Uint8Array): void {
    if (this.ended) return;
    this.trace?.heard(message.length);
    if (this.#reply !== undefined) {
      this.stop(replyCountError(this.call, this.connection?.endpoint.address, 'several'));
      return;
    }
    this.#reply = message;
    // Without it a second reply would be held back, and the end of the call with it.
    this.stream?.read();
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

  protected override finished(failure: Failure | undefined): Failure | undefined {
    if (failure !== undefined) {
      this.#reject(failure.error);
      return failure;
    }
    try {
      this.#resolve(
        decodeReply(
          this.call as TransportCall<'unary', unknown, Reply>,
          this.#reply as Uint8Array,
          this.connection?.endpoint.address,
        ),
      );
      return undefined;
    } catch (error) {
      this.#reject(error);
      return { error };
    }
  }
}

/** A call with one request and one reply. */
export class UnaryCall<Reply> extends OneReplyCall<Reply> {
  readonly #request: Uint8Array;

  constructor(
    services: CallServices,
    call: TransportCall<'unary', unknown, Reply>,
    request: Uint8Array,
    resolve: (reply: Reply) => void,
    reject: (error: unknown) => void,
  ) {
    super(services, call, resolve, reject);
    this.#request = request;
  }

  protected override send(stream: CarrierStream): void {
    this.trace?.wrote(this.#request.length);
    stream.write(this.#request);
    stream.read();
    stream.end();
  }

  protected override replayable(): boolean {
    return true;
  }
}

/** A call with many requests and one reply, which may come before the last request is sent. */
export class ClientStreamCall<Request, Reply> extends OneReplyCall<Reply> {
  readonly #pump: RequestPump<Init<Request>>;

  constructor(
    services: CallServices,
    call: TransportCall<'client-stream', Request, Reply>,
    requests: AsyncIterable<Init<Request>> | Iterable<Init<Request>>,
    resolve: (reply: Reply) => void,
    reject: (error: unknown) => void,
  ) {
    super(services, call as TransportCall<'client-stream', unknown, Reply>, resolve, reject);
    this.#pump = new RequestPump(requests, {
      encode: (request, scratch) => this.sending(encodeRequest(call, request, scratch)),
      failed: (error) => this.stop(error),
    });
  }

  protected override send(stream: CarrierStream): void {
    stream.read();
    this.#pump.start(stream);
  }

  protected override replayable(): boolean {
    return false;
  }

  protected override finished(failure: Failure | undefined): Failure | undefined {
    this.#pump.stop();
    return super.finished(failure);
  }
}
