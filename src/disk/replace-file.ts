import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chown, lstat, open, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ownDirectory } from './own-directory.js';

/** A device or a directory is where a file should go. */
export class NotAFileError extends Error {
  override readonly name = 'NotAFileError';
  readonly path: string;

  constructor(path: string) {
    super('is not an ordinary file');
    this.path = path;
  }
}

/**
 * Writes a file that only its owner can read (0600), in one step: a reader gets either the old file
 * or the new one, a failure leaves the old one, and the last of several writers wins. Makes the
 * directory (0700) if it is missing.
 *
 * @param target the file itself: a link is replaced, not followed
 * @throws {NotAFileError} when something else than a file is there
 */
export async function replaceFile(target: string, text: string): Promise<void> {
  const old = await lstat(target).catch(() => undefined);
  if (old !== undefined && !old.isFile()) {
    // A rename would put a file in the place of /dev/stdout.
    throw new NotAFileError(target);
  }
  const directory = await ownDirectory(target);
  const unique = `${process.pid}.${randomBytes(6).toString('hex')}`;
  // In the same directory, since a rename does not cross file systems.
  const temporary = join(directory, `.${basename(target)}.${unique}.tmp`);
  try {
    await writeSynced(temporary, text);
    if (old !== undefined) await keepOwner(temporary, old);
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  }
  await syncDirectory(directory);
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.chmod(0o600); // open() subtracts the umask
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A save by root, as under sudo, must not change the owner. Only root can give files away. */
async function keepOwner(path: string, { uid, gid }: Stats): Promise<void> {
  if (process.getuid?.() === 0) await chown(path, uid, gid);
}

/** Makes the rename last through a power failure, where the file system can. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined);
  await directory?.sync().catch(() => undefined);
  await directory?.close();
}
