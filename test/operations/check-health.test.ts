import type { SimulatedCluster } from 'talos-client-testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type CheckedHealth,
  type CheckHealthOptions,
  checkHealth,
  type HealthCheckName,
} from '../../src/operations/check-health/index.js';
import { simulateCluster } from '../../testkit/src/cluster/cluster.js';
import { failureOf, tlsCluster } from '../support/feature-calls.js';
import { quickParts } from '../support/quick-clock.js';
import { kubernetesOf } from './support/fetch-kubernetes.js';

async function memoryCluster(): Promise<SimulatedCluster> {
  const cluster = await simulateCluster({ controlPlanes: 3, workers: 1 });
  onTestFinished(() => cluster.close());
  return cluster;
}

const statuses = (checks: readonly CheckedHealth[]) =>
  Object.fromEntries(checks.map(({ name, status }) => [name, status]));

/** Looks once, and gives what failed: the check, and its nodes with their problems. */
async function failing(cluster: SimulatedCluster, options: CheckHealthOptions = {}) {
  const kubernetes = kubernetesOf(cluster);
  const report = await checkHealth(cluster.client(), { wait: false, kubernetes, ...options });
  const failed = report.checks.filter(({ status }) => status === 'failed');
  expect(report.healthy).toBe(failed.length === 0);
  return failed.map(({ name, nodes }) => ({
    name,
    nodes: nodes.filter(({ problem }) => problem !== undefined),
  }));
}

const all: readonly HealthCheckName[] = [
  'etcd',
  'etcd members',
  'etcd nodes',
  'apid',
  'memory',
  'disk',
  'diagnostics',
  'kubelet',
  'boot',
  'kubernetes nodes',
  'static pods',
  'control plane',
  'nodes ready',
  'kube-proxy',
  'coredns',
  'schedulable',
];

describe('a healthy cluster', () => {
  it('passes all checks, over mTLS and the Kubernetes API with the kubeconfig of a node', async () => {
    const cluster = await tlsCluster({ controlPlanes: 3, workers: 2 });
    const steps: string[] = [];
    const { healthy, nodes, checks } = await checkHealth(cluster.client(), {
      onProgress: ({ type, step }) => {
        if (type === 'step' && steps.at(-1) !== step) steps.push(step);
      },
    });
    expect(healthy).toBe(true);
    expect(nodes).toEqual(cluster.nodes.map(({ address }) => address));
    expect(statuses(checks)).toEqual(Object.fromEntries(all.map((name) => [name, 'passed'])));
    expect(checks.find(({ name }) => name === 'apid')?.nodes).toEqual(
      nodes.map((node) => ({ node, problem: undefined })),
    );
    expect(steps).toEqual(['find nodes', ...all]);
    expect(cluster.kubernetes.requests.length).toBeGreaterThan(0);
  });

  it('passes for os:reader, without what only the Kubernetes API tells', async () => {
    const cluster = await tlsCluster({ controlPlanes: 1, workers: 1 });
    const { healthy, checks } = await checkHealth(cluster.client({ role: 'os:reader' }));
    expect(healthy).toBe(true);
    const skipped = checks.filter(({ status }) => status === 'skipped');
    expect(skipped.map(({ name }) => name)).toEqual(['kube-proxy', 'coredns']);
    expect(skipped[0]?.reason).toContain('only os:admin gets a kubeconfig');
    expect(cluster.kubernetes.requests).toEqual([]);
  });

  it('is asked only what is wanted, on the nodes that are given', async () => {
    const cluster = await memoryCluster();
    const { nodes, checks } = await checkHealth(cluster.client(), {
      checks: ['boot', 'apid', 'schedulable'],
      without: ['schedulable'],
      nodes: { controlPlanes: ['10.5.0.3'], workers: ['10.5.0.5'] },
    });
    expect(nodes).toEqual(['10.5.0.3', '10.5.0.5']);
    expect(checks.map(({ name }) => name)).toEqual(['apid', 'boot']);
    expect(cluster.journal.calls.some(({ rpc }) => rpc.endsWith('/Kubeconfig'))).toBe(false);
  });
});

describe('what is wrong', () => {
  it('is told by check and node', async () => {
    const cluster = await memoryCluster();
    const { kubernetes } = cluster;
    expect(await failing(cluster)).toEqual([]);
    await kubernetes.fetch('/api/v1/nodes/worker-1', {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: '{"spec":{"unschedulable":true}}',
    });
    expect(await failing(cluster)).toEqual([
      { name: 'schedulable', nodes: [{ node: '10.5.0.5', problem: 'it is cordoned' }] },
    ]);
  });
});
