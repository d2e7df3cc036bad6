import { mkdtemp, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { etcd, etcdMethods } from '../../generated/features/etcd.js';
import {
  type BackupEtcdOptions,
  type BackupEtcdStep,
  backupEtcd,
} from '../../src/operations/backup-etcd/index.js';
import type { OperationProgress } from '../../src/operations/run/progress.js';
import type { Target } from '../../src/runtime/target.js';
import { failureOf } from '../support/feature-calls.js';
import { readBolt } from '../testkit/etcd/bolt-reader.js';
import { type Simulation, simulation, snapshotOf } from './support.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backup-etcd-'));
  path = join(folder, 'etcd.snapshot');
});

function backup(
  { cluster, parts, passing }: Simulation,
  options: BackupEtcdOptions = {},
  { target = cluster.client() as Target, to = path } = {},
) {
  return passing(backupEtcd(target, to, options, parts));
}

/** The nodes that were asked for snapshots, in the order of the calls. */
const asked = ({ cluster }: Simulation): readonly string[] =>
  cluster.journal.of(etcdMethods.snapshot).map(({ node }) => node);

/** Which node leads etcd. */
async function leaderOf({ cluster, passing }: Simulation): Promise<string> {
  const talos = cluster.client();
  for (const { address, name } of cluster.controlPlanes) {
    const { memberStatus } = await passing(etcd(talos.node(address)).status());
    if (memberStatus?.leader === memberStatus?.memberId) return name;
  }
  throw new Error('nobody leads');
}

describe('a backup', () => {
  it('is a whole database with its digest, from a follower, for its owner only', async () => {
    const it = await simulation({ controlPlanes: 3 });
    const told: OperationProgress<BackupEtcdStep>[] = [];
    const result = await backup(it, { onProgress: (one) => told.push(one) });
    const bytes = await readFile(path);
    expect(result).toMatchObject({ path, bytes: bytes.length, removed: [] });
    expect(result.sha256).toBe(bytes.subarray(-32).toString('hex'));
    const keys = readBolt(bytes.subarray(0, -32)).buckets.get('key');
    expect(result.revision).toBe(keys?.at(-1)?.key.readBigUInt64BE(0));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['etcd.snapshot']);
    const [node] = asked(it);
    expect(node).not.toBe(await leaderOf(it));
    expect(it.cluster.node(node ?? '').address).toBe(result.node);
    expect(told.at(-1)).toMatchObject({ type: 'bytes', bytes: bytes.length });
  });

  it('comes from the node that is named, also from the leader', async () => {
    const it = await simulation({ controlPlanes: 3 });
    const leader = it.cluster.node(await leaderOf(it));
    const target = it.cluster.client().node(leader.address);
    expect(await backup(it, {}, { target })).toMatchObject({ node: leader.address });
  });

  it('is something that only takes backups may do', async () => {
    const it = await simulation({ controlPlanes: 3 });
    const target = it.cluster.client({ role: 'os:etcd:backup' });
    expect(await backup(it, {}, { target })).toMatchObject({ path });
  });

  it('comes from the leader when the followers are down', async () => {
    const it = await simulation({ controlPlanes: 3 });
    const leader = await leaderOf(it);
    for (const { name } of it.cluster.controlPlanes) {
      if (name !== leader) it.cluster.node(name).fail(etcdMethods.snapshot, 'unavailable');
    }
    const target = it.cluster.client({ retry: false });
    expect(await backup(it, {}, { target })).toMatchObject({
      node: it.cluster.node(leader).address,
    });
  });
});

describe('a folder of backups', () => {
  it('gets names of time and revision, and keeps as many as it is told', async () => {
    const it = await simulation();
    await writeFile(join(folder, 'etcd-notes.txt'), 'mine');
    await writeFile(join(folder, 'etcd-20200101T000000000Z-7.snapshot.part'), 'half');
    for (const day of [1, 2, 3]) {
      await writeFile(join(folder, `etcd-2020010${day}T000000000Z-${day}.snapshot`), '');
    }
    const result = await backup(it, { keep: 2 }, { to: folder });
    const name = new RegExp(`/etcd-\\d{8}T\\d{9}Z-${result.revision}\\.snapshot$`);
    expect(result.path).toMatch(name);
    expect(result.removed.map((one) => one.slice(folder.length + 1))).toEqual([
      'etcd-20200101T000000000Z-1.snapshot',
      'etcd-20200102T000000000Z-2.snapshot',
    ]);
    expect((await readdir(folder)).sort()).toEqual([
      'etcd-20200101T000000000Z-7.snapshot.part',
      'etcd-20200103T000000000Z-3.snapshot',
      result.path.slice(folder.length + 1),
      'etcd-notes.txt',
    ]);
  });

  it('is made, and loses nothing when a backup fails', async () => {
    const it = await simulation();
    const to = `${join(folder, 'new')}/`;
    await backup(it, { keep: 1 }, { to });
    it.cluster.node('cp-1').on(etcdMethods.snapshot, async function* () {
      yield snapshotOf(3).subarray(0, 512);
    });
    await failureOf(backup(it, { keep: 1 }, { to }));
    expect(await readdir(to)).toHaveLength(1);
    // Whole, but nothing that has a revision.
    it.cluster.node('cp-1').on(etcdMethods.snapshot, async function* () {
      yield snapshotOf(3);
    });
    expect(await backup(it, {}, { to })).toMatchObject({
      revision: undefined,
      path: expect.stringMatching(/-0\.snapshot$/),
    });
  });
});

describe('a snapshot that does not come whole', () => {
  it('is refused at every length, and what was there stays', async () => {
    const it = await simulation();
    const whole = snapshotOf(8);
    await writeFile(path, 'the last one');
    const target = it.cluster.client().node('10.5.0.2');
    for (let end = 0; end < whole.length; end += 256) {
      for (const length of [end, end + 32]) {
        if (length >= whole.length) continue;
        it.cluster.node('cp-1').on(etcdMethods.snapshot, async function* () {
          yield whole.subarray(0, length);
        });
        const error = await failureOf(backup(it, {}, { target }));
        expect(error, String(length)).toMatchObject({ code: 'operation', step: 'copy' });
        expect(await readdir(folder)).toEqual(['etcd.snapshot']);
      }
    }
    expect(await readFile(path, 'utf8')).toBe('the last one');
  });

  it.each(['drop', 'truncate', 'reset'] as const)(
    'comes from another member when the stream breaks off (%s)',
    async (fault) => {
      const it = await simulation({ controlPlanes: 3 });
      const leader = await leaderOf(it);
      for (const node of it.cluster.controlPlanes) {
        if (node.name === leader) continue;
        if (fault === 'drop') node.drop(etcdMethods.snapshot, { when: { replies: 3 }, times: 1 });
        else node[fault](etcdMethods.snapshot, { replies: 3, times: 1 });
      }
      const { node } = await backup(it);
      expect(node).toBe(it.cluster.node(leader).address);
      expect(readBolt((await readFile(path)).subarray(0, -32)).buckets.size).toBeGreaterThan(5);
      expect(asked(it)).toHaveLength(3);
    },
  );

  it('is taken again from the only node', async () => {
    const it = await simulation();
    it.cluster.node('cp-1').drop(etcdMethods.snapshot, { when: { replies: 2 }, times: 2 });
    await backup(it);
    expect(asked(it)).toHaveLength(3);
  });

  it('fails in the end, and says how it ended', async () => {
    const it = await simulation();
    it.cluster.node('cp-1').drop(etcdMethods.snapshot, { when: { replies: 2 } });
    const error = await failureOf(backup(it));
    expect(error).toMatchObject({ code: 'operation', step: 'copy', outcome: 'unchanged' });
    expect((error as Error).message).toContain('no whole snapshot came');
    expect(await readdir(folder)).toEqual([]);
  });
});

it('gives up a member that says nothing any more, in the end', async () => {
  const it = await simulation();
  it.cluster.node('cp-1').stall(etcdMethods.snapshot);
  const error = await failureOf(backup(it, { timeoutMs: 20_000 }));
  expect(error).toMatchObject({ code: 'operation', step: 'copy', outcome: 'unchanged' });
  expect(error.message).toContain('gave up after 20000 ms');
  expect(await readdir(folder)).toEqual([]);
});

it('leaves nothing when its caller ends it', async () => {
  const it = await simulation();
  const stop = new AbortController();
  const reason = new Error('enough');
  it.cluster.node('cp-1').on(etcdMethods.snapshot, async function* () {
    yield snapshotOf(3).subarray(0, 512);
    stop.abort(reason);
    await new Promise(() => undefined);
  });
  await expect(backup(it, { signal: stop.signal })).rejects.toBe(reason);
  expect(await readdir(folder)).toEqual([]);
});

it('is refused to readers, who may not have the secrets in it', async () => {
  const it = await simulation();
  const error = await failureOf(
    backup(it, {}, { target: it.cluster.client({ role: 'os:reader' }) }),
  );
  expect(error).toMatchObject({ code: 'operation', cause: { status: 'permission-denied' } });
  expect(asked(it)).toHaveLength(1);
});

it('does not write where another one writes', async () => {
  const it = await simulation();
  await writeFile(`${path}.part`, 'half');
  const error = await failureOf(backup(it));
  expect((error as Error).message).toContain('is being written by another process');
  const long = new Date(Date.now() - 3_600_000);
  await utimes(`${path}.part`, long, long);
  await backup(it);
});

it('says that a disk cannot be written', async () => {
  const it = await simulation();
  await writeFile(join(folder, 'file'), '');
  const error = await failureOf(backup(it, {}, { to: join(folder, 'file', 'etcd.snapshot') }));
  expect((error as Error).message).toContain('cannot be written (EEXIST)');
  expect(await failureOf(backup(it, {}, { to: '/dev/null' }))).toMatchObject({
    code: 'config',
    field: 'path',
  });
});

it.each([
  ['keep', { keep: 0 }, 'folder/'],
  ['keep', { keep: 1.5 }, 'folder/'],
  ['keep', { keep: 3 }, 'no-folder'],
  ['path', {}, ''],
  ['kep', { kep: 3 }, 'folder/'],
])('refuses a wrong %s: %j', async (field, options, to) => {
  const it = await simulation();
  expect(await failureOf(backup(it, options as BackupEtcdOptions, { to }))).toMatchObject({
    code: 'config',
    field,
  });
});
