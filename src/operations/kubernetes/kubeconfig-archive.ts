import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** A kubeconfig has about 6 KiB. */
export const MOST_ARCHIVE_BYTES = 1024 * 1024;
const MOST_TAR_BYTES = 4 * 1024 * 1024;
const HEADER_BYTES = 512;

/**
 * The kubeconfig in the tar.gz that a node sends. It ends with the content of its one file, without
 * the padding and the blocks of zeros that end a tar.
 *
 * @throws {Error} when it is anything else, or cut short. The message quotes nothing of it.
 */
export async function kubeconfigOf(archive: Uint8Array): Promise<string> {
  const tar = await promisify(gunzip)(archive, { maxOutputLength: MOST_TAR_BYTES }).catch(
    (cause: unknown) => {
      throw new Error('the archive of the kubeconfig is not a whole gzip', { cause });
    },
  );
  // The size stands at 124 in octal digits, ended by a blank or a zero.
  const digits = /^ *([0-7]+)[ \0]/.exec(tar.toString('latin1', 124, 136))?.[1];
  const size = Number.parseInt(digits ?? '', 8);
  const content = tar.subarray(HEADER_BYTES, HEADER_BYTES + size);
  if (!(size > 0) || content.length !== size) {
    throw new Error('the archive of the kubeconfig is cut short, or is none');
  }
  return content.toString('utf8');
}
