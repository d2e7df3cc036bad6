import {
  FRAME_BYTES,
  FRAME_HEADER_BYTES,
  frameFlags,
  frameSizeError,
  frameTypes,
  type Http2Error,
  MAX_UINT31,
  protocolError,
  uint32At,
} from './frames.js';
import { type BlockHandler, HeaderBlocks } from './header-blocks.js';

/** Takes what a `FrameReader` reads. What it gets is within a chunk that is read only now. */
export interface FrameHandler extends BlockHandler {
  /** A DATA frame begins. `length` is that of its payload, padding included. */
  onDataStart(stream: number, endStream: boolean, length: number): void;
  /** A part of the data of the frame that began last, without padding. */
  onData(bytes: Uint8Array, start: number, end: number): void;
  /** The frame that began last is whole. */
  onDataEnd(): void;
  /** Any other frame. Its length is right for its type. */
  onFrame(
    type: number,
    flags: number,
    stream: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void;
}

/** What is read next: a frame's header, or a part of its payload. */
type Part = 'header' | 'pad-length' | 'data' | 'padding' | 'payload';

/**
 * Cuts what comes over a connection into frames (RFC 9113, section 4). Frames are read where they
 * lie, in the chunks of the socket. Only a frame that lies in several chunks is put together, but
 * not DATA, whose parts are passed on.
 */
export class FrameReader {
  readonly #handler: FrameHandler;
  readonly #blocks: HeaderBlocks;
  #part: Part = 'header';
  /** The header or payload whose begin has come, and how much of it. */
  #carry: Uint8Array = new Uint8Array(64);
  #carried = 0;
  #type = 0;
  #flags = 0;
  #stream = 0;
  #length = 0;
  /** How much of the data, or of the padding, of a DATA frame has not come yet. */
  #left = 0;
  #padding = 0;
  #isFirst = true;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
    this.#blocks = new HeaderBlocks(handler);
  }

  /**
   * Reads a chunk. The handler may throw to stop it; read nothing after that.
   *
   * @throws {Http2Error} when the frames break the rules
   */
  read(chunk: Uint8Array): void {
    const size = chunk.length;
    let at = 0;
    for (;;) {
      switch (this.#part) {
        case 'header': {
          if (this.#carried === 0 && size - at >= FRAME_HEADER_BYTES) {
            this.#begin(chunk, at);
            at += FRAME_HEADER_BYTES;
          } else {
            const taken = this.#collect(chunk, at, FRAME_HEADER_BYTES);
            at += taken;
            if (this.#carried < FRAME_HEADER_BYTES) return;
            this.#carried = 0;
            this.#begin(this.#carry, 0);
          }
          break;
        }
        case 'pad-length': {
          if (at === size) return;
          const padding = chunk[at] as number;
          at += 1;
          if (padding >= this.#length) throw tooMuchPadding();
          this.#padding = padding;
          this.#left = this.#length - 1 - padding;
          this.#part = 'data';
          break;
        }
        case 'data': {
          const end = Math.min(size, at + this.#left);
          if (end > at) this.#handler.onData(chunk, at, end);
          this.#left -= end - at;
          at = end;
          if (this.#left > 0) return;
          this.#left = this.#padding;
          this.#part = 'padding';
          break;
        }
        case 'padding': {
          const end = Math.min(size, at + this.#left);
          this.#left -= end - at;
          at = end;
          if (this.#left > 0) return;
          this.#part = 'header';
          this.#handler.onDataEnd();
          break;
        }
        case 'payload': {
          const length = this.#length;
          if (this.#carried === 0 && size - at >= length) {
            this.#part = 'header';
            this.#frame(chunk, at, at + length);
            at += length;
          } else {
            at += this.#collect(chunk, at, length);
            if (this.#carried < length) return;
            this.#carried = 0;
            this.#part = 'header';
            this.#frame(this.#carry, 0, length);
          }
          break;
        }
      }
      if (at === size && this.#part === 'header') return;
    }
  }

  /** Keeps what a chunk has of a header or payload of `length` bytes. */
  #collect(chunk: Uint8Array, at: number, length: number): number {
    const taken = Math.min(chunk.length - at, length - this.#carried);
    if (this.#carry.length < length) {
      const larger = new Uint8Array(length);
      larger.set(this.#carry.subarray(0, this.#carried));
      this.#carry = larger;
    }
    this.#carry.set(chunk.subarray(at, at + taken), this.#carried);
    this.#carried += taken;
    return taken;
  }

  /** Reads a frame's header, and refuses the frame before anything of it is kept. */
  #begin(bytes: Uint8Array, at: number): void {
    const length =
      ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    const type = bytes[at + 3] as number;
    const flags = bytes[at + 4] as number;
    const stream = uint32At(bytes, at + 5) & MAX_UINT31;
    if (this.#isFirst) {
      this.#isFirst = false;
      checkFirst(bytes, at, type, flags);
    }
    if (length > FRAME_BYTES) {
      throw frameSizeError(`it sent a frame of ${length} bytes, and ${FRAME_BYTES} were agreed on`);
    }
    this.#blocks.check(type, stream);
    this.#type = type;
    this.#flags = flags;
    this.#stream = stream;
    this.#length = length;
    if (type === frameTypes.data) {
      if (stream === 0) throw protocolError('it sent DATA without a stream');
      this.#padding = 0;
      if ((flags & frameFlags.padded) === 0) {
        this.#left = length;
        this.#part = 'data';
      } else {
        if (length === 0) throw frameSizeError('it sent padded DATA without a length of padding');
        this.#part = 'pad-length';
      }
      this.#handler.onDataStart(stream, (flags & frameFlags.endStream) !== 0, length);
    } else {
      const problem = sizeProblem(type, flags, length) ?? placeProblem(type, stream);
      if (problem !== undefined) throw problem;
      this.#part = 'payload';
    }
  }

  #frame(bytes: Uint8Array, start: number, end: number): void {
    const type = this.#type;
    if (type === frameTypes.headers) {
      this.#blocks.headers(this.#flags, this.#stream, bytes, start, end);
    } else if (type === frameTypes.continuation) {
      this.#blocks.continuation(this.#flags, bytes, start, end);
    } else {
      this.#handler.onFrame(type, this.#flags, this.#stream, bytes, start, end);
    }
  }
}

/** A server's first frame is SETTINGS (section 3.4). */
function checkFirst(bytes: Uint8Array, at: number, type: number, flags: number): void {
  if (type === frameTypes.settings && (flags & frameFlags.ack) === 0) return;
  // GOAWAY instead is how some servers say that they will not begin.
  if (type === frameTypes.goaway) return;
  const isHttp1 = String.fromCharCode(...bytes.subarray(at, at + 5)) === 'HTTP/';
  throw protocolError(
    isHttp1 ? 'it answered in HTTP/1.1' : 'it did not begin with SETTINGS of HTTP/2',
  );
}

function tooMuchPadding(): Http2Error {
  return protocolError('it padded a frame by more than the frame holds');
}

/** What is wrong with the length of a frame, if anything. */
function sizeProblem(type: number, flags: number, length: number): Http2Error | undefined {
  let fits = true;
  switch (type) {
    case frameTypes.headers: {
      const own = (flags & frameFlags.padded) === 0 ? 0 : 1;
      fits = length >= own + ((flags & frameFlags.priority) === 0 ? 0 : 5);
      break;
    }
    case frameTypes.priority:
      fits = length === 5;
      break;
    case frameTypes.resetStream:
    case frameTypes.windowUpdate:
      fits = length === 4;
      break;
    case frameTypes.ping:
      fits = length === 8;
      break;
    case frameTypes.goaway:
      fits = length >= 8;
      break;
    case frameTypes.settings:
      fits = (flags & frameFlags.ack) === 0 ? length % 6 === 0 : length === 0;
      break;
    default:
  }
  return fits ? undefined : frameSizeError(`it sent a frame of type ${type} with ${length} bytes`);
}

/** What is wrong with the stream of a frame, if anything. */
function placeProblem(type: number, stream: number): Http2Error | undefined {
  switch (type) {
    case frameTypes.headers:
    case frameTypes.priority:
    case frameTypes.resetStream:
    case frameTypes.continuation:
      return stream === 0
        ? protocolError(`it sent a frame of type ${type} without a stream`)
        : undefined;
    case frameTypes.settings:
    case frameTypes.ping:
    case frameTypes.goaway:
      return stream === 0
        ? undefined
        : protocolError(`it sent a frame of type ${type} on a stream`);
    case frameTypes.pushPromise:
      // This side says in its SETTINGS that it takes none (section 8.4).
      return protocolError('it pushed a stream, though it was told not to');
    default:
      return undefined;
  }
}
