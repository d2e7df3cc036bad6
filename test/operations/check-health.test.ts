import { resourceKinds, type SimulatedCluster } from 'talos-client-testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clusterMethods } from '../../generated/features/cluster.js';
import { etcdMethods } from '../../generated/features/etcd.js';
import { systemMethods } from '../../generated/features/system.js';
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
        if (type === 'step') steps.push(step);
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
  const cp2 = '10.5.0.3';
  const bad: readonly [HealthCheckName, string, string, (cluster: SimulatedCluster) => unknown][] =
    [
      [
        'etcd',
        cp2,
        'the service etcd is not healthy: no leader',
        (cluster) => cluster.node('cp-2').services.break('etcd', 'no leader'),
      ],
      [
        'etcd members',
        '10.5.0.2',
        'it knows no members; others know cp-1',
        (cluster) => cluster.node('cp-1').on(etcdMethods.memberList, () => ({ members: [] })),
      ],
      [
        'etcd nodes',
        '10.5.0.2',
        'stranger 0000000000000007 is on no control plane that is known',
        (cluster) => {
          const stranger = {
            id: 7n,
            hostname: 'stranger',
            peerUrls: ['https://10.9.9.9:2380'],
            clientUrls: [],
            isLearner: false,
          };
          const answer = () => ({ members: [stranger] });
          for (const { name } of cluster.nodes.slice(0, 3))
            cluster.node(name).on(etcdMethods.memberList, answer);
        },
      ],
      [
        'apid',
        cp2,
        '[unavailable]',
        (cluster) => cluster.node('cp-2').fail(systemMethods.version, 'unavailable'),
      ],
      [
        'memory',
        cp2,
        'it has 1024 MiB, and needs 1698 MiB',
        (cluster) =>
          cluster.node('cp-2').on(systemMethods.memory, () => ({
            meminfo: { memtotal: 1024n * 1024n },
          })),
      ],
      [
        'kubelet',
        cp2,
        'the service kubelet is not healthy: refused',
        (cluster) => cluster.node('cp-2').services.break('kubelet', 'refused'),
      ],
      [
        'boot',
        cp2,
        'its stage is upgrading',
        (cluster) => cluster.node('cp-2').machine.setStage('UPGRADING'),
      ],
      [
        'diagnostics',
        cp2,
        'address-overlap: host and pod addresses overlap',
        (cluster) =>
          cluster.node('cp-2').resources.put(resourceKinds.diagnostic, 'address-overlap', {
            message: 'host and pod addresses overlap',
            details: [],
          }),
      ],
      [
        'static pods',
        cp2,
        'kube-scheduler is Pending',
        (cluster) =>
          cluster
            .node('cp-2')
            .resources.put(resourceKinds.staticPodStatus, 'kube-system/kube-scheduler-cp-2', {
              phase: 'Pending',
            }),
      ],
      [
        'control plane',
        cp2,
        'kube-scheduler is not ready',
        (cluster) => cluster.node('cp-2').staticPods.hold('kube-scheduler'),
      ],
      [
        'schedulable',
        '10.5.0.5',
        'it is cordoned',
        (cluster) =>
          kubernetesOf(cluster).patchNode(
            'worker-1',
            { spec: { unschedulable: true } },
            { signal: new AbortController().signal, timeoutMs: 10_000 },
          ),
      ],
    ];

  it.each(bad)('is told by check and node: %s', async (name, node, problem, harm) => {
    const cluster = await memoryCluster();
    expect(await failing(cluster, { checks: [name] })).toEqual([]);
    await harm(cluster);
    expect(await failing(cluster, { checks: [name] })).toEqual([
      {
        name,
        nodes: expect.arrayContaining([{ node, problem: expect.stringContaining(problem) }]),
      },
    ]);
  });

  it('is told for every check that a node is down in', async () => {
    const cluster = await memoryCluster();
    cluster.node('worker-1').kill();
    const checks: HealthCheckName[] = ['apid', 'memory', 'boot'];
    const failed = await failing(cluster, { checks, attemptTimeoutMs: 1_000 });
    const names = failed.map(({ name }) => name);
    expect(names).toEqual(checks);
    for (const { nodes } of failed) {
      expect(nodes.map(({ node }) => node)).toEqual(['10.5.0.5']);
    }
  });

  it('is told when no API server answers', async () => {
    const cluster = await memoryCluster();
    for (const { name } of cluster.nodes.slice(0, 3))
      cluster.node(name).staticPods.hold('kube-apiserver');
    const failed = await failing(cluster, { checks: ['kubernetes nodes', 'coredns'] });
    expect(failed.map(({ name }) => name)).toEqual(['kubernetes nodes', 'coredns']);
    expect(failed[0]?.nodes[0]?.node).toBeUndefined();
  });

  it('is a node that Kubernetes does not have', async () => {
    const cluster = await memoryCluster();
    const kubernetes = { ...kubernetesOf(cluster), listNodes: async () => [] };
    const [failed] = await failing(cluster, { checks: ['kubernetes nodes'], kubernetes });
    expect(failed?.nodes).toHaveLength(4);
    expect(failed?.nodes[0]?.problem).toBe('Kubernetes does not know it');
  });

  it('is not what is left out on purpose: without a network, and without kube-proxy', async () => {
    const cluster = await memoryCluster();
    const kubernetes = { ...kubernetesOf(cluster), listPods: async () => [] };
    const options = { checks: ['kube-proxy', 'coredns'], kubernetes, wait: false } as const;
    const { checks } = await checkHealth(cluster.client(), options);
    expect(checks[0]).toMatchObject({ status: 'skipped', reason: 'there is no kube-proxy' });
    expect(checks[1]).toMatchObject({ status: 'failed' });
  });
});

describe('waiting', () => {
  it('looks again each 5 s until it holds, and says what is missing', async () => {
    const cluster = await memoryCluster();
    const { services } = cluster.node('cp-2');
    services.break('etcd', 'no leader');
    const parts = quickParts();
    const told: string[] = [];
    const options: CheckHealthOptions = {
      checks: ['etcd'],
      onProgress: (progress) => {
        if (progress.type !== 'waiting') return;
        told.push(`${progress.node} ${progress.reason}`);
        services.mend('etcd');
      },
    };
    const { checks } = await checkHealth(cluster.client(), options, parts);
    expect(statuses(checks)).toEqual({ etcd: 'passed' });
    expect(told[0]).toBe('10.5.0.3 10.5.0.3: the service etcd is not healthy: no leader');
    expect(parts.clock.waits).toContain(5_000);
  });

  it('gives up, and names the check, the node and what was seen last', async () => {
    const cluster = await memoryCluster();
    cluster.node('cp-2').services.break('etcd', 'no leader');
    const parts = quickParts();
    const onProgress: CheckHealthOptions['onProgress'] = ({ type }) => {
      if (type === 'waiting') parts.clock.turn(1_200_000);
    };
    const error = await failureOf(checkHealth(cluster.client(), { onProgress }, parts));
    expect(error).toMatchObject({
      code: 'operation',
      step: 'etcd',
      node: '10.5.0.3',
      outcome: 'unchanged',
      message:
        'checkHealth of 10.5.0.3: etcd: gave up after 1200000 ms, waiting for etcd to be healthy: ' +
        '10.5.0.3: the service etcd is not healthy: no leader',
    });
  });

  it('does not speak of the kubeconfig any more once it came', async () => {
    const cluster = await tlsCluster({ controlPlanes: 1 });
    // It is asked as the client's endpoint, and again as a control plane.
    cluster.node('cp-1').fail(clusterMethods.kubeconfig, 'internal', { times: 2 });
    const parts = quickParts();
    const told: string[] = [];
    const onProgress: CheckHealthOptions['onProgress'] = (progress) => {
      if (progress.type !== 'waiting') return;
      told.push(progress.what);
      if (told.length === 2) parts.clock.turn(1_200_000);
    };
    const talos = cluster.client({ retry: false });
    const nodes = { controlPlanes: ['10.5.0.2'], workers: ['10.5.0.99'] };
    const options: CheckHealthOptions = { checks: ['kubernetes nodes'], nodes, onProgress };
    const error = await failureOf(checkHealth(talos, options, parts));
    expect(told).toEqual(['a kubeconfig', 'all nodes to be in Kubernetes']);
    expect(error.message).toContain('ms, waiting for all nodes to be in Kubernetes: ');
    expect(error.message).not.toContain('a kubeconfig');
  });

  it('ends with the signal of the caller, and with a closed client', async () => {
    const cluster = await memoryCluster();
    const talos = cluster.client();
    cluster.node('cp-2').services.break('etcd', 'no leader');
    const stop = new AbortController();
    const reason = new Error('enough');
    const options = (end: () => void): CheckHealthOptions => ({
      signal: stop.signal,
      onProgress: ({ type }) => type === 'waiting' && end(),
    });
    const closed = checkHealth(
      talos,
      options(() => talos.close()),
      quickParts(),
    );
    expect(await failureOf(closed)).toMatchObject({ code: 'closed' });
    const ended = checkHealth(
      cluster.client(),
      options(() => stop.abort(reason)),
      quickParts(),
    );
    await expect(ended).rejects.toBe(reason);
  });

  it('is not begun for checks and nodes that there are not', async () => {
    const cluster = await memoryCluster();
    const any = checkHealth as (...all: unknown[]) => Promise<unknown>;
    const refused = async (options: object) => failureOf(any(cluster.client(), options));
    expect(await refused({ checks: ['ectd'] })).toMatchObject({ code: 'config', field: 'checks' });
    expect(await refused({ without: 'etcd' })).toMatchObject({ field: 'without' });
    expect(await refused({ nodes: { workers: 5, controlPlanes: [] } })).toMatchObject({
      field: 'workers',
    });
    expect(await refused({ intervalMs: 0 })).toMatchObject({ field: 'intervalMs' });
  });
});
