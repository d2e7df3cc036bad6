import { ArchiveError } from './archive-error.js';
import type { ByteSource } from './byte-reader.js';
import { gunzip } from './gunzip.js';
import { readTar } from './read-tar.js';

/** The most bytes of a file that is read into memory. */
const LARGEST = 16 * 1024 * 1024;

/**
 * The content of the first file of a tar.gz, in memory. The padding behind it and the end of the
 * archive may be missing: Talos leaves them out where it sends a single file, as a kubeconfig.
 *
 * @param maxBytes the most bytes that it may unpack to
 * @throws {ArchiveError} when there is no file, or its content is not all there; the error of the
 * source itself when that fails before
 */
export async function readSingleFile(source: ByteSource, maxBytes = LARGEST): Promise<Uint8Array> {
  const { chunks, error } = gunzip(source, maxBytes);
  let found: Uint8Array | undefined;
  try {
    for await (const { type, content } of readTar(chunks, { mayLackEnd: true })) {
      if (type !== 'file' || found !== undefined) continue;
      const parts: Uint8Array[] = [];
      for await (const part of content) parts.push(part);
      found = Buffer.concat(parts);
    }
  } catch (failure) {
    throw error() ?? failure;
  }
  if (error() !== undefined) throw error();
  if (found === undefined) throw new ArchiveError('there is no file in the archive');
  return found;
}
