import { createHash } from 'node:crypto';
import { type BoltMeta, PAGE_BYTES, readMeta } from './bolt.js';

const DIGEST_BYTES = 32;
/** Both heads of a database. */
const HEAD_BYTES = 2 * PAGE_BYTES;

/** A file that a client uploads as a snapshot. Only what a restore looks at is kept. */
export class Upload {
  readonly #hash = createHash('sha256');
  #head: Buffer = Buffer.alloc(0);
  #tail: Buffer = Buffer.alloc(0);
  #size = 0;

  write(chunk: Uint8Array): void {
    this.#size += chunk.length;
    if (this.#head.length < HEAD_BYTES) {
      const missing = chunk.subarray(0, HEAD_BYTES - this.#head.length);
      this.#head = Buffer.concat([this.#head, missing]);
    }
    const held = Buffer.concat([this.#tail, chunk]);
    this.#hash.update(held.subarray(0, Math.max(0, held.length - DIGEST_BYTES)));
    this.#tail = held.subarray(-DIGEST_BYTES);
  }

  /** The whole of it. */
  finish(): UploadedSnapshot {
    return {
      size: this.#size,
      meta: readMeta(this.#head),
      digest: this.#hash.digest(),
      trailer: this.#tail,
    };
  }
}

/** What was uploaded. */
export interface UploadedSnapshot {
  /** Bytes of the file. */
  readonly size: number;
  /** The head of the database; absent when it is none. */
  readonly meta: BoltMeta | undefined;
  /** The SHA-256 of all bytes but the last 32. */
  readonly digest: Uint8Array;
  /** The last 32 bytes. */
  readonly trailer: Uint8Array;
}

/**
 * What a database that is restored from a file has.
 *
 * @throws {Error} when the file is no whole database, or its digest is missing or wrong.
 */
export function restoredFrom(
  upload: UploadedSnapshot | undefined,
  skipHashCheck: boolean,
): { readonly lineage: bigint; readonly revision: bigint } {
  if (upload === undefined) {
    throw new Error(
      'error verifying snapshot: stat /var/lib/etcd.snapshot: no such file or directory',
    );
  }
  const { meta, size, digest, trailer } = upload;
  if (meta === undefined || meta.pages * PAGE_BYTES > size) {
    throw new Error('error verifying snapshot: invalid database');
  }
  if (!skipHashCheck) {
    if (size % 512 !== DIGEST_BYTES) {
      throw new Error(
        'error recovering from the snapshot: snapshot missing hash but --skip-hash-check=false',
      );
    }
    if (Buffer.compare(digest, trailer) !== 0) {
      throw new Error(
        `error recovering from the snapshot: expected sha256 [${trailer.join(' ')}], ` +
          `got [${digest.join(' ')}]`,
      );
    }
  }
  return { lineage: meta.sequence, revision: meta.transaction };
}
