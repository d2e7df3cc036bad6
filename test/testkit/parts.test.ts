import { describe, expect, it } from 'vitest';
import { etcd } from '../../generated/features/etcd.js';
import { files } from '../../generated/features/files.js';
import { images } from '../../generated/features/images.js';
import { logs } from '../../generated/features/logs.js';
import { resources } from '../../generated/features/resources.js';
import { services } from '../../generated/features/services.js';
import { decodeEvent, events } from '../../src/events/index.js';
import { ManualClock } from '../../testkit/src/base/time/clock.js';
import { collected, failure, startCluster } from './support.js';

async function started() {
  const cluster = await startCluster({ workers: 1 });
  const node = cluster.node('cp-1');
  return { cluster, node, talos: cluster.client().node(node.address) };
}

async function text(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await collected(bytes)).toString();
}

// What tests put into a node is what clients get out of it.
describe('the files of a node', () => {
  it('are written, removed and broken for the clients that read them', async () => {
    const { node, talos } = await started();
    const path = '/var/lib/app/state.json';
    node.files.write(path, '{"a":1}', { permissions: 0o600 });
    expect(await text(files(talos).read({ path }))).toBe('{"a":1}');
    const [entry] = await collected(files(talos).list({ root: path }));
    expect(entry).toMatchObject({ mode: 0o600, size: 7n });
    node.files.break(path, 'EIO');
    expect(await failure(text(files(talos).read({ path })))).toMatchObject({
      reason: `open ${path}: input/output error`,
    });
    node.files.mend(path);
    expect(await text(files(talos).read({ path }))).toBe('{"a":1}');
    node.files.remove('/var/lib/app');
    expect(await failure(text(files(talos).read({ path })))).toMatchObject({
      status: 'not-found',
    });
  });
});

describe('the services of a node', () => {
  it('are unhealthy until they are mended, over restarts, too', async () => {
    const clock = new ManualClock();
    const cluster = await startCluster({ clock });
    const node = cluster.node('cp-1');
    const health = async () => {
      const { services: list } = await services(cluster.client()).list();
      const { state, health: last } = list.find(({ id }) => id === 'kubelet') ?? {};
      return [state, last?.healthy, last?.lastMessage];
    };
    node.services.break('kubelet', 'connection refused');
    expect(await health()).toEqual(['Running', false, 'connection refused']);
    node.services.crash('kubelet');
    expect(await health()).toEqual(['Waiting', false, '']);
    await clock.advance(60_000);
    expect(await health()).toEqual(['Running', false, 'connection refused']);
    node.services.mend('kubelet');
    expect(await health()).toEqual(['Running', true, '']);
    expect(node.services.find('kubelet')?.history.at(-1)?.message).toBe('Health check successful');
    expect(node.services.list().map(({ id }) => id)).toContain('kubelet');
  });

  it('say what they are when a test names one that is not there, or has no health', async () => {
    const { node } = await started();
    expect(() => node.services.crash('kublet')).toThrow(
      /^the node has no service "kublet"; it has apid, .*kubelet/,
    );
    expect(() => node.services.break('kublet', 'x')).toThrow(RangeError);
    expect(() => node.services.break('dashboard', 'x')).toThrow(
      'service dashboard has no health checks',
    );
  });
});

it('the events of a node reach those who watch', async () => {
  const { node, talos } = await started();
  const stream = events(talos).watch({});
  await stream.next();
  const told: string[] = [];
  const stop = node.events.onEvent(({ id }) => told.push(id));
  const { id } = node.events.emit({ case: 'task', value: { task: 'cordon' } }, 'somebody');
  const { value } = await stream.next();
  expect(value && decodeEvent(value)).toMatchObject({
    id,
    actorId: 'somebody',
    payload: { case: 'task', value: { task: 'cordon' } },
  });
  stop();
  node.events.emit({ case: 'task', value: { task: 'drain' } });
  expect(told).toEqual([id]);
  expect(node.events.kept.at(-2)?.id).toBe(id);
  await stream.return();
});

it('the logs of a node have what was written there', async () => {
  const { node, talos } = await started();
  node.logs.write('kubelet', 'something happened');
  node.kernelLog.write('EXT4-fs error (device sdb1)', { priority: 'err' });
  const request = { namespace: 'system', id: 'kubelet', tailLines: 1 };
  expect(await text(logs(talos).logs(request))).toBe('something happened\n');
  const records = (await collected(logs(talos).dmesg())).map((record) => `${Buffer.from(record)}`);
  expect(records.at(-1)).toMatch(/^kern: +err: \[.*\]: EXT4-fs error \(device sdb1\)\n$/);
  expect(node.logs.ids).toContain('kubelet');
  expect(node.kernelLog.records.at(-1)).toMatchObject({ facility: 'kern', priority: 'err' });
});

it('the etcd of a node raises alarms, that of a worker has none', async () => {
  const { cluster, node, talos } = await started();
  node.etcd.raiseAlarm('NOSPACE');
  const { memberAlarms } = await etcd(talos).alarmList();
  expect(memberAlarms).toMatchObject([{ memberId: node.etcd.memberId, alarm: 'NOSPACE' }]);
  node.etcd.disarmAlarms();
  expect((await etcd(talos).alarmList()).memberAlarms).toEqual([]);
  const worker = cluster.node('worker-1').etcd;
  expect(worker.memberId).toBeUndefined();
  expect(() => worker.raiseAlarm('CORRUPT')).toThrow('etcd has no data on this node');
});

it('the clock of a node loses its servers', async () => {
  const { node, talos } = await started();
  node.timeSync.setSynced(false);
  const { resource } = await resources(talos).get({
    namespace: 'runtime',
    type: 'TimeStatuses.v1alpha1.talos.dev',
    id: 'node',
  });
  expect(resource?.spec?.yamlSpec).toContain('synced: false');
  expect(node.timeSync.isSynced).toBe(false);
});

it('the registries of a cluster lose images, and have them signed by others', async () => {
  const { cluster, talos } = await started();
  const imageRef = 'ghcr.io/siderolabs/installer:v1.14.1';
  cluster.registry.withdraw(imageRef);
  const containerd = { driver: 'CRI', namespace: 'NS_SYSTEM' } as const;
  expect(await failure(collected(images(talos).pull({ containerd, imageRef })))).toMatchObject({
    status: 'not-found',
  });
  expect(() => cluster.registry.withdraw('not an image')).toThrow();
});
