import { FRAME_BYTES, FRAME_HEADER_BYTES, frameFlags, frameTypes, PREFACE } from './frames.js';
import { PREFIX_BYTES } from './message-reader.js';

/** The socket below, as far as frames need it. */
export interface FrameSocket {
  /** Bytes that it was given and has not passed on. */
  readonly writableLength: number;
  cork(): void;
  uncork(): void;
  write(bytes: Uint8Array, written?: () => void): boolean;
}

/**
 * Memory that frames are written to; the first piece is small, for those who make a call and leave.
 * None is used twice: the socket may still read it.
 */
const FIRST_BYTES = 2048;
const SLAB_BYTES = 65_536;

/** What most ticks need no more of. */
const TICK_BYTES = 16_384;

/** From this size on, bytes are not copied to the slab but passed on as they are. */
const BORROWED_BYTES = 4096;

/**
 * Joins all frames of a tick to one write: each write costs as much as encrypting some kilobytes.
 * Small frames are copied side by side. Large payloads are passed on uncopied.
 */
export class FrameWriter {
  #slab: Uint8Array = Buffer.alloc(0);
  /** Where the bytes begin that were not passed on yet, and where the next ones go. */
  #start = 0;
  #at = 0;
  /** What comes before the bytes from `#start` on, when there are borrowed payloads. */
  #parts: Uint8Array[] | undefined;
  #waiting = 0;

  /** Bytes that wait for `flush`. */
  get waiting(): number {
    return this.#waiting;
  }

  preface(): void {
    this.#room(PREFACE.length);
    this.#copy(PREFACE);
  }

  settings(entries: readonly (readonly [id: number, value: number])[]): void {
    this.#header(entries.length * 6, frameTypes.settings, 0, 0);
    for (const [id, value] of entries) {
      this.#room(6);
      this.#slab[this.#at] = id >>> 8;
      this.#slab[this.#at + 1] = id & 0xff;
      this.#at += 2;
      this.#uint32(value);
      this.#waiting += 2;
    }
  }

  settingsAck(): void {
    this.#header(0, frameTypes.settings, frameFlags.ack, 0);
  }

  ping(flags: number, payload: Uint8Array): void {
    this.#header(8, frameTypes.ping, flags, 0);
    this.#copy(payload);
  }

  goaway(lastStream: number, code: number): void {
    this.#header(8, frameTypes.goaway, 0, 0);
    this.#uint32(lastStream);
    this.#uint32(code);
  }

  resetStream(stream: number, code: number): void {
    this.#header(4, frameTypes.resetStream, 0, stream);
    this.#uint32(code);
  }

  windowUpdate(stream: number, bytes: number): void {
    this.#header(4, frameTypes.windowUpdate, 0, stream);
    this.#uint32(bytes);
  }

  /** A block of headers that is the concatenation of `pieces`, in as many frames as it takes. */
  headers(stream: number, pieces: readonly Uint8Array[]): void {
    let length = 0;
    for (const piece of pieces) length += piece.length;
    if (length <= FRAME_BYTES) {
      this.#header(length, frameTypes.headers, frameFlags.endHeaders, stream);
      for (const piece of pieces) {
        this.#room(piece.length);
        this.#copy(piece);
      }
      return;
    }
    const block = Buffer.concat(pieces);
    for (let start = 0; start < length; start += FRAME_BYTES) {
      const end = Math.min(start + FRAME_BYTES, length);
      const type = start === 0 ? frameTypes.headers : frameTypes.continuation;
      this.#header(end - start, type, end === length ? frameFlags.endHeaders : 0, stream);
      this.bytes(block.subarray(start, end));
    }
  }

  /** The header of a DATA frame, whose `length` bytes follow with `bytes`. */
  data(stream: number, length: number, endStream: boolean): void {
    this.#header(length, frameTypes.data, endStream ? frameFlags.endStream : 0, stream);
  }

  /** The five bytes before a message: how it is compressed, and its length. */
  messagePrefix(flag: number, length: number): void {
    this.#room(PREFIX_BYTES);
    this.#slab[this.#at] = flag;
    this.#at += 1;
    this.#uint32(length);
    this.#waiting += 1;
  }

  /** Payload. Nobody may change it before it was written. */
  bytes(payload: Uint8Array): void {
    if (payload.length < BORROWED_BYTES) {
      this.#room(payload.length);
      this.#copy(payload);
      return;
    }
    this.#parts ??= [];
    if (this.#at > this.#start) this.#parts.push(this.#slab.subarray(this.#start, this.#at));
    this.#start = this.#at;
    this.#parts.push(payload);
    this.#waiting += payload.length;
  }

  /**
   * Passes on all that waits.
   *
   * @param written is called when `socket` has it
   */
  flush(socket: FrameSocket, written?: () => void): void {
    if (this.#waiting === 0) return;
    const parts = this.#parts;
    const last = this.#slab.subarray(this.#start, this.#at);
    this.#start = this.#at;
    this.#waiting = 0;
    this.#parts = undefined;
    // What is written next should lie in one piece.
    if (this.#slab.length - this.#at < TICK_BYTES && this.#slab.length === SLAB_BYTES) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#start = 0;
      this.#at = 0;
    }
    if (parts === undefined) {
      socket.write(last, written);
      return;
    }
    socket.cork();
    if (last.length > 0) parts.push(last);
    const end = parts.length - 1;
    for (let index = 0; index < end; index += 1) socket.write(parts[index] as Uint8Array);
    socket.write(parts[end] as Uint8Array, written);
    socket.uncork();
  }

  #header(length: number, type: number, flags: number, stream: number): void {
    this.#room(FRAME_HEADER_BYTES + 8);
    const slab = this.#slab;
    const at = this.#at;
    slab[at] = length >>> 16;
    slab[at + 1] = (length >>> 8) & 0xff;
    slab[at + 2] = length & 0xff;
    slab[at + 3] = type;
    slab[at + 4] = flags;
    this.#at = at + 5;
    this.#uint32(stream);
    this.#waiting += 5;
  }

  #uint32(value: number): void {
    const slab = this.#slab;
    const at = this.#at;
    slab[at] = value >>> 24;
    slab[at + 1] = (value >>> 16) & 0xff;
    slab[at + 2] = (value >>> 8) & 0xff;
    slab[at + 3] = value & 0xff;
    this.#at = at + 4;
    this.#waiting += 4;
  }

  #copy(bytes: Uint8Array): void {
    this.#slab.set(bytes, this.#at);
    this.#at += bytes.length;
    this.#waiting += bytes.length;
  }

  /** Makes room for `bytes` more. What was written before keeps its memory. */
  #room(bytes: number): void {
    if (this.#slab.length - this.#at >= bytes) return;
    if (this.#at > this.#start) {
      this.#parts ??= [];
      this.#parts.push(this.#slab.subarray(this.#start, this.#at));
    }
    this.#slab = Buffer.allocUnsafeSlow(
      Math.max(this.#slab.length === 0 ? FIRST_BYTES : SLAB_BYTES, bytes),
    );
    this.#start = 0;
    this.#at = 0;
  }
}
