import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { etcd } from '../../generated/features/etcd.js';
import { readRevision } from '../../src/operations/etcd/revision.js';
import { collectBytes } from '../../src/runtime/streams/collect.js';
import { simulateCluster } from '../../testkit/src/cluster/cluster.js';
import { metaPage } from '../../testkit/src/topics/etcd/bolt.js';
import { readBolt } from '../testkit/etcd/bolt-reader.js';
import { snapshotOf } from './support.js';

let database: Buffer;

beforeAll(async () => {
  await using cluster = await simulateCluster();
  const bytes = await collectBytes(etcd(cluster.client()).snapshot({}));
  database = Buffer.from(bytes).subarray(0, -32);
});

/** The revision in a file, and how many bytes were read for it. */
async function revisionIn(file: Buffer) {
  let read = 0;
  const revision = await readRevision(async (at, length) => {
    const bytes = file.subarray(at, at + length);
    read += bytes.length;
    return bytes;
  });
  return { revision, read };
}

it('is that of the last key, as another reader finds it, and costs a few pages', async () => {
  const last = readBolt(database).buckets.get('key')?.at(-1)?.key;
  const { revision, read } = await revisionIn(database);
  expect(revision).toBe(last?.readBigUInt64BE(0));
  expect(revision).toBeGreaterThan(0n);
  expect(read).toBeLessThan(4096);
});

it('is found with one of both heads gone', async () => {
  const { revision } = await revisionIn(database);
  for (const head of [0, 1]) {
    const damaged = Buffer.from(database);
    damaged.fill(0, head * 4096, head * 4096 + 100);
    expect((await revisionIn(damaged)).revision).toBe(revision);
  }
});

it.each([
  ['an empty file', Buffer.alloc(0)],
  ['zeros', Buffer.alloc(65_536)],
  ['something else', snapshotOf(50)],
])('is not there in %s', async (_what, file) => {
  expect(await revisionIn(file)).toMatchObject({ revision: undefined });
});

it('is not there in a tree that goes in a circle', async () => {
  const circle = Buffer.alloc(3 * 4096);
  const head = { root: 2, sequence: 0n, freelist: 0, pages: 3, transaction: 1n };
  circle.set(metaPage(0, head), 0);
  const branch = circle.subarray(2 * 4096);
  branch.writeBigUInt64LE(2n, 0);
  branch.writeUInt16LE(0x01, 8);
  branch.writeUInt16LE(1, 10);
  branch.writeUInt32LE(16, 16);
  branch.writeBigUInt64LE(2n, 24);
  expect(await revisionIn(circle)).toMatchObject({ revision: undefined });
});

it('never fails, whatever is in the file', async () => {
  // The heads, the root and the first keys, where a change leads elsewhere.
  const root = database.readUInt32LE(4096 * 1 + 32) * 4096;
  const place = fc.oneof(
    fc.nat(8191),
    fc.nat(2000).map((at) => root + at),
    fc.nat(database.length - 9),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(place, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), { maxLength: 6 }),
      fc.option(fc.nat(database.length), { nil: undefined }),
      async (changes, end) => {
        const file = Buffer.from(database.subarray(0, Math.min(database.length, 1 << 20)));
        for (const [at, value] of changes) {
          if (at + 8 <= file.length) file.writeBigUInt64LE(value, at);
        }
        const { revision } = await revisionIn(file.subarray(0, end));
        expect(['undefined', 'bigint']).toContain(typeof revision);
      },
    ),
    { numRuns: 300 },
  );
});
