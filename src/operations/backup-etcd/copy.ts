import { etcd } from '../../../generated/features/etcd.js';
import type { PartFile } from '../../disk/part-file.js';
import type { Target } from '../../runtime/target.js';
import { type CheckedSnapshot, SnapshotCheck } from '../etcd/snapshot-check.js';
import type { Operation } from '../run/operation.js';
import type { BackupEtcdStep } from './step.js';

/** A member that sends nothing for so long is given up. */
const SILENCE_MS = 60_000;
/** Progress is told each time so much came. */
const TOLD_BYTES = 1024 * 1024;

/** The file cannot be written, which no other member mends. */
export class DiskError extends Error {}

/**
 * Copies a snapshot of a member into a file that is begun anew. Gives what came, or why it is none.
 *
 * @throws {DiskError} when it cannot be written
 */
export async function copySnapshot(
  operation: Operation<BackupEtcdStep>,
  node: Target,
  file: PartFile,
  expected: number | undefined,
): Promise<CheckedSnapshot | { readonly problem: string }> {
  const { signal } = operation;
  const check = new SnapshotCheck();
  await onDisk(file.restart());
  let told = 0;
  const tell = (): void => {
    const { bytes } = check;
    const total = expected === undefined ? undefined : Math.max(bytes, expected);
    told = bytes;
    operation.tell({ type: 'bytes', bytes, total, node: node.address });
  };
  for await (const chunk of etcd(node).snapshot({}, { signal, idleTimeoutMs: SILENCE_MS })) {
    check.update(chunk);
    await onDisk(file.write(chunk));
    if (check.bytes - told >= TOLD_BYTES) tell();
  }
  if (check.bytes > told) tell();
  return check.finish();
}

/** What the disk does; its errors are told from those of the stream. */
export async function onDisk<T>(doing: Promise<T>): Promise<T> {
  try {
    return await doing;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new DiskError(code ?? message, { cause });
  }
}
