import { fileBehind, LinkError } from '../../disk/file-behind.js';
import { LockedError, withLock } from '../../disk/lock-file.js';
import { NotAFileError, replaceFile } from '../../disk/replace-file.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { configError } from '../../talosconfig/place.js';
import { readWhole } from '../../talosconfig/read-file.js';

/**
 * Changes the file that `path` leads to, while nobody else does who asks for the lock of kubectl:
 * `config.lock` for `config`.
 *
 * @param change gets the file, and its text unless there is none; gives the new text, unless it stays
 * @throws {TalosConfigError} when it cannot be read or written
 */
export async function changeFile(
  path: string,
  change: (text: string | undefined, file: string) => Promise<string | undefined>,
): Promise<void> {
  try {
    const file = await fileBehind(path);
    const update = async (): Promise<void> => {
      const text = await change(await readIfThere(file), file);
      if (text !== undefined) await replaceFile(file, text);
    };
    await withLock(file, update, `${file}.lock`);
  } catch (cause) {
    if (cause instanceof TalosConfigError) throw cause;
    const known =
      cause instanceof NotAFileError || cause instanceof LinkError || cause instanceof LockedError;
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = known ? message : `cannot be written (${code ?? 'unknown reason'})`;
    throw configError(reason, { what: 'kubeconfig', path }, { cause });
  }
}

/** What a file holds; absent when there is none. */
async function readIfThere(file: string): Promise<string | undefined> {
  try {
    const { bytes } = await readWhole(file, undefined, 'kubeconfig');
    return Buffer.from(bytes).toString('utf8');
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw error;
  }
}
