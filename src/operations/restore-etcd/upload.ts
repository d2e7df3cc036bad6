import { createReadStream } from 'node:fs';
import { etcd } from '../../../generated/features/etcd.js';
import type { Target } from '../../runtime/target.js';
import { type CheckedSnapshot, SnapshotCheck } from '../etcd/snapshot-check.js';
import type { Operation } from '../run/operation.js';
import { poll } from '../run/poll.js';
import { isRefusal } from '../run/refusals.js';
import type { RestoreEtcdStep } from './step.js';

/** How much is sent in one message, and read at once. */
const CHUNK_BYTES = 32 * 1024;
/** Progress is told each time so much was sent. */
const TOLD_BYTES = 1024 * 1024;

/**
 * Sends a snapshot to a node, which writes it beside its data and does nothing with it before a
 * bootstrap. It begins each upload anew, so that one that was lost may be sent again.
 */
export async function upload(
  operation: Operation<RestoreEtcdStep>,
  target: Target,
  path: string,
  snapshot: CheckedSnapshot,
): Promise<void> {
  const options = {
    what: 'the snapshot to arrive',
    everyMs: 5_000,
    attemptMs: 0,
    isFinal: isRefusal,
  };
  await poll(operation, options, async ({ signal }) => {
    const chunks = read(operation, path, snapshot);
    await etcd(target).recover(chunks, { signal, timeoutMs: 'none' });
    return { found: undefined };
  });
}

/** The bytes of the file, which have to be those that were checked. */
async function* read(
  operation: Operation<RestoreEtcdStep>,
  path: string,
  { bytes: total, sha256 }: CheckedSnapshot,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { signal } = operation;
  const check = new SnapshotCheck();
  let told = 0;
  for await (const chunk of createReadStream(path, { signal, highWaterMark: CHUNK_BYTES })) {
    check.update(chunk);
    yield chunk;
    if (check.bytes - told < TOLD_BYTES && check.bytes < total) continue;
    told = check.bytes;
    operation.tell({ type: 'bytes', bytes: told, total });
  }
  const found = check.finish();
  if ('problem' in found || found.sha256 !== sha256) {
    throw operation.failure(`${path} was changed while it was sent`);
  }
}
