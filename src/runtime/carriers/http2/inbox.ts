import { MessageReader } from './message-reader.js';

/**
 * When data waits and more comes, the reader is slow. Then all of it is copied to blocks of this
 * size, which are used again. What it came in would live until V8 collects its old objects, of which
 * it sees no need for a long time.
 */
const BLOCK_BYTES = 16_384;

/** Takes the messages of an inbox. */
export interface InboxOwner {
  /** A message that was asked for. */
  take(message: Uint8Array, flag: number): void;
  /** Whether a message with this prefix may come. It may not when the stream fails because of it. */
  admits(flag: number, length: number): boolean;
  /** Bytes that were pushed last are held, in a message or until they are asked for. */
  holds(): void;
}

/** Data that waits. Pieces are linked, and blocks used again, since arrays of them cost V8 more. */
interface Piece {
  readonly bytes: Uint8Array;
  start: number;
  end: number;
  /** Whether `bytes` is a block, whose memory is used again. */
  readonly isBlock: boolean;
  next: Piece | undefined;
}

/**
 * The data that came on a stream. Messages are cut out of it when they are asked for. What nobody
 * asked for stays as it came.
 */
export class Inbox {
  readonly #owner: InboxOwner;
  readonly #reader = new MessageReader();
  /** Data that waits until somebody asks: where it lies in one chunk, and then in blocks. */
  #first: Piece | undefined;
  #last: Piece | undefined;
  /** Blocks that hold nothing now. */
  #free: Piece | undefined;
  #asked = 0;
  #delivering = false;
  #closed = false;

  constructor(owner: InboxOwner) {
    this.#owner = owner;
  }

  /** Whether all data was cut into messages, or belongs to one that is not whole. */
  get drained(): boolean {
    return this.#first === undefined;
  }

  /** Whether the data ends within a message. */
  get within(): boolean {
    return this.#reader.within || !this.drained;
  }

  /** Drops everything, and what still comes. */
  close(): void {
    this.#closed = true;
    this.#asked = 0;
    this.#first = undefined;
    this.#last = undefined;
    this.#free = undefined;
  }

  /**
   * Takes data that came.
   *
   * @returns how much of it, and of what came before, is no longer held
   */
  push(bytes: Uint8Array, start: number, end: number): number {
    if (this.#first !== undefined || this.#asked === 0 || this.#delivering) {
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
    if (this.#delivering) return 0;
    this.#delivering = true;
    let freed = 0;
    while (this.#asked > 0 && this.#first !== undefined) {
      const piece = this.#first;
      const at = this.#cut(piece.bytes, piece.start, piece.end, piece.isBlock);
      freed += at - piece.start;
      piece.start = at;
      if (this.#closed) break;
      if (at === piece.end) this.#drop();
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
      if (message.buffer !== bytes.buffer) {
        this.#owner.take(message, reader.flag);
      } else if (isBlock) {
        this.#owner.take(Buffer.from(message), reader.flag);
      } else {
        this.#owner.holds();
        this.#owner.take(message, reader.flag);
      }
    }
    return at;
  }

  /** Keeps data: where it lies, until data of another chunk comes. */
  #keep(bytes: Uint8Array, start: number, end: number): void {
    if (this.#closed) return;
    const first = this.#first;
    if (first === undefined || first.bytes === bytes) {
      this.#append({ bytes, start, end, isBlock: false, next: undefined });
      this.#owner.holds();
      return;
    }
    // While messages are cut, the piece that they are cut from stays in its place.
    if (!first.isBlock && !this.#delivering) this.#settle();
    this.#copy(bytes, start, end);
  }

  /** Moves all that waits to blocks. */
  #settle(): void {
    let piece = this.#first;
    this.#first = undefined;
    this.#last = undefined;
    while (piece !== undefined) {
      const { next } = piece;
      piece.next = undefined;
      if (piece.isBlock) this.#append(piece);
      else this.#copy(piece.bytes, piece.start, piece.end);
      piece = next;
    }
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    for (let from = start; from < end; ) {
      let last = this.#last;
      if (last?.isBlock !== true || last.end === BLOCK_BYTES) {
        last = this.#block();
        this.#append(last);
      }
      const to = Math.min(end, from + BLOCK_BYTES - last.end);
      last.bytes.set(bytes.subarray(from, to), last.end);
      last.end += to - from;
      from = to;
    }
  }

  #block(): Piece {
    const block = this.#free;
    if (block === undefined) {
      const bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      return { bytes, start: 0, end: 0, isBlock: true, next: undefined };
    }
    this.#free = block.next;
    block.next = undefined;
    return block;
  }

  #append(piece: Piece): void {
    if (this.#last === undefined) this.#first = piece;
    else this.#last.next = piece;
    this.#last = piece;
  }

  /** Drops the first piece, which was read. */
  #drop(): void {
    const done = this.#first as Piece;
    this.#first = done.next;
    if (this.#first === undefined) this.#last = undefined;
    done.next = undefined;
    if (!done.isBlock) return;
    done.start = 0;
    done.end = 0;
    done.next = this.#free;
    this.#free = done;
  }
}
