import { errorCodes, Http2Error, MAX_UINT31, protocolError } from './frames.js';

/**
 * How much may be sent on a connection or a stream (RFC 9113, section 6.9). It may be below zero
 * when the peer made its first window smaller (section 6.9.2).
 */
export class SendWindow {
  /** Bytes that may be sent now. */
  left: number;

  constructor(bytes: number) {
    this.left = bytes;
  }

  /**
   * The peer takes `bytes` more.
   *
   * @throws {Http2Error} when it is no increment, or the window gets too large; whether this costs
   * the stream or the connection is up to the caller
   */
  grow(bytes: number): void {
    if (bytes === 0) throw protocolError('it let its window grow by nothing');
    this.adjust(bytes);
  }

  /** The peer changed the size with which windows begin. */
  adjust(difference: number): void {
    this.left += difference;
    if (this.left > MAX_UINT31) {
      throw new Http2Error(
        errorCodes.flowControlError,
        'it made its window larger than any may be',
      );
    }
  }
}

/** How much the peer may send on a connection or a stream, and when it is allowed more. */
export class ReceiveWindow {
  readonly #size: number;
  /** Bytes that the peer may send now. */
  #left: number;
  /** Bytes that came and were used, and that the peer has not been told of yet. */
  #used = 0;

  constructor(size: number) {
    this.#size = size;
    this.#left = size;
  }

  /** Takes note of bytes that came. Returns whether the peer was allowed to send them. */
  take(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }

  /**
   * Bytes that came are no longer held here.
   *
   * @returns by how much to let the peer's window grow now: at half a window, 0 before that
   */
  release(bytes: number): number {
    this.#used += bytes;
    if (this.#used * 2 < this.#size) return 0;
    const grown = this.#used;
    this.#used = 0;
    this.#left += grown;
    return grown;
  }
}
