import { stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { BeingWrittenError, PartFile } from '../../disk/part-file.js';
import { NotAFileError } from '../../disk/replace-file.js';
import type { ReconnectParts } from '../../reconnect/retries.js';
import { described } from '../../runtime/arguments/described.js';
import { number } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { messageOf } from '../../runtime/errors/message-of.js';
import { checkTarget, type Target } from '../../runtime/target.js';
import { readRevision } from '../etcd/revision.js';
import type { CheckedSnapshot } from '../etcd/snapshot-check.js';
import type { Operation } from '../run/operation.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { isRefusal, neverMends } from '../run/refusals.js';
import { runOperation } from '../run/run-operation.js';
import { chooseMember, type Source } from './choose-member.js';
import { copySnapshot, DiskError, onDisk } from './copy.js';
import { beginOfName, nameOf, removeOld } from './names.js';
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
export interface EtcdBackup {
  /** The file. */
  readonly path: string;
  /** How long it is. */
  readonly bytes: number;
  /** The SHA-256 of the database in it, hexadecimal: all bytes but the last 32, which are the same. */
  readonly sha256: string;
  /** The revision of etcd in it; absent when the database could not be read for it. */
  readonly revision: bigint | undefined;
  /** The address of the node that it came from. */
  readonly node: string | undefined;
  /** The old snapshots that were removed. */
  readonly removed: readonly string[];
}

const shape: Shape<BackupEtcdOptions> = { ...operationShape, keep: number };

/** How often a snapshot is begun anew when it did not come to its end, on all members together. */
const MOST_TRIES = 4;
const AGAIN_MS = 2_000;

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
    operation.begin('choose a member');
    const sources = await chooseMember(operation, target);
    operation.begin('copy', sources[0]?.node.address);
    const saved = await save(operation, sources, path, isFolder);
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

async function save(
  operation: Operation<BackupEtcdStep>,
  sources: readonly Source[],
  path: string,
  isFolder: boolean,
): Promise<Omit<EtcdBackup, 'removed'>> {
  const now = Date.now();
  const begin = resolve(isFolder ? join(path, beginOfName(now)) : path);
  let file: PartFile | undefined;
  try {
    const part = await onDisk(PartFile.create(begin, now));
    file = part;
    const { source, snapshot } = await copyFromAny(operation, sources, part);
    const revision = await onDisk(readRevision((at, length) => part.read(at, length)));
    const named = isFolder ? nameOf(begin, revision) : begin;
    await onDisk(part.finish(named));
    return { path: named, ...snapshot, revision, node: source.node.address };
  } catch (error) {
    throw told(operation, begin, error);
  } finally {
    await file?.discard();
  }
}

async function copyFromAny(
  operation: Operation<BackupEtcdStep>,
  sources: readonly Source[],
  file: PartFile,
): Promise<{ readonly source: Source; readonly snapshot: CheckedSnapshot }> {
  let last: unknown = 'etcd has no members';
  for (let tries = 0; tries < Math.max(MOST_TRIES, sources.length); tries += 1) {
    const source = sources[tries % sources.length];
    if (source === undefined) break;
    // All of them have had their turn.
    if (tries > 0 && tries % sources.length === 0) await operation.sleep(AGAIN_MS);
    const { dbSize } = source.status ?? {};
    const expected = dbSize === undefined ? undefined : Number(dbSize) + 32;
    try {
      const snapshot = await copySnapshot(operation, source.node, file, expected);
      if (!('problem' in snapshot)) return { source, snapshot };
      last = snapshot.problem;
    } catch (error) {
      operation.signal.throwIfAborted();
      const isFinal = error instanceof DiskError || isRefusal(error) || neverMends(error);
      if (isFinal) throw error;
      last = error;
    }
    operation.waits('a whole snapshot', last, source.node.address);
  }
  throw operation.failure(`no whole snapshot came: ${messageOf(last)}`, {
    cause: last instanceof Error ? last : undefined,
  });
}

/** What a failure is told as; nothing of the file is left. */
function told(operation: Operation<BackupEtcdStep>, path: string, error: unknown): unknown {
  if (!(error instanceof DiskError)) return error;
  const { cause } = error;
  if (cause instanceof NotAFileError) {
    return new TalosConfigError(`path: ${path} ${cause.message}`, { field: 'path' });
  }
  const reason =
    cause instanceof BeingWrittenError
      ? cause.message
      : `${path} cannot be written (${error.message})`;
  return operation.failure(reason, { cause });
}
