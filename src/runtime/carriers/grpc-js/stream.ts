import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { type Channel, type Metadata, type StatusObject, status } from '@grpc/grpc-js';
import type { CarrierStream, RequestHeaders, StreamEnd, StreamSink } from '../carrier.js';
import { breakOff, type GrpcCall, hasStream, http2Call, sessionOf } from './http2-call.js';
import { GrpcFields, isEmpty } from './metadata.js';
import { isStatusOf, StatusOrder } from './status-order.js';
import { httpStatus, localEnd } from './texts.js';

const noContext = {};

/** What a stream needs of its connection. */
export interface StreamHost {
  readonly channel: Channel;
  /** How the connection broke, if it did. */
  readonly broken: Error | undefined;
  /** A stream got an answer. */
  proved(): void;
  /** Asks the peer over `session` whether it is still there. */
  doubt(session: ClientHttp2Session | undefined): void;
  /** The peer found that there are too many pings. */
  pingLess(): void;
  /** Ends the connection at once, and with it all that is open on it. */
  cut(): void;
}

/** A stream as a call of grpc-js. */
export class GrpcStream implements CarrierStream {
  readonly #connection: StreamHost;
  readonly #sink: StreamSink;
  readonly #call: GrpcCall;
  readonly #uploads: boolean;
  readonly #streams: boolean;
  #order: StatusOrder | undefined;
  /** The trailers that came after headers, where no order is kept. */
  #trailers: IncomingHttpHeaders | undefined;
  #over = false;
  /** Whether grpc-js is built as this code needs it to break an upload off. */
  #breakable = false;

  constructor(
    connection: StreamHost,
    { path, uploads, streams }: RequestHeaders,
    metadata: Metadata,
    sink: StreamSink,
  ) {
    this.#connection = connection;
    this.#sink = sink;
    this.#uploads = uploads;
    this.#streams = streams;
    this.#call = connection.channel.createCall(path, Infinity, null, null, null);
    this.#call.start(metadata, this);
  }

  get sent(): boolean {
    return hasStream(this.#call);
  }

  read(): void {
    if (!this.#over) this.#call.startRead();
  }

  write(message: Uint8Array, written?: () => void): void {
    if (this.#over) return;
    if (this.#uploads && !this.#breakable) this.#check(message, written);
    else this.#send(message, written);
  }

  #send(message: Uint8Array, written: (() => void) | undefined): void {
    this.#call.sendMessageWithContext(
      written === undefined ? noContext : { callback: written },
      Buffer.isBuffer(message)
        ? message
        : Buffer.from(message.buffer, message.byteOffset, message.byteLength),
    );
  }

  /**
   * Sends the first message of an upload once the call has its stream, and the parts that are
   * needed to break it off. Without these parts the peer would take half an upload for the whole.
   */
  #check(message: Uint8Array, written: (() => void) | undefined): void {
    if (this.#over) return;
    if (!hasStream(this.#call)) {
      setImmediate(() => this.#check(message, written));
      return;
    }
    if (http2Call(this.#call) === undefined) {
      this.#finish({
        kind: 'violation',
        reason:
          'uploads need @grpc/grpc-js ~1.14.7, and the one that is installed is built otherwise: ' +
          'install that version, or none of another copy',
      });
      this.#connection.cut();
      return;
    }
    this.#breakable = true;
    this.#send(message, written);
  }

  end(): void {
    if (!this.#over) this.#call.halfClose();
  }

  reset(): void {
    if (this.#over) return;
    this.#over = true;
    const call = http2Call(this.#call);
    if (call !== undefined) breakOff(call);
    this.#call.cancelWithStatus(status.CANCELLED, 'the client ended the call');
  }

  doubt(): void {
    if (!this.#over) this.#connection.doubt(sessionOf(this.#call));
  }

  /** @internal Called by grpc-js. */
  onReceiveMetadata(metadata: Metadata): void {
    if (this.#over) return;
    this.#connection.proved();
    const call = http2Call(this.#call);
    if (call === undefined) {
      // All stays as grpc-js has it.
    } else if (this.#streams) {
      this.#order = new StatusOrder(call);
    } else {
      const report = call.handleTrailers;
      call.handleTrailers = (trailers) => {
        this.#trailers = trailers;
        report.call(call, trailers);
      };
    }
    this.#sink.onHeaders(new GrpcFields(metadata));
  }

  /** @internal Called by grpc-js. */
  onReceiveMessage(message: Buffer): void {
    if (this.#over) return;
    this.#sink.onMessage(message);
    this.#order?.check();
  }

  /** @internal Called by grpc-js. */
  onReceiveStatus(result: StatusObject): void {
    if (!this.#over) this.#finish(this.#endOf(result));
  }

  #endOf(result: StatusObject): StreamEnd {
    const text: string = result.details ?? '';
    const http = result.code === status.OK ? undefined : httpStatus(text);
    if (http === undefined && !this.#isFromPeer(result)) {
      if (/^Bandwidth exhausted/.test(text)) this.#connection.pingLess();
      const end = localEnd(result, this.sent);
      // Where grpc-js gives no reason, the socket may have one.
      const { broken } = this.#connection;
      const isCut = end.kind === 'lost' || end.kind === 'unsent';
      return isCut && end.error === undefined && broken !== undefined
        ? { ...end, error: broken }
        : end;
    }
    this.#connection.proved();
    return {
      kind: 'trailers',
      status: http === undefined ? result.code : undefined,
      message: http === undefined ? text : '',
      http,
      cutShort: this.#order?.cutShort ?? false,
      fields: new GrpcFields(result.metadata),
    };
  }

  /** Whether the peer gave the status, and grpc-js did not make it up for want of one. */
  #isFromPeer({ code, metadata }: StatusObject): boolean {
    if (code === status.OK) return true;
    if (this.#order !== undefined) return this.#order.reported(code);
    if (this.#trailers !== undefined) return isStatusOf(this.#trailers, code);
    // What grpc-js makes up comes without any metadata.
    return !isEmpty(metadata);
  }

  #finish(end: StreamEnd): void {
    this.#over = true;
    this.#sink.onEnd(end);
  }
}
