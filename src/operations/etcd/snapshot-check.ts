import { createHash } from 'node:crypto';

/** A snapshot of etcd ends with the SHA-256 of all bytes before. */
const DIGEST_BYTES = 32;
/** The database before the digest is made of whole pages. */
const PAGE_BYTES = 512;

/** What a whole snapshot is known by. */
export interface CheckedSnapshot {
  readonly bytes: number;
  /** The SHA-256 of the database, in hexadecimal digits: all bytes but the last 32. */
  readonly sha256: string;
}

/**
 * Checks a snapshot of etcd while it passes by. The stream of a node ends well also when the node could
 * not read everything, so that the digest at its end is the only proof that it is whole.
 */
export class SnapshotCheck {
  readonly #hash = createHash('sha256');
  /** The last bytes so far, which may be the digest: they are not in the hash yet. */
  #tail = Buffer.alloc(0);
  #bytes = 0;

  /** How many bytes have passed. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the next bytes. */
  update(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    const held = Buffer.concat([this.#tail, chunk]);
    const end = Math.max(0, held.length - DIGEST_BYTES);
    this.#hash.update(held.subarray(0, end));
    // A copy: the chunk is not kept for its last bytes.
    this.#tail = Buffer.from(held.subarray(end));
  }

  /** What came, if it is a whole snapshot, or what is wrong with it. Ends the check. */
  finish(): CheckedSnapshot | { readonly problem: string } {
    const digest = this.#hash.digest();
    const bytes = this.#bytes;
    if (bytes % PAGE_BYTES !== DIGEST_BYTES) {
      return { problem: `${bytes} bytes are no whole snapshot: it is cut short` };
    }
    if (bytes === DIGEST_BYTES) return { problem: 'there is no database in it' };
    if (!digest.equals(this.#tail)) {
      return { problem: `its ${bytes} bytes do not have the digest at its end: it is damaged` };
    }
    return { bytes, sha256: digest.toString('hex') };
  }
}
