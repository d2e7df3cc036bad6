/** A queue with this many bytes takes no more. */
const FULL_BYTES = 262_144;
/**
 * A queue with this many replies takes no more. Replies that wait during garbage collection make
 * the engine's space for young objects grow by more than their own size. A longer queue makes no
 * stream faster, since more replies wait in the connection's window.
 */
const FULL_REPLIES = 4;
/** So many places at the begin may be empty. */
const MOST_EMPTY = 28;

/** Replies that have come before anybody asked for them; first in, first out. */
export class ReplyQueue {
  #replies: (Uint8Array | undefined)[] = [];
  #head = 0;
  #bytes = 0;

  /** Whether it should get no more replies for now. */
  get full(): boolean {
    return this.#bytes >= FULL_BYTES || this.#replies.length - this.#head >= FULL_REPLIES;
  }

  push(reply: Uint8Array): void {
    this.#replies.push(reply);
    this.#bytes += reply.length;
  }

  shift(): Uint8Array | undefined {
    const reply = this.#replies[this.#head];
    if (reply === undefined) return undefined;
    this.#replies[this.#head] = undefined;
    this.#head += 1;
    this.#bytes -= reply.length;
    if (this.#head === this.#replies.length || this.#head === MOST_EMPTY) this.#close();
    return reply;
  }

  /** Moves the rest to the begin: a queue that never gets empty would grow for ever. */
  #close(): void {
    this.#replies.copyWithin(0, this.#head);
    this.#replies.length -= this.#head;
    this.#head = 0;
  }

  clear(): void {
    this.#replies = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}
