import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { etcd, etcdMethods } from '../../generated/features/etcd.js';
import { lifecycleMethods } from '../../generated/features/lifecycle.js';
import { servicesMethods } from '../../generated/features/services.js';
import {
  type RestoreEtcdOptions,
  type RestoreEtcdStep,
  restoreEtcd,
} from '../../src/operations/restore-etcd/index.js';
import type { OperationProgress } from '../../src/operations/run/progress.js';
import { collectBytes } from '../../src/runtime/streams/collect.js';
import { simulateCluster } from '../../testkit/src/cluster/cluster.js';
import { etcdOn } from '../../testkit/src/topics/etcd/etcd-node.js';
import { failureOf } from '../support/feature-calls.js';
import { bootable, type Simulation, simulation, snapshotOf } from './support.js';

let path: string;
let size: number;

beforeAll(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'restore-etcd-')), 'etcd.snapshot');
  await using cluster = await simulateCluster({ seed: 7 });
  const bytes = await collectBytes(etcd(cluster.client()).snapshot({}));
  await writeFile(path, bytes);
  size = bytes.length;
});

function restore(
  { cluster, parts, passing }: Simulation,
  options: Partial<RestoreEtcdOptions> = {},
  { name = 'cp-1', from = path, client = {} } = {},
) {
  const node = cluster.client(client).node(cluster.node(name).address);
  const stated = { confirmQuorumLost: true, ...options } as RestoreEtcdOptions;
  return passing(restoreEtcd(node, from, stated, parts));
}

const sent = ({ cluster }: Simulation): number =>
  cluster.journal.of(lifecycleMethods.bootstrap).length;
const uploads = ({ cluster }: Simulation): number => cluster.journal.of(etcdMethods.recover).length;

describe('restoring', () => {
  it('begins a cluster with what was in the snapshot, and the others join', async () => {
    const it = await bootable({ controlPlanes: 3 });
    const told: OperationProgress<RestoreEtcdStep>[] = [];
    const result = await restore(it, { onProgress: (one) => told.push(one) });
    expect(result).toMatchObject({ node: '10.5.0.2', bytes: size });
    await it.until(() => it.cluster.controlPlanes.every(({ stage }) => stage === 'RUNNING'));
    const { members } = await it.passing(etcd(it.cluster.client()).memberList());
    expect(members).toHaveLength(3);
    expect(told.filter(({ type }) => type === 'bytes').at(-1)).toMatchObject({
      bytes: size,
      total: size,
    });
    expect([uploads(it), sent(it)]).toEqual([1, 1]);
  });

  it.each([
    ['before', 2],
    ['after', 1],
  ] as const)(
    'sends the bootstrap once when the connection is lost %s it ran',
    async (when, count) => {
      const it = await bootable();
      it.cluster.node('cp-1').drop(lifecycleMethods.bootstrap, { when, times: 1 });
      await restore(it);
      expect(sent(it)).toBe(count);
    },
  );

  it('uploads again when the connection is lost, before anything is begun', async () => {
    const it = await bootable();
    it.cluster.node('cp-1').drop(etcdMethods.recover, { when: 'after', times: 2 });
    await restore(it);
    expect([uploads(it), sent(it)]).toEqual([3, 1]);
  });
});

describe('restoring is refused', () => {
  it('without the statement that the quorum is lost', async () => {
    const it = await simulation();
    for (const stated of [undefined, false, 'yes']) {
      const error = await failureOf(restore(it, { confirmQuorumLost: stated as unknown as true }));
      expect(error).toMatchObject({ code: 'config', field: 'confirmQuorumLost' });
    }
    expect(it.cluster.journal.calls).toEqual([]);
  });

  it('for a file that is cut short anywhere, before the node is bothered', async () => {
    const it = await simulation();
    const from = `${path}.short`;
    const whole = snapshotOf(6);
    for (let end = 0; end < whole.length; end += 512) {
      for (const length of [end, end + 32]) {
        if (length >= whole.length) continue;
        await writeFile(from, whole.subarray(0, length));
        const error = await failureOf(restore(it, {}, { from }));
        expect(error, String(length)).toMatchObject({ code: 'config', field: 'path' });
      }
    }
    const damaged = await readFile(path);
    damaged[1000] = (damaged[1000] ?? 0) ^ 1;
    await writeFile(from, damaged);
    expect((await failureOf(restore(it, {}, { from }))).message).toContain('is damaged');
    const missing = await failureOf(restore(it, {}, { from: `${path}.not-there` }));
    expect(missing.message).toContain('cannot be read (ENOENT)');
    expect(it.cluster.journal.calls).toEqual([]);
  });

  it('on a node that has data', async () => {
    const it = await simulation();
    const error = await failureOf(restore(it));
    expect(error).toMatchObject({ step: 'look at the node', outcome: 'unchanged' });
    expect(error.message).toContain('EPHEMERAL');
    expect([uploads(it), sent(it)]).toEqual([0, 0]);
  });

  it('while another control plane has data', async () => {
    const it = await bootable({ controlPlanes: 2 });
    it.cluster.partition(['cp-1'], ['cp-2']);
    etcdOn(it.cluster.node('cp-2').machine).bootstrap({ recover: false, skipHashCheck: false });
    await it.until(() => etcdOn(it.cluster.node('cp-2').machine).hasData);
    const error = await failureOf(restore(it));
    expect(error).toMatchObject({ step: 'look at the others', outcome: 'unchanged' });
    expect(error.message).toContain('there is data of etcd on cp-2 (10.5.0.3)');
    expect([uploads(it), sent(it)]).toEqual([0, 0]);
  });

  it('to who may not', async () => {
    const it = await bootable();
    const error = await failureOf(restore(it, {}, { client: { role: 'os:reader' } }));
    expect(error).toMatchObject({ step: 'upload', cause: { status: 'permission-denied' } });
    expect(sent(it)).toBe(0);
  });
});

it('tells of control planes that do not answer, and goes on', async () => {
  const it = await bootable({ controlPlanes: 2 });
  it.cluster.node('cp-2').disconnect();
  const notes: string[] = [];
  const onProgress = (one: OperationProgress<RestoreEtcdStep>): void => {
    if (one.type === 'note') notes.push(one.text);
  };
  await restore(it, { onProgress }, { client: { endpoint: 'cp-1', retry: false } });
  expect(notes).toEqual(['cp-2 (10.5.0.3) does not answer: wipe it before it comes back']);
});

it('gives a slow node time', async () => {
  const it = await bootable();
  it.cluster.node('cp-1').delay('any', 3_000);
  await restore(it);
  expect([uploads(it), sent(it)]).toEqual([1, 1]);
});

it('gives up a node that does not take the snapshot', async () => {
  const it = await bootable();
  it.cluster.node('cp-1').stall(etcdMethods.recover);
  const error = await failureOf(restore(it, { timeoutMs: 20_000 }));
  expect(error).toMatchObject({ step: 'upload', outcome: 'unchanged' });
  expect(error.message).toContain('waiting for the snapshot to arrive');
  expect(sent(it)).toBe(0);
});

it('says that somebody else was faster', async () => {
  const it = await bootable();
  it.cluster.node('cp-1').fail(lifecycleMethods.bootstrap, 'already-exists');
  const error = await failureOf(restore(it));
  expect(error).toMatchObject({ step: 'bootstrap', outcome: 'unchanged' });
  expect(error.message).toContain('the node has data of etcd, and so it was not restored');
});

it('says why etcd does not start', async () => {
  const it = await bootable();
  const onProgress = (one: OperationProgress<RestoreEtcdStep>): void => {
    if (one.type !== 'step' || one.step !== 'wait for etcd') return;
    it.cluster.node('cp-1').on(servicesMethods.list, () => ({
      services: [{ id: 'etcd', state: 'Failed', events: { events: [{ msg: 'bad data' }] } }],
    }));
  };
  const error = await failureOf(restore(it, { onProgress }));
  expect(error).toMatchObject({ step: 'wait for etcd', outcome: 'changed' });
  expect(error.message).toContain('etcd does not start: Failed: bad data');
});

it('refuses a file that is changed while it is sent', async () => {
  const it = await bootable();
  const from = `${path}.changing`;
  await writeFile(from, await readFile(path));
  const onProgress = (one: OperationProgress<RestoreEtcdStep>): void => {
    if (one.type === 'step' && one.step === 'upload') void writeFile(from, snapshotOf(4));
  };
  const error = await failureOf(restore(it, { onProgress }, { from }));
  expect(error).toMatchObject({ step: 'upload', outcome: 'unchanged' });
  expect(error.message).toContain('was changed while it was sent');
  expect(sent(it)).toBe(0);
});

it.each([
  'look at the node',
  'look at the others',
  'upload',
  'bootstrap',
  'wait for etcd',
] as const)('ends with the reason of the caller at the step %s', async (step) => {
  const it = await bootable();
  const stop = new AbortController();
  const reason = new Error('enough');
  const onProgress = (told: OperationProgress<RestoreEtcdStep>): void => {
    if (told.type === 'step' && told.step === step) stop.abort(reason);
  };
  await expect(restore(it, { signal: stop.signal, onProgress })).rejects.toBe(reason);
  expect(sent(it)).toBe(step === 'wait for etcd' ? 1 : 0);
});
