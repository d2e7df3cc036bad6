import { MessageReader } from './message-reader.js';

/** A piece that is smaller is copied together with others, so that small ones cost little memory. */
const SMALL_BYTES = 1024;
const TAIL_BYTES = 16_384;

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
}

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
    const at = this.#cut(bytes, start, end);
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
      const at = this.#cut(piece.bytes, piece.start, piece.end);
      freed += at - piece.start;
      piece.start = at;
      if (this.#closed) break;
      if (at === piece.end) this.#next();
    }
    this.#delivering = false;
    return freed;
  }

  /** Cuts messages for as long as they are asked for. Returns where it stopped. */
  #cut(bytes: Uint8Array, start: number, end: number): number {
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
      this.#owner.take(message, reader.flag);
    }
    return at;
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    if (this.#closed) return;
    const size = end - start;
    this.#pieces ??= [];
    const pieces = this.#pieces;
    if (size >= SMALL_BYTES) {
      pieces.push({ bytes, start, end });
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
    pieces.push({ bytes: tail, start: 0, end: size });
  }

  #next(): void {
    const pieces = this.#pieces as Piece[];
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
