import { ReceiveWindow, type SendWindow } from './flow-control.js';
import type { FrameHandler } from './frame-reader.js';
import type { FrameWriter } from './frame-writer.js';
import {
  calmDown,
  errorCodes,
  frameFlags,
  frameTypes,
  Http2Error,
  MAX_UINT31,
  uint32At,
} from './frames.js';
import type { Glitches } from './glitches.js';
import { HpackDecoder } from './hpack/decoder.js';
import { HpackError } from './hpack/hpack-error.js';
import type { Sender } from './sender.js';
import type { PeerSettings } from './settings.js';
import type { Http2Stream } from './stream.js';
import type { Streams } from './streams.js';

/** The table for headers that this side offers: the default of HTTP/2. */
const TABLE_BYTES = 4096;

/** The largest list of headers that a stream takes. */
const HEADER_LIST_BYTES = 1_048_576;

/** So many answers to SETTINGS and PINGs may wait for a peer that does not read them. */
const MOST_ANSWERS = 1000;

/** What the frames of a session mean for the rest of it. */
export interface IncomingHost {
  /** SETTINGS of the peer were applied. */
  settled(): void;
  /** The peer answered SETTINGS, or a PING with this payload. Returns whether it was asked. */
  answered(payload: number | undefined): boolean;
  /** The peer takes no streams above `lastId`. */
  goingAway(lastId: number, code: number): void;
  /** The peer reset a stream. */
  wasReset(stream: Http2Stream, code: number): void;
  /** The peer broke a rule on a stream. */
  violated(stream: Http2Stream, code: number, reason: string): void;
}

/** What frames act on. */
export interface IncomingParts {
  readonly streams: Streams;
  readonly writer: FrameWriter;
  readonly sender: Sender;
  readonly settings: PeerSettings;
  readonly sendWindow: SendWindow;
  readonly glitches: Glitches;
  /** The window of the connection for what the peer sends. */
  readonly window: number;
}

/** Acts on the frames of a peer (RFC 9113, section 6). */
export class Incoming implements FrameHandler {
  readonly #host: IncomingHost;
  readonly #parts: IncomingParts;
  readonly #window: ReceiveWindow;
  readonly #decoder = new HpackDecoder({
    maxTableSize: TABLE_BYTES,
    maxListBytes: HEADER_LIST_BYTES,
  });
  /** The stream of the DATA that is read now, and how much of its payload is yet to come. */
  #stream: Http2Stream | undefined;
  #endStream = false;
  #length = 0;
  #left = 0;
  #fields: string[] = [];
  /** Answers that the socket has not taken yet. */
  #answers = 0;
  /** HEADERS and DATA that came. */
  messages = 0;

  constructor(host: IncomingHost, parts: IncomingParts) {
    this.#host = host;
    this.#parts = parts;
    this.#window = new ReceiveWindow(parts.window);
  }

  readonly #onField = (name: string, value: string): void => {
    this.#fields.push(name, value);
  };

  /** The socket has taken all answers that were written. */
  drained(): void {
    this.#answers = 0;
  }

  onDataStart(id: number, endStream: boolean, length: number): void {
    this.messages += 1;
    // On receipt: a stream that nobody reads must not stop the others. Frames are smaller than half a
    // window, so that the peer never has to wait for it, and only the windows of streams bound it.
    const grown = this.#window.release(length);
    if (grown > 0) this.#parts.writer.windowUpdate(0, grown);
    const stream = this.#parts.streams.find(id);
    this.#stream = stream;
    this.#endStream = endStream;
    this.#length = length;
    this.#left = length;
    if (stream !== undefined && !stream.receiveWindow.take(length)) {
      this.#host.violated(stream, errorCodes.flowControlError, 'it sent more than it was allowed');
    }
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    this.#left -= end - start;
    const stream = this.#stream;
    if (stream !== undefined && !stream.over) stream.onData(bytes, start, end);
  }

  onDataEnd(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    const isEmpty = this.#left === this.#length;
    if (isEmpty && (stream === undefined || !this.#endStream)) this.#parts.glitches.count();
    if (stream === undefined || stream.over) return;
    if (this.#endStream) stream.onRemoteEnd({ kind: 'no-trailers' });
    else if (this.#left > 0) stream.freed(this.#left);
  }

  onHeaders(id: number, endStream: boolean, bytes: Uint8Array, start: number, end: number): void {
    this.messages += 1;
    const stream = this.#parts.streams.find(id);
    this.#fields = [];
    try {
      // Whatever becomes of the stream: the tables of both sides have to stay in step.
      this.#decoder.decode(bytes, start, end, this.#onField);
    } catch (error) {
      if (!(error instanceof HpackError)) throw error;
      throw new Http2Error(errorCodes.compressionError, `its headers are broken: ${error.message}`);
    }
    if (stream === undefined) {
      this.#parts.glitches.count();
    } else if (this.#decoder.isOversized) {
      this.#host.violated(stream, errorCodes.protocolError, 'it sent too many headers');
    } else {
      stream.onHeaders(this.#fields, endStream);
    }
  }

  onFrame(
    type: number,
    flags: number,
    id: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    switch (type) {
      case frameTypes.resetStream:
        this.#onReset(id, uint32At(bytes, start));
        break;
      case frameTypes.settings:
        this.#onSettings(flags, bytes, start, end);
        break;
      case frameTypes.ping:
        this.#onPing(flags, bytes, start, end);
        break;
      case frameTypes.goaway:
        this.#host.goingAway(uint32At(bytes, start) & MAX_UINT31, uint32At(bytes, start + 4));
        break;
      case frameTypes.windowUpdate:
        this.#onWindowUpdate(id, uint32At(bytes, start) & MAX_UINT31);
        break;
      default:
        // Priorities, and types that this side does not know (section 5.5): of no use here.
        this.#parts.glitches.count();
        break;
    }
  }

  #onReset(id: number, code: number): void {
    const stream = this.#parts.streams.find(id);
    if (stream === undefined) this.#parts.glitches.count();
    else this.#host.wasReset(stream, code);
  }

  #onSettings(flags: number, bytes: Uint8Array, start: number, end: number): void {
    if ((flags & frameFlags.ack) !== 0) {
      if (!this.#host.answered(undefined)) this.#parts.glitches.count();
      return;
    }
    const { settings, streams, writer, sender } = this.#parts;
    const grown = settings.apply(bytes, start, end);
    if (grown !== 0) {
      for (const stream of streams) {
        stream.sendWindow.adjust(grown);
        if (grown > 0) sender.add(stream);
      }
    }
    this.#answer();
    writer.settingsAck();
    this.#host.settled();
  }

  #onPing(flags: number, bytes: Uint8Array, start: number, end: number): void {
    if ((flags & frameFlags.ack) !== 0) {
      if (!this.#host.answered(uint32At(bytes, start + 4))) this.#parts.glitches.count();
      return;
    }
    this.#answer();
    this.#parts.writer.ping(frameFlags.ack, bytes.subarray(start, end));
  }

  #answer(): void {
    this.#answers += 1;
    if (this.#answers > MOST_ANSWERS) throw calmDown('it asks for answers and does not take them');
  }

  #onWindowUpdate(id: number, grown: number): void {
    const { sender, sendWindow, streams } = this.#parts;
    if (id === 0) {
      sendWindow.grow(grown);
      sender.windowGrew();
      return;
    }
    const stream = streams.find(id);
    if (stream === undefined) {
      this.#parts.glitches.count();
      return;
    }
    try {
      stream.sendWindow.grow(grown);
    } catch (error) {
      const { code, message } = error as Http2Error;
      this.#host.violated(stream, code, message);
      return;
    }
    if (stream.outbox.bytes > 0) sender.add(stream);
    else this.#parts.glitches.count();
  }
}
