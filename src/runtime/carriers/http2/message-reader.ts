import { uint32At } from './frames.js';

/** What stands before each message: whether it is compressed, and its length. */
export const PREFIX_BYTES = 5;

/**
 * The memory that a message gets before its bytes have come. More follows as they come, so that a
 * peer cannot fill the memory with announcements.
 */
const FIRST_BYTES = 262_144;

/**
 * Cuts the data of a stream into messages (the length-prefixed messages of gRPC over HTTP/2). A
 * message that lies in one piece is not copied.
 */
export class MessageReader {
  /** The message that was completed by the last `read`. */
  message: Uint8Array | undefined;
  /** The first byte of its prefix: 0, or 1 if it is compressed. */
  flag = 0;
  /** The length that the prefix announces, known once `prefixed`. */
  length = 0;
  #prefix = 0;
  #body: Uint8Array | undefined;
  #filled = 0;

  /** Whether the prefix of a message is known, and its bytes are not all there. */
  get prefixed(): boolean {
    return this.#prefix === PREFIX_BYTES;
  }

  /** Whether the bytes so far end within a message. */
  get within(): boolean {
    return this.#prefix > 0;
  }

  /**
   * Reads the rest of a prefix.
   *
   * @returns where it ends
   */
  readPrefix(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    let count = this.#prefix;
    if (count === 0) {
      if (end - start >= PREFIX_BYTES) {
        this.flag = bytes[start] as number;
        this.length = uint32At(bytes, start + 1);
        this.#prefix = PREFIX_BYTES;
        return start + PREFIX_BYTES;
      }
      this.length = 0;
    }
    while (count < PREFIX_BYTES && at < end) {
      const byte = bytes[at] as number;
      if (count === 0) this.flag = byte;
      else this.length = this.length * 256 + byte;
      count += 1;
      at += 1;
    }
    this.#prefix = count;
    return at;
  }

  /**
   * Reads the bytes of a message whose prefix is known. `message` is set when it is whole.
   *
   * @returns where it ends
   */
  readBody(bytes: Uint8Array, start: number, end: number): number {
    const missing = this.length - this.#filled;
    const taken = Math.min(missing, end - start);
    if (taken === this.length) {
      this.#complete(bytes.subarray(start, start + taken));
      return start + taken;
    }
    if (taken === 0) return start;
    const body = this.#room(taken);
    body.set(bytes.subarray(start, start + taken), this.#filled);
    this.#filled += taken;
    if (taken === missing) this.#complete(body);
    return start + taken;
  }

  #complete(message: Uint8Array): void {
    this.message = message;
    this.#prefix = 0;
    this.#body = undefined;
    this.#filled = 0;
  }

  /** Memory for the message, with room for `bytes` more. */
  #room(bytes: number): Uint8Array {
    const body = this.#body;
    const needed = this.#filled + bytes;
    if (body !== undefined && body.length >= needed) return body;
    const wanted = Math.max(needed, FIRST_BYTES, 4 * (body?.length ?? 0));
    const larger = Buffer.allocUnsafeSlow(Math.min(this.length, wanted));
    if (body !== undefined) larger.set(body.subarray(0, this.#filled));
    this.#body = larger;
    return larger;
  }
}
