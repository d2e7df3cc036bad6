import { stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { ReconnectParts } from '../../reconnect/retries.js';
import { described } from '../../runtime/arguments/described.js';
import { number } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { checkTarget, type Target } from '../../runtime/target.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';
import { beginOfName, removeOld } from './names.js';
import { type SavedSnapshot, saveSnapshot } from './save.js';
import type { BackupEtcdStep } from './step.js';

export type { BackupEtcdStep } from './step.js';

/** How a snapshot is kept. */
export interface BackupEtcdOptions extends OperationOptions<BackupEtcdStep> {
  /**
   * How many snapshots stay in a folder: older ones are removed when the new one is there. For folders
   * only, and only files with names that `backupEtcd` gives count. Default: all stay.
   */
  readonly keep?: number | undefined;
}

/** What `backupEtcd` did. */
export interface EtcdBackup extends SavedSnapshot {
  /** The old snapshots that were removed. */
  readonly removed: readonly string[];
}

const shape: Shape<BackupEtcdOptions> = { ...operationShape, keep: number };

/**
 * Saves a snapshot of etcd, whole or not at all: it is written beside as `.part`, only its owner can
 * read it (0600), and it gets its name when its digest is right and it is on the disk.
 *
 * With the client as the target a follower is chosen, since a snapshot holds the leader up. A member
 * that fails is followed by another. `os:etcd:backup` is enough.
 *
 * @example
 * ```ts
 * const { path, bytes } = await backupEtcd(talos, 'backups/', { keep: 14 });
 * ```
 * @param target the client, or the node to take it from
 * @param path the file, which is replaced; or a folder, if one is there or it ends with `/`: then the
 * name is made of the time and of the revision of etcd, such as `etcd-20260131T235959123Z-4711.snapshot`
 * @throws {TalosConfigError} for a path that is no file, or `keep` without a folder
 * @throws {TalosOperationError} when no member gives a whole snapshot within `timeoutMs` (default:
 * 3600000), or it cannot be written; what was there before is still there
 */
export async function backupEtcd(
  target: Target,
  path: string,
  options: BackupEtcdOptions = {},
  parts?: ReconnectParts,
): Promise<EtcdBackup> {
  checkOptions(options, shape, 'backupEtcd');
  checkTarget(target);
  const { keep } = options;
  const isFolder = await checkPlace(path, keep);
  const setup = { name: 'backupEtcd', target, options, defaultTimeoutMs: 3_600_000, parts };
  return runOperation(setup, async (operation) => {
    const now = Date.now();
    const begin = resolve(isFolder ? join(path, beginOfName(now)) : path);
    const saved = await saveSnapshot(operation, target, { begin, isFolder, now });
    const removed: string[] = [];
    if (keep !== undefined) {
      operation.begin('remove old ones');
      try {
        removed.push(...(await removeOld(dirname(saved.path), keep)));
      } catch (error) {
        // The snapshot is there, and that is what was asked for.
        operation.tell({ type: 'note', text: `old snapshots stay: ${(error as Error).message}` });
      }
    }
    return { ...saved, removed };
  });
}

async function checkPlace(path: string, keep: number | undefined): Promise<boolean> {
  if (typeof path !== 'string' || path === '') {
    throw new TalosConfigError(`path: expected a file or a folder, got ${described(path)}`, {
      field: 'path',
    });
  }
  const isFolder =
    path.endsWith('/') ||
    path.endsWith(sep) ||
    (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (keep === undefined) return isFolder;
  if (!Number.isInteger(keep) || keep < 1) {
    throw new TalosConfigError('keep: expected a whole number from 1 on', { field: 'keep' });
  }
  if (isFolder) return true;
  throw new TalosConfigError('keep: only for a folder; end the path with / to name one', {
    field: 'keep',
  });
}
