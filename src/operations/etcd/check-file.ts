import { createReadStream } from 'node:fs';
import { described } from '../../runtime/arguments/described.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { type CheckedSnapshot, SnapshotCheck } from './snapshot-check.js';

/**
 * Checks that a file is a whole snapshot.
 *
 * @throws {TalosConfigError} when it is not, or cannot be read
 */
export async function checkFile(path: string, signal: AbortSignal): Promise<CheckedSnapshot> {
  if (typeof path !== 'string' || path === '') {
    throw new TalosConfigError(`path: expected the file of a snapshot, got ${described(path)}`, {
      field: 'path',
    });
  }
  const check = new SnapshotCheck();
  try {
    for await (const chunk of createReadStream(path, { signal, highWaterMark: 256 * 1024 })) {
      check.update(chunk);
    }
  } catch (cause) {
    signal.throwIfAborted();
    const { code = 'unknown reason' } = cause as NodeJS.ErrnoException;
    throw wrong(path, `cannot be read (${code})`, { cause });
  }
  const found = check.finish();
  if ('problem' in found) throw wrong(path, `is no snapshot to restore: ${found.problem}`);
  return found;
}

function wrong(path: string, problem: string, options?: ErrorOptions): TalosConfigError {
  return new TalosConfigError(`path: ${path} ${problem}`, { field: 'path', path }, options);
}
