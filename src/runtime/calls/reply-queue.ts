/** A queue with this many bytes takes no more. */
const FULL_BYTES = 262_144;
/**
 * A queue with this many replies takes no more. Replies that wait during garbage collection make
 * the engine's space for young objects grow by more than their own size. A longer queue makes no
 * stream faster, since more replies wait in the connection's window.
 */
const FULL_REPLIES = 4;
/** Replies that have come before anybody asked for them; first in, first out. */
export class ReplyQueue {
  #replies: Uint8Array[] = [];
  #bytes = 0;

  /** Whether it should get no more replies for now. */
  get full(): boolean {
    return this.#bytes >= FULL_BYTES || this.#replies.length >= FULL_REPLIES;
  }

  push(reply: Uint8Array): void {
    this.#replies.push(reply);
    this.#bytes += reply.length;
  }

  shift(): Uint8Array | undefined {
    const reply = this.#replies.shift();
    if (reply !== undefined) this.#bytes -= reply.length;
    return reply;
  }

  clear(): void {
    this.#replies = [];
    this.#bytes = 0;
  }
}
