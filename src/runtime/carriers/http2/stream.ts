import {
  type CarrierStream,
  type RequestHeaders,
  resetCodes,
  type StreamEnd,
  type StreamSink,
} from '../carrier.js';
import { compressed, decompressed } from './compression.js';
import { ReceiveWindow, SendWindow } from './flow-control.js';
import type { FrameWriter } from './frame-writer.js';
import { errorCodes } from './frames.js';
import { Inbox, type InboxOwner } from './inbox.js';
import { Outbox } from './outbox.js';
import { FieldList, statusMessage, statusNumber } from './received-fields.js';

/** A stream may get this many interim responses. */
const MOST_INTERIM = 16;

/** What a stream needs of its session. */
export interface StreamHost {
  readonly maxMessageBytes: number;
  /** The window of each stream, for what the peer sends. */
  readonly window: number;
  /** Whether requests are compressed. */
  readonly gzip: boolean;
  /** The stream has something to send. */
  sends(stream: Http2Stream): void;
  /** Lets the peer send more on the stream. */
  credit(stream: Http2Stream, bytes: number): void;
  /** The stream is over on this side: tells the peer with `code`, unless both sides have ended. */
  leave(stream: Http2Stream, code: number | undefined): void;
  /** Bytes that are read now are held. */
  holds(): void;
  /** The stream got an answer. */
  proved(): void;
  /** Asks the peer whether it is still there. */
  doubt(): void;
}

/** A stream of HTTP/2 that carries a call of gRPC (RFC 9113, section 5.1 and 8.1). */
export class Http2Stream implements CarrierStream, InboxOwner {
  /** Its number; 0 until its headers are sent. */
  id = 0;
  /** Whether it is in the session's list of those that have something to send. */
  listed = false;
  /** Whether it has ended for the session, or for its sink. Frames that still come are dropped. */
  over = false;
  /** Whether this side has told the peer that it has ended. */
  localEnded = false;
  readonly headers: RequestHeaders;
  readonly outbox = new Outbox();
  /** What may be sent; set when the headers are. */
  readonly sendWindow = new SendWindow(0);
  readonly receiveWindow: ReceiveWindow;
  readonly #host: StreamHost;
  readonly #sink: StreamSink;
  readonly #inbox = new Inbox(this);
  #status: string | undefined;
  #interim = 0;
  #encoding: string | undefined;
  /** How the stream ended, while messages before it wait to be asked for. */
  #end: StreamEnd | undefined;

  constructor(host: StreamHost, headers: RequestHeaders, sink: StreamSink) {
    this.#host = host;
    this.headers = headers;
    this.#sink = sink;
    this.receiveWindow = new ReceiveWindow(host.window);
  }

  get sent(): boolean {
    return this.id !== 0;
  }

  read(): void {
    if (this.#end === undefined && this.over) return;
    const freed = this.#inbox.ask();
    if (freed > 0 && !this.over) this.#host.credit(this, freed);
    if (this.#end !== undefined && this.#inbox.drained) this.#tellEnd();
  }

  write(message: Uint8Array, written?: () => void): void {
    if (this.over || this.localEnded) return;
    const limit = this.#host.maxMessageBytes;
    if (message.length > limit) {
      const bytes = message.length;
      this.fail({ kind: 'too-large', message: 'request', bytes, limit }, errorCodes.cancel);
      return;
    }
    if (this.#host.gzip) this.outbox.push(compressed(message), 1, written);
    else this.outbox.push(message, 0, written);
    this.#host.sends(this);
  }

  end(): void {
    if (this.over || this.outbox.ended) return;
    this.outbox.end();
    this.#host.sends(this);
  }

  doubt(): void {
    if (!this.over) this.#host.doubt();
  }

  reset(): void {
    const wasOver = this.over;
    this.#close();
    this.#end = undefined;
    if (!wasOver) this.#host.leave(this, errorCodes.cancel);
  }

  /** Writes `bytes` of its data as one frame, and its end with the last of them. */
  writeData(writer: FrameWriter, bytes: number, release: (written: () => void) => void): void {
    const { outbox } = this;
    const isLast = outbox.ended && bytes === outbox.bytes;
    writer.data(this.id, bytes, isLast);
    outbox.write(writer, bytes, release);
    this.sendWindow.left -= bytes;
    if (isLast) this.localEnded = true;
  }

  /** A block of headers came. */
  onHeaders(names: readonly string[], endStream: boolean): void {
    const fields = new FieldList(names);
    const isTrailer = this.#status !== undefined;
    const problem = fields.problem(isTrailer);
    if (problem !== undefined) {
      this.#violation(problem);
    } else if (isTrailer) {
      if (endStream) this.#trailers(fields);
      else this.#violation('it sent headers twice');
    } else {
      this.#response(fields, fields.text(':status') as string, endStream);
    }
  }

  #response(fields: FieldList, status: string, endStream: boolean): void {
    if (status.startsWith('1')) {
      this.#interim += 1;
      if (endStream || status === '101') this.#violation('its interim response ends the stream');
      else if (this.#interim > MOST_INTERIM) this.#violation('it sent too many interim responses');
      return;
    }
    this.#status = status;
    this.#host.proved();
    if (endStream) {
      this.#trailers(fields);
    } else if (status !== '200') {
      // What follows is no gRPC.
      this.fail(this.#endOf(fields), errorCodes.cancel);
    } else {
      this.#encoding = fields.text('grpc-encoding');
      this.#sink.onHeaders(fields);
    }
  }

  #trailers(fields: FieldList): void {
    this.onRemoteEnd(this.#endOf(fields));
  }

  #endOf(fields: FieldList): StreamEnd {
    const status = fields.text('grpc-status');
    return {
      kind: 'trailers',
      status: status === undefined ? undefined : statusNumber(status),
      message: statusMessage(fields.text('grpc-message')),
      http: status === undefined ? Number(this.#status) : undefined,
      cutShort: false,
      fields,
    };
  }

  /** Data came. */
  onData(bytes: Uint8Array, start: number, end: number): void {
    if (this.#status === undefined) {
      this.#violation('it sent a message before its headers');
      return;
    }
    const freed = this.#inbox.push(bytes, start, end);
    if (freed > 0 && !this.over) this.#host.credit(this, freed);
  }

  /** Bytes that came for it are no longer held: padding. */
  freed(bytes: number): void {
    this.#host.credit(this, bytes);
  }

  /** The peer has ended its side. */
  onRemoteEnd(end: StreamEnd): void {
    if (this.over) return;
    this.over = true;
    this.outbox.clear();
    // Nobody reads what this side would still send (gRPC over HTTP/2, "Early Server Closure").
    this.#host.leave(this, this.localEnded ? undefined : resetCodes.noError);
    this.#finish(end);
  }

  /** Ends it because of what happened to it or to its connection. Replies that came go first. */
  onBroken(end: StreamEnd): void {
    if (this.over) return;
    this.over = true;
    this.outbox.clear();
    this.#finish(end);
  }

  /** Ends it from this side. */
  fail(end: StreamEnd, code: number): void {
    if (this.over) return;
    this.#close();
    this.#host.leave(this, code);
    this.#sink.onEnd(end);
  }

  #violation(reason: string): void {
    this.fail({ kind: 'violation', reason }, errorCodes.protocolError);
  }

  #close(): void {
    this.over = true;
    this.outbox.clear();
    this.#inbox.close();
  }

  #finish(end: StreamEnd): void {
    this.#end = end;
    if (this.#inbox.drained) this.#tellEnd();
  }

  #tellEnd(): void {
    const end = this.#end as StreamEnd;
    this.#end = undefined;
    const cutShort = end.kind === 'trailers' && this.#inbox.within;
    this.#inbox.close();
    this.#sink.onEnd(cutShort ? { ...end, cutShort } : end);
  }

  holds(): void {
    this.#host.holds();
  }

  admits(flag: number, length: number): boolean {
    const limit = this.#host.maxMessageBytes;
    if (length > limit) {
      this.#refuse({ kind: 'too-large', message: 'reply', bytes: length, limit });
    } else if (flag > 1) {
      this.#refuse({ kind: 'violation', reason: 'a reply has an unknown flag' });
    } else if (flag === 1 && this.#encoding !== 'gzip') {
      const reason = 'a reply is compressed in a way that was not agreed on';
      this.#refuse({ kind: 'violation', reason });
    } else {
      return true;
    }
    return false;
  }

  take(message: Uint8Array, flag: number): void {
    if (flag === 0) {
      this.#sink.onMessage(message);
      return;
    }
    const limit = this.#host.maxMessageBytes;
    const plain = decompressed(message, limit);
    if (plain === 'too-large') {
      this.#refuse({ kind: 'too-large', message: 'reply', bytes: undefined, limit });
    } else if (plain === 'broken') {
      this.#refuse({ kind: 'violation', reason: 'a reply is compressed, and cannot be read' });
    } else {
      this.#sink.onMessage(plain);
    }
  }

  /** Ends it because of a reply that came, also when the peer has ended it already. */
  #refuse(end: StreamEnd): void {
    const wasOver = this.over;
    this.#end = undefined;
    this.#close();
    if (!wasOver) this.#host.leave(this, errorCodes.cancel);
    this.#sink.onEnd(end);
  }
}
