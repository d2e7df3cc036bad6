import { open, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownDirectory } from './own-directory.js';

/** Writing a small file takes milliseconds: a lock this old belongs to a process that died. */
const OLDEST_MS = 30_000;
/** Longer than a lock may get old, so that one that was left behind stops nobody. */
const LONGEST_WAIT_MS = 35_000;

/** Another process keeps the lock of a file. */
export class LockedError extends Error {
  override readonly name = 'LockedError';
}

/**
 * Runs `change` while no other process that asks for the same lock runs its own. The directory is made
 * (0700) if it is missing.
 *
 * @param lock the file that is the lock. Default: one beside `path`, `.config.lock` for `config`
 * @throws {LockedError} when others keep the lock for too long.
 */
export async function withLock<T>(
  path: string,
  change: () => Promise<T>,
  lock = join(dirname(path), `.${basename(path)}.lock`),
): Promise<T> {
  await ownDirectory(path);
  await take(lock);
  try {
    return await change();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<void> {
  const until = performance.now() + LONGEST_WAIT_MS;
  while (!(await isTaken(lock))) {
    if (performance.now() > until) {
      throw new LockedError(`another process keeps ${lock}; remove it if there is none`);
    }
    await removeLeftover(lock);
    // Waiters that were turned away at once do not come back at once.
    await sleep(5 + Math.random() * 20);
  }
}

/** Whether the lock is ours now. */
async function isTaken(lock: string): Promise<boolean> {
  try {
    const file = await open(lock, 'wx', 0o600);
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function removeLeftover(lock: string): Promise<void> {
  const found = await stat(lock).catch(() => undefined);
  if (found === undefined || Date.now() - found.mtimeMs < OLDEST_MS) return;
  await rm(lock, { force: true });
}
