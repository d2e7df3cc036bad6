import type { FrameWriter } from './frame-writer.js';
import { PREFIX_BYTES } from './message-reader.js';

/** A smaller message of several is copied when it is written, and the next one taken at once. */
const SMALL_BYTES = 4096;

/** With this many bytes waiting, the sender of messages has to wait too. */
export const FULL_BYTES = 65_536;

interface Waiting {
  readonly message: Uint8Array;
  readonly flag: number;
  /** How much has been sent, prefix included. */
  sent: number;
  /** Called when the memory of the message is no longer needed. */
  readonly written: (() => void) | undefined;
}

/** The messages of a stream that wait to be sent, as one sequence of bytes. */
export class Outbox {
  readonly #messages: Waiting[] = [];
  #bytes = 0;
  #ended = false;
  /** Called when there is room for another small message. */
  #room: (() => void) | undefined;

  /** Bytes that wait, prefixes included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether no more messages come. */
  get ended(): boolean {
    return this.#ended;
  }

  end(): void {
    this.#ended = true;
  }

  /**
   * Adds a message.
   *
   * @param written is called once another message may be added, and `message` may be changed
   */
  push(message: Uint8Array, flag: number, written: (() => void) | undefined): void {
    this.#bytes += PREFIX_BYTES + message.length;
    if (written === undefined || message.length >= SMALL_BYTES) {
      this.#messages.push({ message, flag, sent: 0, written });
      return;
    }
    const copy = Uint8Array.prototype.slice.call(message);
    this.#messages.push({ message: copy, flag, sent: 0, written: undefined });
    if (this.#bytes < FULL_BYTES) written();
    else this.#room = written;
  }

  /**
   * Writes `bytes` bytes, at most as many as wait, as the payload of a frame.
   *
   * @param release is called with what to call when the socket has the bytes
   */
  write(writer: FrameWriter, bytes: number, release: (written: () => void) => void): void {
    let left = bytes;
    let whole = 0;
    while (left > 0) {
      const first = this.#messages[whole] as Waiting;
      const { message, flag, sent, written } = first;
      const taken = Math.min(left, PREFIX_BYTES + message.length - sent);
      writeSlice(writer, message, flag, sent, sent + taken);
      first.sent += taken;
      left -= taken;
      if (first.sent < PREFIX_BYTES + message.length) break;
      whole += 1;
      if (written !== undefined) release(written);
    }
    if (whole === this.#messages.length) this.#messages.length = 0;
    else if (whole > 0) this.#messages.splice(0, whole);
    this.#bytes -= bytes;
    const room = this.#room;
    if (room !== undefined && this.#bytes < FULL_BYTES) {
      this.#room = undefined;
      release(room);
    }
  }

  /** Drops what waits. */
  clear(): void {
    this.#messages.length = 0;
    this.#bytes = 0;
    this.#room = undefined;
  }
}

/** Writes a part of a message and its prefix. */
function writeSlice(
  writer: FrameWriter,
  message: Uint8Array,
  flag: number,
  start: number,
  end: number,
): void {
  const { length } = message;
  if (start === 0 && end >= PREFIX_BYTES) {
    writer.messagePrefix(flag, length);
  } else if (start < PREFIX_BYTES) {
    const prefix = Uint8Array.of(flag, length >>> 24, length >>> 16, length >>> 8, length);
    writer.bytes(prefix.subarray(start, Math.min(end, PREFIX_BYTES)));
  }
  if (end <= PREFIX_BYTES) return;
  const from = Math.max(start - PREFIX_BYTES, 0);
  const to = end - PREFIX_BYTES;
  writer.bytes(from === 0 && to === length ? message : message.subarray(from, to));
}
