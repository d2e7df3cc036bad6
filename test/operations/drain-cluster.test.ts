import { describe, expect, it } from 'vitest';
import { cordon } from '../../src/operations/cordon/index.js';
import { type DrainNodeOptions, drain } from '../../src/operations/drain/index.js';
import { uncordon } from '../../src/operations/uncordon/index.js';
import { failureOf, tlsCluster } from '../support/feature-calls.js';
import { quickParts } from '../support/quick-clock.js';

/** A cluster whose Kubernetes API is reached over mTLS with the kubeconfig that its nodes make. */
async function clusterWithPods() {
  const cluster = await tlsCluster({ controlPlanes: 1, workers: 2 });
  const { kubernetes } = cluster;
  kubernetes.addDeployment({ name: 'web', replicas: 2 });
  kubernetes.addDaemonSet({ name: 'agent' });
  kubernetes.addPod({ name: 'bare', node: 'worker-1', emptyDir: true });
  const nodeOf = (name: string) => cluster.client().node(cluster.node(name).address);
  const isCordoned = (node = 'worker-1') =>
    kubernetes.nodes.find(({ name }) => name === node)?.unschedulable;
  const podsOn = (name: string) =>
    kubernetes.pods.filter(({ node }) => node === name).map((pod) => pod.name);
  return { cluster, kubernetes, nodeOf, worker: nodeOf('worker-1'), isCordoned, podsOn };
}

/** Drains without waiting in real time between two looks. */
const quickly = (worker: Parameters<typeof drain>[0], options: DrainNodeOptions = {}) =>
  drain(worker, options, quickParts());

describe('drain, over the Kubernetes API of a cluster', () => {
  it('moves the pods to other nodes, with the kubeconfig of a control plane', async () => {
    const { cluster, kubernetes, worker, isCordoned, podsOn } = await clusterWithPods();
    const [web] = podsOn('worker-1').filter((name) => name.startsWith('web'));
    const { evicted, kept } = await quickly(worker);
    expect(evicted).toEqual(expect.arrayContaining(['default/bare', `default/${web}`]));
    expect(kept).toContainEqual({ pod: expect.stringContaining('agent'), reason: 'daemonset' });
    expect(podsOn('worker-1').filter((name) => /^(web|bare)/.test(name))).toEqual([]);
    expect(isCordoned()).toBe(true);
    // The worker makes no kubeconfigs: its control plane was asked, once.
    const asked = cluster.journal.calls.filter(({ rpc }) => rpc.endsWith('/Kubeconfig'));
    expect(asked.map(({ node }) => node)).toEqual(['cp-1']);
    const evictions = kubernetes.requests.filter(({ path }) => path.endsWith('/eviction'));
    expect(new Set(evictions.map(({ path }) => path)).size).toBe(evictions.length);
    expect(await uncordon(worker)).toEqual({ name: 'worker-1', changed: true });
    expect(isCordoned()).toBe(false);
  });

  it('respects a budget, names it with the pod that stays, and uncordons the node', async () => {
    const { kubernetes, nodeOf, isCordoned } = await clusterWithPods();
    kubernetes.addDeployment({ name: 'db', replicas: 1, budget: { minAvailable: 1 } });
    const pod = kubernetes.pods.find(({ name }) => name.startsWith('db'));
    const parts = quickParts();
    const options: DrainNodeOptions = {
      onProgress: (progress) => {
        const isHeld = progress.type === 'waiting' && String(progress.reason).includes('budget db');
        if (isHeld && !String(progress.reason).includes('web')) parts.clock.turn(300_000);
      },
    };
    const error = await failureOf(drain(nodeOf(pod?.node ?? ''), options, parts));
    expect(error).toMatchObject({ code: 'operation', step: 'drain' });
    expect(error.message).toContain(
      `default/${pod?.name} (The disruption budget db needs 1 healthy pods and has 1 currently)`,
    );
    expect(kubernetes.pods.find(({ uid }) => uid === pod?.uid)?.terminating).toBe(false);
    expect(isCordoned(pod?.node)).toBe(false);
  });

  it.each([
    ['the connection is lost before cordoning', 'before', 'PATCH', /nodes/],
    ['the reply of cordoning is lost', 'after', 'PATCH', /nodes/],
    ['the connection is lost before an eviction', 'before', 'POST', /eviction/],
    ['the reply of an eviction is lost', 'after', 'POST', /eviction/],
    ['the connection is lost while pods are listed', 'after', 'GET', /\/api\/v1\/pods/],
  ] as const)('goes on when %s', async (_, when, method, path) => {
    const { kubernetes, worker, isCordoned, podsOn } = await clusterWithPods();
    kubernetes.drop(when, { method, path, times: 1 });
    const { evicted } = await quickly(worker);
    expect(evicted).toContain('default/bare');
    expect(podsOn('worker-1').filter((name) => /^(web|bare)/.test(name))).toEqual([]);
    expect(isCordoned()).toBe(true);
    // The pods that took the place of others were left alone.
    expect(podsOn('worker-2').filter((name) => name.startsWith('web'))).toHaveLength(2);
  });

  it.each([500, 503, 429])('goes on when the API answers with %d for a while', async (status) => {
    const { kubernetes, worker, isCordoned } = await clusterWithPods();
    for (const method of ['GET', 'PATCH', 'POST'])
      kubernetes.fail(status, { method, times: 2, reason: 'Busy' });
    await quickly(worker);
    expect(isCordoned()).toBe(true);
  });

  it('goes on when the API server is away for a while', async () => {
    const { cluster, kubernetes, worker, isCordoned } = await clusterWithPods();
    const { staticPods } = cluster.node('cp-1');
    let waited = false;
    kubernetes.fail(503, { method: 'PATCH', times: 1 });
    const onProgress: DrainNodeOptions['onProgress'] = (progress) => {
      if (progress.type !== 'waiting' || waited) return;
      waited = true;
      staticPods.hold('kube-apiserver');
      staticPods.crash('kube-apiserver');
      setImmediate(() => staticPods.release('kube-apiserver'));
    };
    await quickly(worker, { onProgress });
    expect(waited).toBe(true);
    expect(isCordoned()).toBe(true);
  });

  it('is refused without os:admin, says what to do, and changes nothing', async () => {
    const { cluster, kubernetes } = await clusterWithPods();
    const reader = cluster.client({ role: 'os:reader' }).node(cluster.node('worker-1').address);
    for (const operation of [drain, cordon, uncordon]) {
      expect(await failureOf(operation(reader))).toMatchObject({
        code: 'operation',
        outcome: 'unchanged',
        hint: 'only os:admin gets a kubeconfig; pass your own client as `kubernetes`',
      });
    }
    expect(kubernetes.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('leaves the node as it was when it is ended while a pod takes its time', async () => {
    const { kubernetes, worker, isCordoned } = await clusterWithPods();
    kubernetes.addPod({ name: 'slow', node: 'worker-1', terminationMs: 600_000 });
    const stop = new AbortController();
    const reason = new Error('enough');
    const onProgress: DrainNodeOptions['onProgress'] = (progress) => {
      if (progress.type === 'waiting' && progress.step === 'drain') stop.abort(reason);
    };
    await expect(quickly(worker, { signal: stop.signal, onProgress })).rejects.toBe(reason);
    expect(isCordoned()).toBe(false);
  });

  it('asks another control plane for the kubeconfig when one does not answer', async () => {
    const cluster = await tlsCluster({ controlPlanes: 3, workers: 1 });
    const worker = cluster.client({ endpoint: 'cp-2' }).node(cluster.node('worker-1').address);
    cluster.node('cp-1').disconnect();
    expect(await cordon(worker)).toEqual({ name: 'worker-1', changed: true });
  });
});
