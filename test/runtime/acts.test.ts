import { describe, expect, it } from 'vitest';
import { etcd, etcdMethods } from '../../generated/features/etcd.js';
import { lifecycle, lifecycleMethods } from '../../generated/features/lifecycle.js';
import { logs, logsMethods } from '../../generated/features/logs.js';
import { meta, metaMethods } from '../../generated/features/meta.js';
import { system, systemMethods } from '../../generated/features/system.js';
import { callAggregated } from '../../src/runtime/aggregate.js';
import { failure, startCluster, transports } from '../testkit/support.js';

const value = { key: 10, value: new Uint8Array([1]) };

/** A cluster whose nodes do what they are told to, and whose replies get lost. */
async function losing(transport: (typeof transports)[number], controlPlanes: number) {
  const cluster = await startCluster({ controlPlanes, transport });
  const talos = cluster.client();
  for (const _ of cluster.nodes) await system(talos).version();
  for (const node of cluster.nodes) {
    node.drop(metaMethods.write);
    node.drop(etcdMethods.forfeitLeadership);
  }
  const ran = (method: typeof metaMethods.write | typeof etcdMethods.forfeitLeadership) =>
    cluster.journal.of(method as typeof metaMethods.write).map(({ node }) => node);
  return { cluster, talos, ran };
}

describe.each(transports)('a call that acts, over %s', (transport) => {
  it('and names no node is refused where there are several endpoints', async () => {
    const { talos, ran } = await losing(transport, 3);
    const refused = { code: 'config', field: 'node' };
    expect(await failure(meta(talos).write(value))).toMatchObject(refused);
    expect(await failure(etcd(talos).forfeitLeadership({}))).toMatchObject(refused);
    expect([...ran(metaMethods.write), ...ran(etcdMethods.forfeitLeadership)]).toEqual([]);
  });

  it('and names no node runs once on the only endpoint when its reply is lost', async () => {
    const { talos, ran } = await losing(transport, 1);
    expect(await failure(meta(talos).write(value))).toMatchObject({
      status: 'unavailable',
      outcome: 'unknown',
    });
    expect(ran(metaMethods.write)).toEqual(['cp-1']);
  });

  it('and names its node never runs on another', async () => {
    const { cluster, talos, ran } = await losing(transport, 3);
    const { address } = cluster.node('cp-2');
    expect(await failure(meta(talos.node(address)).write(value))).toMatchObject({
      status: 'unavailable',
      outcome: 'unknown',
    });
    expect(new Set(ran(metaMethods.write))).toEqual(new Set(['cp-2']));
  });

  it('on several nodes runs once on each, and says of each what is known', async () => {
    const { cluster, talos, ran } = await losing(transport, 3);
    const nodes = cluster.nodes.map(({ address }) => address);
    const results = await callAggregated(talos, metaMethods.write, value, { nodes });
    expect(results).toMatchObject(
      nodes.map((node) => ({
        node,
        ok: false,
        error: { status: 'unavailable', outcome: 'unknown' },
      })),
    );
    expect(ran(metaMethods.write).sort()).toEqual(['cp-1', 'cp-2', 'cp-3']);
  });
});

describe.each(transports)('what is known of a call that failed, over %s', (transport) => {
  it.each([
    ['that a node answers', 'failed-precondition', 'answered'],
    ['that the endpoint may have answered for the node', 'unavailable', 'unknown'],
    ['that an endpoint gives when the stream to the node is reset', 'internal', 'unknown'],
  ] as const)('with a status %s', async (_, status, outcome) => {
    const cluster = await startCluster({ transport });
    const node = cluster.node('cp-1');
    node.fail(lifecycleMethods.reboot, status);
    const target = cluster.client().node(node.address);
    expect(await failure(lifecycle(target).reboot({ mode: 'DEFAULT' }))).toMatchObject({
      status,
      outcome,
    });
  });

  it('with a status of the endpoint itself', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').fail(lifecycleMethods.reboot, 'unavailable');
    const call = lifecycle(cluster.client()).reboot({ mode: 'DEFAULT' });
    expect(await failure(call)).toMatchObject({ status: 'unavailable', outcome: 'answered' });
  });

  it.each([
    ['refuses the stream', 'REFUSED_STREAM', 'not-sent'],
    ['resets it', 'INTERNAL_ERROR', 'unknown'],
    ['cancels it', 'CANCEL', 'unknown'],
    ['asks for calm', 'ENHANCE_YOUR_CALM', 'unknown'],
  ] as const)('because the endpoint %s', async (_, code, outcome) => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').reset(lifecycleMethods.reboot, { code });
    const call = lifecycle(cluster.client()).reboot({ mode: 'DEFAULT' });
    expect(await failure(call)).toMatchObject({ code: 'rpc', outcome });
  });

  it('because an endpoint lost the stream to the node that ran it', async () => {
    const cluster = await startCluster({ transport, workers: 1 });
    const worker = cluster.node('worker-1');
    worker.reset(lifecycleMethods.reboot);
    const call = lifecycle(cluster.client().node(worker.address)).reboot({ mode: 'DEFAULT' });
    expect(await failure(call)).toMatchObject({ code: 'rpc', outcome: 'unknown' });
  });

  it('because nobody is there', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').kill();
    const call = lifecycle(cluster.client()).reboot({ mode: 'DEFAULT' });
    expect(await failure(call)).toMatchObject({ status: 'unavailable', outcome: 'not-sent' });
  });

  it('because its deadline passed: sent, or still without a connection', async () => {
    const cluster = await startCluster({ transport });
    const node = cluster.node('cp-1');
    node.stall(lifecycleMethods.reboot);
    const talos = cluster.client();
    await system(talos).version();
    const sent = lifecycle(talos).reboot({ mode: 'DEFAULT' }, { timeoutMs: 300 });
    expect(await failure(sent)).toMatchObject({ status: 'deadline-exceeded', outcome: 'unknown' });
    node.refuse('silent');
    const waiting = lifecycle(cluster.client()).reboot({ mode: 'DEFAULT' }, { timeoutMs: 300 });
    expect(await failure(waiting)).toMatchObject({
      status: 'deadline-exceeded',
      outcome: 'not-sent',
    });
  });

  it('because a stream stayed silent', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').stall(logsMethods.dmesg);
    const stream = logs(cluster.client()).dmesg({}, { idleTimeoutMs: 300 });
    expect(await failure(stream.next())).toMatchObject({
      status: 'deadline-exceeded',
      outcome: 'unknown',
    });
  });

  it('because the reply is one of several nodes, and this one failed', async () => {
    const cluster = await startCluster({ transport, workers: 1 });
    const worker = cluster.node('worker-1');
    worker.fail(systemMethods.version, 'failed-precondition');
    const nodes = [worker.address];
    const results = await callAggregated(cluster.client(), systemMethods.version, {}, { nodes });
    expect(results).toMatchObject([{ error: { outcome: 'answered' } }]);
  });
});
