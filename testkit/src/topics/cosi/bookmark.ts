import { ServerStatus } from '../../base/calls/status.js';

const BYTES = 16;

/**
 * Writes and reads bookmarks: positions in the history, marked with a cookie of the process that
 * keeps it, so that those of another boot are told apart.
 */
export class Bookmarks {
  readonly #cookie: bigint;

  /** `cookie` is any number of 64 bits; another for each boot. */
  constructor(cookie: bigint) {
    this.#cookie = BigInt.asUintN(64, cookie);
  }

  /** The bookmark of a position; -1 stands before the first event. */
  encode(position: number): Uint8Array {
    const bytes = new Uint8Array(BYTES);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, this.#cookie);
    view.setBigInt64(8, BigInt(position));
    return bytes;
  }

  /** The position of a bookmark of this process; fails with `failed-precondition` for others. */
  decode(bookmark: Uint8Array): number {
    const view = new DataView(bookmark.buffer, bookmark.byteOffset, bookmark.byteLength);
    if (bookmark.length !== BYTES || view.getBigUint64(0) !== this.#cookie) throw invalidBookmark();
    return Number(view.getBigInt64(8));
  }
}

/** The failure of a watch that is to resume where the history does not reach. */
export function invalidBookmark(): ServerStatus {
  return new ServerStatus('failed-precondition', 'invalid watch bookmark');
}
