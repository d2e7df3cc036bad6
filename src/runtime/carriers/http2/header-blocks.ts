import { calmDown, FRAME_BYTES, frameFlags, frameTypes, protocolError } from './frames.js';

/** A block may have this many CONTINUATION frames. */
const MOST_CONTINUATIONS = 8;

/** A block may have this many bytes, compressed. */
const MOST_BYTES = 131_072;

/** Takes blocks of headers. */
export interface BlockHandler {
  /** A block of headers, with all its CONTINUATION frames. */
  onHeaders(
    stream: number,
    endStream: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void;
}

/**
 * Puts blocks of headers together, from HEADERS and its CONTINUATION frames (RFC 9113, sections 4.3,
 * 6.2 and 6.10). A block is decoded once, when it is whole. Its size and the number of its frames are
 * limited: blocks without end were a hole in most implementations (CVE-2024-27983 and others).
 */
export class HeaderBlocks {
  readonly #handler: BlockHandler;
  /** The stream whose block is not whole yet; 0 for none. */
  #open = 0;
  #endStream = false;
  #frames = 0;
  #block = new Uint8Array(0);
  #bytes = 0;

  constructor(handler: BlockHandler) {
    this.#handler = handler;
  }

  /**
   * Checks that a frame may come now: nothing may come within a block but the rest of it.
   *
   * @throws {Http2Error}
   */
  check(type: number, stream: number): void {
    if (this.#open === 0) {
      if (type !== frameTypes.continuation) return;
      throw protocolError('it sent CONTINUATION where nothing is to be continued');
    }
    if (type !== frameTypes.continuation || stream !== this.#open) {
      throw protocolError('it sent another frame in the middle of headers');
    }
    // Counted before the frame is read, so that frames that never end count too.
    this.#frames += 1;
    if (this.#frames > MOST_CONTINUATIONS) throw calmDown('it sent headers in too many frames');
  }

  headers(flags: number, stream: number, bytes: Uint8Array, start: number, end: number): void {
    let from = start;
    let to = end;
    if ((flags & frameFlags.padded) !== 0) {
      to -= bytes[from] as number;
      from += 1;
    }
    if ((flags & frameFlags.priority) !== 0) from += 5;
    if (to < from) throw protocolError('it padded a frame by more than the frame holds');
    const endStream = (flags & frameFlags.endStream) !== 0;
    if ((flags & frameFlags.endHeaders) !== 0) {
      this.#handler.onHeaders(stream, endStream, bytes, from, to);
      return;
    }
    this.#open = stream;
    this.#endStream = endStream;
    this.#frames = 0;
    this.#bytes = 0;
    this.#block = new Uint8Array(2 * FRAME_BYTES);
    this.#add(bytes, from, to);
  }

  continuation(flags: number, bytes: Uint8Array, start: number, end: number): void {
    this.#add(bytes, start, end);
    if ((flags & frameFlags.endHeaders) === 0) return;
    const block = this.#block;
    const stream = this.#open;
    this.#open = 0;
    this.#block = new Uint8Array(0);
    this.#handler.onHeaders(stream, this.#endStream, block, 0, this.#bytes);
  }

  #add(bytes: Uint8Array, start: number, end: number): void {
    const size = this.#bytes + end - start;
    if (size > MOST_BYTES) throw calmDown(`it sent more than ${MOST_BYTES} bytes of headers`);
    if (size > this.#block.length) {
      const larger = new Uint8Array(Math.max(size, 2 * this.#block.length));
      larger.set(this.#block.subarray(0, this.#bytes));
      this.#block = larger;
    }
    this.#block.set(bytes.subarray(start, end), this.#bytes);
    this.#bytes = size;
  }
}
