import { describe, expect, it } from 'vitest';
import { etcdMethods } from '../../../generated/features/etcd.js';
import { filesMethods } from '../../../generated/features/files.js';
import { images } from '../../../generated/features/images.js';
import { logsMethods } from '../../../generated/features/logs.js';
import { type Hostname, systemMethods } from '../../../generated/features/system.js';
import { callAggregated, streamAggregated } from '../../../src/runtime/aggregate.js';
import { callClientStream, callUnary } from '../../../src/runtime/call.js';
import type { TalosClient } from '../../../src/runtime/client.js';
import type { Method } from '../../../src/runtime/method.js';
import { collected, failure, startCluster, transports } from '../support.js';

const nodes = ['10.5.0.2', '10.5.0.3', '10.5.0.4'];

/** The reply as it is on the wire. */
const rawHostname: Method<'unary', object, { messages: Hostname[] }> = {
  ...systemMethods.hostname,
  unwrap: 'none',
} as never;

async function hostnames(talos: TalosClient, asked: readonly string[], timeoutMs?: number) {
  const options = { metadata: { nodes: asked }, timeoutMs };
  return (await callUnary(talos, rawHostname, {}, options)).messages;
}

// Talos: one call for many nodes, which v1.14 deprecates.
describe.each(transports)('a call for many nodes, over %s', (transport) => {
  it('answers with an entry per node, named as the caller wrote it', async () => {
    const cluster = await startCluster({ controlPlanes: 2, workers: 1, transport });
    const entries = await hostnames(cluster.client(), ['10.5.0.2', 'cp-2', '10.5.0.4']);
    expect(
      Object.fromEntries(entries.map(({ metadata, hostname }) => [metadata?.hostname, hostname])),
    ).toEqual({ '10.5.0.2': 'cp-1', 'cp-2': 'cp-2', '10.5.0.4': 'worker-1' });
  });

  it('puts the entries in the order in which the nodes answered', async () => {
    const cluster = await startCluster({ controlPlanes: 3, transport });
    let answered = () => {};
    const others = new Promise<void>((resolve) => {
      answered = resolve;
    });
    cluster.node('cp-1').on(systemMethods.hostname, async () => {
      await others;
      return { hostname: 'late' };
    });
    cluster.node('cp-3').on(systemMethods.hostname, async () => {
      setImmediate(answered);
      return { hostname: 'early' };
    });
    const entries = await hostnames(cluster.client(), ['10.5.0.2', '10.5.0.4']);
    expect(entries.map(({ hostname }) => hostname)).toEqual(['early', 'late']);
  });

  it('says OK with an error in the entries of failing nodes, even of all', async () => {
    const cluster = await startCluster({ controlPlanes: 3, transport });
    cluster.node('cp-2').kill();
    cluster.node('cp-1').fail(systemMethods.hostname, 'failed-precondition', { message: 'no' });
    cluster.node('cp-3').fail(systemMethods.hostname, 'not-found');
    const entries = await hostnames(cluster.client({ endpoint: 'cp-1' }), nodes);
    expect(entries.map(({ hostname }) => hostname)).toEqual(['', '', '']);
    const byNode = new Map(entries.map(({ metadata }) => [metadata?.hostname, metadata]));
    expect(byNode.get('10.5.0.2')).toMatchObject({
      error: 'rpc error: code = FailedPrecondition desc = no',
      status: { code: 9, message: 'no' },
    });
    expect(byNode.get('10.5.0.3')).toMatchObject({ status: { code: 14 } });
    expect(byNode.get('10.5.0.4')).toMatchObject({ status: { code: 5 } });
  });

  it('gives a node that is named twice two entries', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    const entries = await hostnames(cluster.client(), ['10.5.0.3', '10.5.0.3']);
    expect(entries.map(({ hostname }) => hostname)).toEqual(['cp-2', 'cp-2']);
  });

  it('loses the answers of all when one is too slow for the deadline', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    cluster.node('cp-2').stall(systemMethods.hostname);
    const call = hostnames(cluster.client({ endpoint: 'cp-1' }), ['10.5.0.2', '10.5.0.3'], 150);
    expect(await failure(call)).toMatchObject({ status: 'deadline-exceeded' });
    expect(cluster.journal.of(systemMethods.hostname, 'cp-1')).toMatchObject([{ outcome: 'ok' }]);
  });

  it('checks the roles of the caller on each node', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    const talos = cluster.client({ role: 'os:reader' });
    const results = await callAggregated(
      talos,
      etcdMethods.defragment,
      {},
      {
        nodes: ['10.5.0.2', '10.5.0.3'],
      },
    );
    expect(results.map(({ ok }) => ok)).toEqual([false, false]);
    for (const result of results) {
      expect(result).toMatchObject({ error: { status: 'permission-denied' } });
    }
  });

  it('mixes streams, with the name of the node in each message and in that of a failure', async () => {
    const cluster = await startCluster({ controlPlanes: 3, transport });
    for (const node of cluster.nodes) {
      node.on(filesMethods.list, function* () {
        yield { name: `a of ${node.name}` };
        if (node.name === 'cp-2') throw new Error('disk is gone');
        yield { name: `b of ${node.name}` };
      });
    }
    const stream = streamAggregated(cluster.client(), filesMethods.list, { root: '/' }, { nodes });
    const results = await collected(stream);
    const of = (node: string) => results.filter((result) => result.node === node);
    expect(of('10.5.0.2')).toMatchObject([
      { ok: true, value: { name: 'a of cp-1' } },
      { ok: true, value: { name: 'b of cp-1' } },
    ]);
    expect(of('10.5.0.3')).toMatchObject([
      { ok: true, value: { name: 'a of cp-2' } },
      { ok: false, error: { status: 'unknown', reason: 'disk is gone' } },
    ]);
    expect(of('10.5.0.4')).toHaveLength(2);
  });

  it('ends the streams of all nodes when the caller leaves', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    const left: string[] = [];
    for (const node of cluster.nodes) {
      node.on(logsMethods.dmesg, async function* ({ signal }) {
        try {
          yield Buffer.from(node.name);
          await new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          });
        } finally {
          left.push(node.name);
        }
      });
    }
    const asked = { nodes: ['10.5.0.2', '10.5.0.3'] };
    const stream = streamAggregated(cluster.client(), logsMethods.dmesg, { follow: true }, asked);
    const names = new Set<string>();
    for await (const { node } of stream) {
      names.add(node);
      if (names.size === 2) break;
    }
    await expect.poll(() => left.sort()).toEqual(['cp-1', 'cp-2']);
  });

  it('gives each node the whole stream of requests', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    const received = new Map<string, string>();
    for (const node of cluster.nodes) {
      node.on(etcdMethods.recover, async (_ctx, chunks) => {
        let text = '';
        for await (const chunk of chunks) text += Buffer.from(chunk).toString();
        received.set(node.name, text);
      });
    }
    const raw = { ...etcdMethods.recover, unwrap: 'none' } as typeof etcdMethods.recover;
    await callClientStream(cluster.client(), raw, [Buffer.from('snap'), Buffer.from('shot')], {
      metadata: { nodes: ['10.5.0.2', '10.5.0.3'] },
    });
    expect([...received]).toEqual(
      expect.arrayContaining([
        ['cp-1', 'snapshot'],
        ['cp-2', 'snapshot'],
      ]),
    );
  });

  it('is refused by newer services and by workers', async () => {
    const cluster = await startCluster({ workers: 2, transport });
    const asked = { metadata: { nodes: ['10.5.0.3', '10.5.0.4'] } };
    const list = images(cluster.client()).list(
      { containerd: { driver: 'CRI', namespace: 'NS_CRI' } },
      asked,
    );
    expect(await failure(collected(list))).toMatchObject({ status: 'invalid-argument' });
    const worker = cluster.client({ endpoint: 'worker-1' });
    expect(await failure(hostnames(worker, ['10.5.0.3', '10.5.0.4']))).toMatchObject({
      status: 'permission-denied',
      reason: 'no request forwarding',
    });
  });

  it('fails as a whole when one of the targets has a port', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    const call = hostnames(cluster.client(), ['10.5.0.2', '10.5.0.3:50000']);
    expect(await failure(call)).toMatchObject({ status: 'internal' });
  });

  it('reaches a hundred nodes', async () => {
    const cluster = await startCluster({ workers: 99, transport });
    const all = cluster.nodes.map(({ address }) => address);
    const entries = await hostnames(cluster.client(), all);
    expect(new Set(entries.map(({ hostname }) => hostname)).size).toBe(100);
  });
});
