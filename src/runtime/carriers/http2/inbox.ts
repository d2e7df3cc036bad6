import { MessageReader } from './message-reader.js';

/** A piece that is smaller is copied together with others, so that small ones cost little memory. */
const SMALL_BYTES = 1024;
const TAIL_BYTES = 16_384;

/**
 * With more than this waiting, the reader is slow, and all data is copied to blocks that are used
 * again. The socket's chunks would live until V8 collects its old objects, of which it sees no need
 * for a long time: 98 MiB for a window of 2 MiB.
 */
const SLOW_BYTES = 262_144;
const BLOCK_BYTES = 65_536;

/** Takes the messages of an inbox. */
export interface InboxOwner {
  /** A message that was asked for. */
  take(message: Uint8Array, flag: number): void;
  /** Whether a message with this prefix may come. It may not when the stream fails because of it. */
  admits(flag: number, length: number): boolean;
}

interface Piece {
  readonly bytes: Uint8Array;
  start: number;
  end: number;
  /** Whether `bytes` is a block, whose memory is used again. */
  readonly isBlock: boolean;
}

const nothing: Piece = { bytes: new Uint8Array(0), start: 0, end: 0, isBlock: false };

/**
 * The data that came on a stream. Messages are cut out of it when they are asked for. What nobody
 * asked for stays as it came.
 */
export class Inbox {
  readonly #owner: InboxOwner;
  readonly #reader = new MessageReader();
  /** Data that waits until somebody asks; read from `#head` on. */
  #pieces: Piece[] | undefined;
  #head = 0;
  /** Bytes that wait. */
  #waiting = 0;
  readonly #free: Uint8Array[] = [];
  #asked = 0;
  #delivering = false;
  #closed = false;

  constructor(owner: InboxOwner) {
    this.#owner = owner;
  }

  /** Whether all data was cut into messages, or belongs to one that is not whole. */
  get drained(): boolean {
    return this.#pieces === undefined;
  }

  /** Whether the data ends within a message. */
  get within(): boolean {
    return this.#reader.within || !this.drained;
  }

  /** Drops everything, and what still comes. */
  close(): void {
    this.#closed = true;
    this.#asked = 0;
    this.#pieces = undefined;
    this.#free.length = 0;
  }

  /**
   * Takes data that came.
   *
   * @returns how much of it, and of what came before, is no longer held
   */
  push(bytes: Uint8Array, start: number, end: number): number {
    if (this.#pieces !== undefined || this.#asked === 0 || this.#delivering) {
      this.#keep(bytes, start, end);
      return 0;
    }
    this.#delivering = true;
    const at = this.#cut(bytes, start, end, false);
    this.#delivering = false;
    if (at < end) this.#keep(bytes, at, end);
    return at - start;
  }

  /**
   * Asks for one more message.
   *
   * @returns how many bytes are no longer held
   */
  ask(): number {
    this.#asked += 1;
    if (this.#delivering || this.#pieces === undefined) return 0;
    this.#delivering = true;
    let freed = 0;
    while (this.#asked > 0 && this.#pieces !== undefined) {
      const piece = this.#pieces[this.#head] as Piece;
      const at = this.#cut(piece.bytes, piece.start, piece.end, piece.isBlock);
      freed += at - piece.start;
      this.#waiting -= at - piece.start;
      piece.start = at;
      if (this.#closed) break;
      if (at === piece.end) this.#next();
    }
    this.#delivering = false;
    return freed;
  }

  /** Cuts messages for as long as they are asked for. Returns where it stopped. */
  #cut(bytes: Uint8Array, start: number, end: number, isBlock: boolean): number {
    const reader = this.#reader;
    let at = start;
    while (at < end && this.#asked > 0) {
      if (!reader.prefixed) {
        at = reader.readPrefix(bytes, at, end);
        if (!reader.prefixed) return at;
        if (!this.#owner.admits(reader.flag, reader.length)) return at;
      }
      at = reader.readBody(bytes, at, end);
      const { message } = reader;
      if (message === undefined) return at;
      reader.message = undefined;
      this.#asked -= 1;
      const own = isBlock && message.buffer === bytes.buffer;
      this.#owner.take(own ? Buffer.from(message) : message, reader.flag);
    }
    return at;
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    if (this.#closed) return;
    const size = end - start;
    this.#pieces ??= [];
    const pieces = this.#pieces;
    this.#waiting += size;
    if (this.#waiting > SLOW_BYTES) {
      this.#copy(pieces, bytes, start, end);
      return;
    }
    if (size >= SMALL_BYTES) {
      pieces.push({ bytes, start, end, isBlock: false });
      return;
    }
    const last = pieces.at(-1);
    if (last?.bytes.length === TAIL_BYTES && TAIL_BYTES - last.end >= size) {
      last.bytes.set(bytes.subarray(start, end), last.end);
      last.end += size;
      return;
    }
    const tail = Buffer.allocUnsafeSlow(TAIL_BYTES);
    tail.set(bytes.subarray(start, end));
    pieces.push({ bytes: tail, start: 0, end: size, isBlock: false });
  }

  #copy(pieces: Piece[], bytes: Uint8Array, start: number, end: number): void {
    for (let from = start; from < end; ) {
      let last = pieces.at(-1);
      if (last?.isBlock !== true || last.end === BLOCK_BYTES) {
        const block = this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
        last = { bytes: block, start: 0, end: 0, isBlock: true };
        pieces.push(last);
      }
      const to = Math.min(end, from + BLOCK_BYTES - last.end);
      last.bytes.set(bytes.subarray(from, to), last.end);
      last.end += to - from;
      from = to;
    }
  }

  #next(): void {
    const pieces = this.#pieces as Piece[];
    const done = pieces[this.#head] as Piece;
    if (done.isBlock) this.#free.push(done.bytes);
    // What was read is not to be kept by the list.
    pieces[this.#head] = nothing;
    this.#head += 1;
    if (this.#head === pieces.length) {
      this.#pieces = undefined;
      this.#head = 0;
    } else if (this.#head === 1024) {
      pieces.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
