import { BeingWrittenError, PartFile } from '../../disk/part-file.js';
import { NotAFileError } from '../../disk/replace-file.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { messageOf } from '../../runtime/errors/message-of.js';
import type { Target } from '../../runtime/target.js';
import { readRevision } from '../etcd/revision.js';
import type { CheckedSnapshot } from '../etcd/snapshot-check.js';
import type { Operation } from '../run/operation.js';
import { isRefusal, neverMends } from '../run/refusals.js';
import { chooseMember, type Source } from './choose-member.js';
import { copySnapshot, DiskError, onDisk } from './copy.js';
import { nameOf } from './names.js';
import type { BackupEtcdStep } from './step.js';

/** How often a snapshot is begun anew when it did not come to its end, on all members together. */
const MOST_TRIES = 4;
const AGAIN_MS = 2_000;

/** A snapshot on the disk. */
export interface SavedSnapshot {
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
}

/** Where a snapshot is saved. */
export interface SnapshotPlace {
  /** The absolute path; in a folder of snapshots without its end, which names the revision. */
  readonly begin: string;
  readonly isFolder: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Saves a snapshot of etcd, whole or not at all. */
export async function saveSnapshot(
  operation: Operation<BackupEtcdStep>,
  target: Target,
  { begin, isFolder, now }: SnapshotPlace,
): Promise<SavedSnapshot> {
  operation.begin('choose a member');
  const sources = await chooseMember(operation, target);
  operation.begin('copy', sources[0]?.node.address);
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
