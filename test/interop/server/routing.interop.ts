import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { etcd, etcdMethods } from '../../../generated/features/etcd.js';
import { files, filesMethods } from '../../../generated/features/files.js';
import { images, imagesMethods } from '../../../generated/features/images.js';
import { lifecycle } from '../../../generated/features/lifecycle.js';
import { meta } from '../../../generated/features/meta.js';
import { system, systemMethods } from '../../../generated/features/system.js';
import { callAggregated, streamAggregated } from '../../../src/runtime/aggregate.js';
import type { TalosClient } from '../../../src/runtime/client.js';
import { collect } from '../../../src/runtime/streams/collect.js';
import { GoCluster } from '../support/go-cluster.js';

let cluster: GoCluster;
let talos: TalosClient;

beforeAll(async () => {
  cluster = await GoCluster.start();
  talos = await cluster.client();
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

const nowhere = '10.5.0.9';
const containerd = { driver: 'CRI', namespace: 'NS_SYSTEM' } as const;

describe('one node', () => {
  test('is asked by its address, through the endpoint', async () => {
    const names = [];
    for (const node of [talos, ...['10.5.0.2', '10.5.0.3', '10.5.0.4'].map((a) => talos.node(a))]) {
      names.push((await system(node).hostname()).hostname);
    }
    expect(names).toEqual(['cp-1', 'cp-1', 'cp-2', 'worker-1']);
  });

  test('gets the metadata of the call, less what is for routing', async () => {
    await cluster.clear();
    const metadata = { 'x-interop': ['a', 'b'] };
    await system(talos.node('10.5.0.3')).hostname({}, { metadata });
    const [seen] = await cluster.awaitCalls('machine.MachineService/Hostname', 'OK');
    expect(seen?.metadata).toMatchObject({ runtime: ['Talos'], 'x-interop': ['a', 'b'] });
    expect(seen?.metadata).toHaveProperty('proxyfrom');
    expect(seen?.metadata).not.toHaveProperty('node');
    expect(seen?.roles).toEqual(['os:admin']);
  });

  test('fails with its own status, and names itself', async () => {
    await expect(etcd(talos.node('10.5.0.4')).memberList()).rejects.toMatchObject({
      status: 'unimplemented',
      node: '10.5.0.4',
      rpc: 'machine.MachineService/EtcdMemberList',
    });
  });

  test('that cannot be reached is unavailable', async () => {
    await expect(system(talos.node(nowhere)).version()).rejects.toMatchObject({
      status: 'unavailable',
      node: nowhere,
      reason: expect.stringContaining('no route to host'),
    });
  });

  test('cannot be reached through a worker, which says so', async () => {
    const worker = await cluster.client({ through: ['worker-1'] });
    await expect(system(worker.node('10.5.0.3')).version()).rejects.toMatchObject({
      status: 'permission-denied',
      reason: 'no request forwarding',
      hint: expect.stringMatching(/worker/),
    });
    expect(await system(worker.node('10.5.0.4')).hostname()).toMatchObject({
      hostname: 'worker-1',
    });
  });
});

describe('acknowledgements and failures', () => {
  test('give nothing, or the status of the node', async () => {
    const node = talos.node('10.5.0.3');
    await expect(meta(node).write({ key: 10, value: Buffer.of(1) })).resolves.toBeUndefined();
    await expect(meta(node).write({ key: 256, value: Buffer.of(1) })).rejects.toMatchObject({
      status: 'invalid-argument',
      reason: 'key must be between 0 and 255',
    });
    await expect(lifecycle(node).bootstrap({})).rejects.toMatchObject({ status: 'already-exists' });
    await expect(lifecycle(node).reboot({})).resolves.toMatchObject({
      actorId: '5c5a2b4e-0000-4000-8000-000000000001',
    });
  });
});

describe('many nodes in one call', () => {
  const nodes = ['10.5.0.4', nowhere, '10.5.0.2', '10.5.0.3'];

  test('answer in the order they were named, each with its own outcome', async () => {
    const results = await callAggregated(talos, systemMethods.hostname, {}, { nodes });
    expect(results).toMatchObject([
      { node: '10.5.0.4', ok: true, value: { hostname: 'worker-1' } },
      { node: nowhere, ok: false, error: { status: 'unavailable', node: nowhere } },
      { node: '10.5.0.2', ok: true, value: { hostname: 'cp-1' } },
      { node: '10.5.0.3', ok: true, value: { hostname: 'cp-2' } },
    ]);
  });

  test('answer twice when named twice', async () => {
    const results = await callAggregated(
      talos,
      systemMethods.hostname,
      {},
      { nodes: ['10.5.0.3', '10.5.0.3'] },
    );
    expect(results.map(({ node, ok }) => [node, ok])).toEqual([
      ['10.5.0.3', true],
      ['10.5.0.3', true],
    ]);
  });

  test('may all fail, and the call does not', async () => {
    const results = await callAggregated(
      talos,
      etcdMethods.memberList,
      {},
      { nodes: [nowhere, '10.5.0.4'] },
    );
    expect(results).toMatchObject([
      { ok: false, error: { status: 'unavailable' } },
      { ok: false, error: { status: 'unimplemented', reason: expect.stringContaining('etcd') } },
    ]);
  });

  test('keep big numbers', async () => {
    const [first] = await callAggregated(
      talos,
      etcdMethods.memberList,
      {},
      { nodes: ['10.5.0.2'] },
    );
    expect(first).toMatchObject({
      ok: true,
      value: { members: [{ id: 9372538179322589801n }, { id: 18446744073709551615n }] },
    });
  });

  test('mix the items of their streams, and a failing one does not end the others', async () => {
    const items = await collect(
      streamAggregated(talos, filesMethods.list, { root: '/var' }, { nodes }),
    );
    const failed = items.filter((item) => !item.ok);
    expect(failed).toMatchObject([{ node: nowhere, error: { status: 'unavailable' } }]);
    for (const node of nodes.filter((address) => address !== nowhere)) {
      const names = items.flatMap((item) =>
        item.ok && item.node === node ? item.value.relativeName : [],
      );
      expect(names).toEqual(['.', 'ключ', '']);
    }
  });

  test('give the bytes of their streams apart', async () => {
    const items = await collect(
      streamAggregated(
        talos,
        filesMethods.read,
        { path: '/interop/chunks?count=5&size=8' },
        { nodes: ['10.5.0.2', '10.5.0.3'] },
      ),
    );
    for (const node of ['10.5.0.2', '10.5.0.3']) {
      const bytes = items.flatMap((item) => (item.ok && item.node === node ? [item.value] : []));
      expect(Buffer.concat(bytes).toString()).toBe('0000000000000001000000020000000300000004');
    }
  });

  test('are refused for services that do not take them, before anything is sent', async () => {
    expect(() => streamAggregated(talos, imagesMethods.list, { containerd }, { nodes })).toThrow(
      expect.objectContaining({ code: 'config' }),
    );
  });

  test('are refused by the endpoint when the header is set by hand', async () => {
    await expect(
      collect(
        images(talos).list({ containerd }, { metadata: { nodes: ['10.5.0.2', '10.5.0.3'] } }),
      ),
    ).rejects.toMatchObject({
      status: 'invalid-argument',
      reason: expect.stringContaining('one-2-many proxying is not supported'),
    });
  });
});

describe('many nodes, one call each', () => {
  test('give each outcome, also for services that one call cannot ask', async () => {
    const results = await talos
      .nodes(['10.5.0.2', nowhere, '10.5.0.4'])
      .each((node) => collect(images(node).list({ containerd })));
    expect(results).toMatchObject([
      { node: '10.5.0.2', ok: true, value: [{ labels: {} }, {}] },
      { node: nowhere, ok: false, error: { status: 'unavailable' } },
      { node: '10.5.0.4', ok: true },
    ]);
  });

  test('merge their streams', async () => {
    const items = await collect(
      talos
        .nodes(['10.5.0.2', '10.5.0.3'])
        .merge((node) => files(node).read({ path: '/interop/chunks?count=3&size=8' })),
    );
    expect(items.map(({ node }) => node).sort()).toEqual([
      ...Array(3).fill('10.5.0.2'),
      ...Array(3).fill('10.5.0.3'),
    ]);
  });
});
