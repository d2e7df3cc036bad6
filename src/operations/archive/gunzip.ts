import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ArchiveError, CutArchiveError } from './archive-error.js';
import { type ByteSource, chunksOf } from './byte-reader.js';

/** What a compressed source gives, and how its reader is told of its end. */
export interface Gunzipped {
  /** The bytes, unpacked. It may be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /**
   * What the source ended with, if that is an error: Talos tells of files that it could not read by an
   * error behind a whole archive. Known once `chunks` has ended.
   */
  error(): unknown;
}

/**
 * Unpacks gzip as it comes. Memory is bound by a few chunks, whatever the bytes are.
 *
 * `chunks` throws a `CutArchiveError` when the source breaks off, with the error of the source as its
 * cause, and an `ArchiveError` when it is no gzip, or damaged.
 *
 * @param maxBytes the most bytes to unpack; beyond it `chunks` throws a `RangeError`
 */
export function gunzip(source: ByteSource, maxBytes: number): Gunzipped {
  let failure: { readonly error: unknown } | undefined;
  /** The source, whose error does not stop what came before it from being unpacked. */
  async function* packed(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* chunksOf(source);
    } catch (error) {
      failure = { error };
    }
  }
  async function* unpacked(): AsyncGenerator<Uint8Array, void, undefined> {
    const input = Readable.from(packed(), { objectMode: false });
    const output = createGunzip();
    input.on('error', (error) => output.destroy(error));
    let size = 0;
    try {
      for await (const chunk of input.pipe(output)) {
        size += chunk.length;
        if (size > maxBytes) throw new RangeError(`it unpacks to more than ${maxBytes} bytes`);
        yield chunk;
      }
    } catch (error) {
      throw translated(error, failure?.error);
    } finally {
      output.destroy();
      input.destroy();
    }
  }
  return { chunks: unpacked(), error: () => failure?.error };
}

function translated(error: unknown, cause: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') {
    return new CutArchiveError('the compressed archive breaks off', { cause: cause ?? error });
  }
  if (code === 'Z_DATA_ERROR') {
    return new ArchiveError('the bytes are no gzip, or damaged', { cause: error });
  }
  return error;
}
