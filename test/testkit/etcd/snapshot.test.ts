import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PAGE_BYTES } from '../../../testkit/src/topics/etcd/bolt.js';
import {
  restoredFrom,
  Upload,
  type UploadedSnapshot,
} from '../../../testkit/src/topics/etcd/upload.js';
import { readBolt } from './bolt-reader.js';
import { etcdCluster, idOf } from './support.js';

const HOUR_MS = 3_600_000;

async function snapshotOf(options: { seed?: number; controlPlanes?: number } = {}) {
  const made = await etcdCluster(options);
  return { ...made, bytes: Buffer.concat([...made.at('cp-1').snapshot()]) };
}

function uploaded(bytes: Uint8Array, chunk = 4096): UploadedSnapshot {
  const upload = new Upload();
  for (let at = 0; at < bytes.length; at += chunk) upload.write(bytes.subarray(at, at + chunk));
  return upload.finish();
}

// etcd: a snapshot is the database file and the SHA-256 of it.
describe('a snapshot', () => {
  it('is a few MiB, and 32 bytes more than a number of sectors', async () => {
    const { bytes, at } = await snapshotOf();
    expect(bytes.length).toBeGreaterThan(4 * 1024 * 1024);
    expect(bytes.length % 512).toBe(32);
    expect(BigInt(bytes.length - 32)).toBe(at('cp-1').status().dbSize);
    const digest = createHash('sha256').update(bytes.subarray(0, -32)).digest();
    expect(bytes.subarray(-32)).toEqual(digest);
  });

  it('has the same bytes for the same seed and time, others for another seed', async () => {
    const [one, two, other] = [
      await snapshotOf({ seed: 3 }),
      await snapshotOf({ seed: 3 }),
      await snapshotOf({ seed: 4 }),
    ];
    expect(one.bytes.equals(two.bytes)).toBe(true);
    expect(one.bytes.equals(other.bytes)).toBe(false);
  });

  it('is a database whose pages are all used once, or free', async () => {
    const { bytes } = await snapshotOf();
    const { uses, pages } = readBolt(bytes.subarray(0, -32));
    expect(pages).toBe((bytes.length - 32) / PAGE_BYTES);
    expect(uses.size).toBe(pages);
    expect([...uses.values()].every((count) => count === 1)).toBe(true);
  });

  it('has the buckets of etcd, the members, and keys in the order of their revisions', async () => {
    const { bytes, at } = await snapshotOf();
    const { buckets } = readBolt(bytes.subarray(0, -32));
    expect([...buckets.keys()]).toEqual([
      'alarm',
      'auth',
      'authRoles',
      'authUsers',
      'cluster',
      'key',
      'lease',
      'members',
      'members_removed',
      'meta',
    ]);
    const keys = (buckets.get('key') ?? []).map(({ key }) => key);
    expect(keys.length).toBeGreaterThan(2000);
    for (const [index, key] of keys.entries()) {
      const before = keys[index - 1];
      if (before !== undefined) expect(Buffer.compare(before, key)).toBe(-1);
    }
    const { position } = at('cp-1').membership?.etcd.viewOf(idOf(at('cp-1'))) ?? {};
    expect(keys.at(-1)?.readBigUInt64BE(0)).toBe(position?.revision);
    const members = (buckets.get('members') ?? []).map(({ key }) => key.toString());
    const ids = ['cp-1', 'cp-2', 'cp-3'].map((name) => idOf(at(name)));
    expect(members).toEqual(ids.map((id) => id.toString(16)).sort());
  });

  it('is that of the moment it was asked for, and made page by page as it is read', async () => {
    const { clock, at } = await etcdCluster();
    const pages = at('cp-1').snapshot()[Symbol.iterator]();
    const first = pages.next().value as Uint8Array;
    expect(first.length).toBe(PAGE_BYTES);
    const size = at('cp-1').status().dbSize;
    await clock.advance(HOUR_MS);
    let bytes = BigInt(first.length);
    for (let next = pages.next(); next.done !== true; next = pages.next()) {
      bytes += BigInt(next.value.length);
    }
    expect(bytes - 32n).toBe(size);
    expect(at('cp-1').status().dbSize).toBeGreaterThan(size);
  });
});

describe('the database of a member', () => {
  it('grows, has free pages after a while, and none after it was written anew', async () => {
    const { clock, at } = await etcdCluster({ controlPlanes: 1 });
    const before = at('cp-1').status();
    await clock.advance(HOUR_MS);
    const after = at('cp-1').status();
    expect(after.dbSizeInUse).toBeGreaterThan(before.dbSizeInUse);
    expect(after.dbSize - after.dbSizeInUse).toBeGreaterThan(1024n * 1024n);
    const script = at('cp-1').defragmenting();
    script.next();
    expect(at('cp-1').serving).toBeUndefined();
    script.next();
    const anew = at('cp-1').status();
    expect(anew.dbSize).toBe(anew.dbSizeInUse);
    expect(anew.dbSize).toBeLessThanOrEqual(after.dbSizeInUse);
    const { uses, pages } = readBolt(Buffer.concat([...at('cp-1').snapshot()]).subarray(0, -32));
    expect(uses.size).toBe(pages);
  });
});

// Talos: a file is looked at when a bootstrap recovers from it, not when it is uploaded.
describe('a restore', () => {
  it('takes what a snapshot has, in chunks of any size', async () => {
    const { bytes, at } = await snapshotOf({ controlPlanes: 1 });
    const etcd = at('cp-1').membership?.etcd;
    for (const chunk of [7, 1024, bytes.length]) {
      expect(restoredFrom(uploaded(bytes, chunk), false)).toEqual({
        lineage: etcd?.lineage,
        revision: etcd?.viewOf(idOf(at('cp-1'))).position.revision,
      });
    }
  });

  it('takes a copy of the data directory only when it need not have a digest', async () => {
    const { bytes } = await snapshotOf({ controlPlanes: 1 });
    const copy = uploaded(bytes.subarray(0, -32));
    expect(() => restoredFrom(copy, false)).toThrow('snapshot missing hash');
    expect(restoredFrom(copy, true).revision).toBeGreaterThan(0n);
  });

  it('refuses what is damaged, cut, empty, or no database', async () => {
    const { bytes } = await snapshotOf({ controlPlanes: 1 });
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8(damaged.readUInt8(50_000) ^ 1, 50_000);
    expect(() => restoredFrom(uploaded(damaged), false)).toThrow('expected sha256 [');
    const headless = Buffer.from(bytes).fill(0, 0, 2 * PAGE_BYTES);
    for (const broken of [bytes.subarray(0, -512), headless, Buffer.alloc(0)]) {
      for (const skipHashCheck of [true, false]) {
        expect(() => restoredFrom(uploaded(broken), skipHashCheck)).toThrow('invalid database');
      }
    }
    expect(() => restoredFrom(undefined, true)).toThrow('no such file');
  });
});
