import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SimulatedCluster, simulateCluster } from '../../../testkit/src/cluster/cluster.js';
import { GoKubernetes } from '../support/go-kubernetes.js';

let folder: string;
let cluster: SimulatedCluster;
let official: GoKubernetes;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'talos-kubernetes-'));
  cluster = await simulateCluster({ controlPlanes: 1, workers: 2, transport: 'tls' });
  const kubeconfig = join(folder, 'kubeconfig');
  await cluster.kubernetes.writeKubeconfig(kubeconfig);
  official = GoKubernetes.build(kubeconfig);
}, 600_000);

afterAll(async () => {
  await cluster?.close();
  await rm(folder, { recursive: true });
});

describe('the official clients of Kubernetes against the simulated cluster', () => {
  it('read its version, its nodes page by page, and what is not there', async () => {
    expect(await official.run('list')).toEqual({
      version: 'v1.37.0',
      nodes: ['cp-1', 'worker-1', 'worker-2'],
      missing: 'daemonsets.apps "none" not found',
    });
  });

  it('drain a node as talosctl does, and uncordon it', async () => {
    const { kubernetes } = cluster;
    kubernetes.addDeployment({ name: 'web', replicas: 4, budget: { maxUnavailable: 1 } });
    kubernetes.addDaemonSet({ name: 'agent' });
    kubernetes.addPod({ name: 'lonely', node: 'worker-1', emptyDir: true });
    const leaving = kubernetes.pods
      .filter(({ node, name }) => node === 'worker-1' && /^(?:web|lonely|coredns)/.test(name))
      .map(({ namespace, name }) => `${namespace}/${name}`);
    const drained = (await official.run('drain', 'worker-1', '60')) as { pods: string[] };
    expect(drained).toMatchObject({ kept: '' });
    expect(drained.pods.sort()).toEqual(leaving.sort());
    const left = kubernetes.pods.filter(({ node }) => node === 'worker-1');
    expect(left.map(({ name }) => name.replace(/-[^-]+$/, '')).sort()).toEqual([
      'agent',
      'kube-flannel',
      'kube-proxy',
    ]);
    await official.run('uncordon', 'worker-1');
    expect(kubernetes.nodes.every(({ unschedulable }) => !unschedulable)).toBe(true);
  });

  it('give up on a pod that its budget keeps, and name it', async () => {
    const { kubernetes } = cluster;
    kubernetes.addStatefulSet({ name: 'db', replicas: 1, budget: { minAvailable: 1 } });
    const { node = '' } = kubernetes.pods.find(({ name }) => name === 'db-0') ?? {};
    const { kept } = (await official.run('drain', node, '3')) as { kept: string };
    expect(kept).toContain('db-0');
    const refused = kubernetes.requests.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(1);
    await official.run('uncordon', node);
  });

  it('follow nodes with informers', async () => {
    const changes = official.follow();
    const seen: unknown[] = [];
    for await (const change of changes) {
      seen.push(change);
      const { change: what, unschedulable } = change as { change: string; unschedulable?: boolean };
      if (what === 'synced') {
        await cluster.kubernetes.fetch('/api/v1/nodes/worker-2', {
          method: 'PATCH',
          headers: { 'content-type': 'application/merge-patch+json' },
          body: '{"spec":{"unschedulable":true}}',
        });
      }
      if (unschedulable === true) break;
    }
    expect(seen.slice(0, 4)).toEqual(
      expect.arrayContaining([
        ...['cp-1', 'worker-1', 'worker-2'].map((node) => ({
          change: 'added',
          node,
          unschedulable: false,
        })),
        { change: 'synced' },
      ]),
    );
    expect(seen.at(-1)).toEqual({ change: 'updated', node: 'worker-2', unschedulable: true });
  });
});
