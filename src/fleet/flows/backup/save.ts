import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type SavedSnapshot, saveSnapshot } from '../../../operations/backup-etcd/save.js';
import type { BackupEtcdStep } from '../../../operations/backup-etcd/step.js';
import { checkFile } from '../../../operations/etcd/check-file.js';
import { runOperation } from '../../../operations/run/run-operation.js';
import type { ReconnectParts } from '../../../reconnect/index.js';
import type { ClusterWork } from '../clusters/cluster-step.js';

/** A snapshot of etcd that a flow took, as it is remembered. */
export type RememberedSnapshot = {
  /** The file. */
  readonly path: string;
  readonly bytes: number;
  /** The SHA-256 of the database in it, hexadecimal. */
  readonly sha256: string;
  /** The revision of etcd in it, in decimal digits; `0` where it could not be read. */
  readonly revision: string;
};

const SAVE_MS = 3_600_000;

/**
 * Saves a snapshot, once: after an attempt of which nobody knows how it ended, the folder is looked at
 * first, since a file has its name only when it is whole.
 *
 * @param name how the name of the file begins, which no other run gives
 */
export async function saveOnce(
  { client, operation, attempt, confirm }: ClusterWork,
  folder: string,
  name: string,
  parts: ReconnectParts | undefined,
): Promise<RememberedSnapshot> {
  const begin = resolve(join(folder, name));
  const { signal } = operation;
  if (attempt.previous === 'unknown') {
    const found = await findSaved(folder, name, signal);
    if (found !== undefined) return found;
    await confirm();
    // What the process left that wrote it.
    await rm(`${begin}.part`, { force: true });
  }
  await confirm();
  const setup = { name: operation.name, target: client, options: { signal }, parts };
  const saved = await runOperation<BackupEtcdStep, SavedSnapshot>(
    { ...setup, defaultTimeoutMs: SAVE_MS },
    (inner) => saveSnapshot(inner, client, { begin, isFolder: true, now: Date.now() }),
  );
  const { path, bytes, sha256, revision = 0n } = saved;
  return { path, bytes, sha256, revision: String(revision) };
}

async function findSaved(
  folder: string,
  name: string,
  signal: AbortSignal,
): Promise<RememberedSnapshot | undefined> {
  const files = await readdir(folder).catch(() => []);
  const file = files.find((each) => each.startsWith(`${name}-`) && each.endsWith('.snapshot'));
  if (file === undefined) return undefined;
  const path = resolve(join(folder, file));
  const { bytes, sha256 } = await checkFile(path, signal);
  const revision = file.slice(name.length + 1, -'.snapshot'.length);
  return { path, bytes, sha256, revision };
}
