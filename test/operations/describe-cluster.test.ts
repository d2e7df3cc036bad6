import { expect, it, onTestFinished } from 'vitest';
import { etcdMethods } from '../../generated/features/etcd.js';
import { systemMethods } from '../../generated/features/system.js';
import {
  type DescribedNode,
  describeCluster,
} from '../../src/operations/describe-cluster/index.js';
import { versionsOf } from '../../src/operations/describe-cluster/versions.js';
import { simulateCluster } from '../../testkit/src/cluster/cluster.js';
import { failureOf, tlsCluster } from '../support/feature-calls.js';

it('describes a cluster from any endpoint, as a reader', async () => {
  const cluster = await tlsCluster({ controlPlanes: 3, workers: 1 });
  const talos = cluster.client({ role: 'os:reader' });
  const { name, nodes, versions, etcd } = await describeCluster(talos);
  expect(name).toBe(cluster.name);
  const release = cluster.node('cp-1').talosVersion;
  expect(
    nodes.map(({ hostname, type, isUp, stage, isReady, version }) => {
      return [hostname, type, isUp, stage, isReady, version];
    }),
  ).toEqual([
    ['cp-1', 'controlplane', true, 'running', true, release],
    ['cp-2', 'controlplane', true, 'running', true, release],
    ['cp-3', 'controlplane', true, 'running', true, release],
    ['worker-1', 'worker', true, 'running', true, release],
  ]);
  expect(versions).toEqual({ all: [release], oldest: release, newest: release, differ: false });
  expect(etcd.error).toBeUndefined();
  expect(etcd.members.map(({ hostname, node }) => [hostname, node]).sort()).toEqual([
    ['cp-1', '10.5.0.2'],
    ['cp-2', '10.5.0.3'],
    ['cp-3', '10.5.0.4'],
  ]);
});

it('says what is not up and why, and what the others know of it', async () => {
  await using cluster = await simulateCluster({ controlPlanes: 3, workers: 1 });
  cluster.node('worker-1').kill();
  cluster.node('cp-2').services.break('kubelet', 'refused');
  cluster.node('cp-1').fail(etcdMethods.memberList, 'unavailable');
  const options = { nodeTimeoutMs: 1_000 };
  const { nodes, etcd } = await describeCluster(cluster.client({ endpoint: 'cp-3' }), options);
  expect(nodes.find(({ hostname }) => hostname === 'worker-1')).toMatchObject({
    address: '10.5.0.5',
    isUp: false,
    stage: undefined,
    isReady: false,
    version: cluster.node('worker-1').talosVersion,
    error: { code: 'rpc' },
  });
  expect(nodes.filter(({ isUp }) => isUp)).toHaveLength(3);
  expect(etcd.members).toHaveLength(3);
});

it('says when no control plane tells the members of etcd', async () => {
  await using cluster = await simulateCluster({ controlPlanes: 1 });
  cluster.node('cp-1').fail(etcdMethods.memberList, 'internal');
  const { etcd } = await describeCluster(cluster.client());
  expect(etcd).toMatchObject({ members: [], error: { status: 'internal' } });
});

it('tells the skew of releases, a pre-release before its release', async () => {
  const nodes = ['v1.14.0', 'v1.9.1', 'v1.14.0-rc.1', undefined, 'v1.14.0', 'v1.14.0-alpha.2'];
  const described = nodes.map((version) => ({ version }) as DescribedNode);
  expect(versionsOf(described)).toEqual({
    all: ['v1.9.1', 'v1.14.0-alpha.2', 'v1.14.0-rc.1', 'v1.14.0'],
    oldest: 'v1.9.1',
    newest: 'v1.14.0',
    differ: true,
  });
  expect(versionsOf([])).toEqual({ all: [], oldest: undefined, newest: undefined, differ: false });
});

it('what is no release stands before all that are', () => {
  const nodes = ['v1.14.0', 'main', 'v1.9.1', '', 'v1.14.0-alpha.10', 'v1.14.0-alpha.2'];
  const described = nodes.map((version) => ({ version }) as DescribedNode);
  expect(versionsOf(described).all).toEqual([
    '',
    'main',
    'v1.9.1',
    'v1.14.0-alpha.2',
    'v1.14.0-alpha.10',
    'v1.14.0',
  ]);
});

it('ends with the signal of the caller, and fails without members', async () => {
  const cluster = await simulateCluster({ controlPlanes: 1 });
  onTestFinished(() => cluster.close());
  const stop = new AbortController();
  const reason = new Error('enough');
  cluster.node('cp-1').on(systemMethods.version, () => {
    stop.abort(reason);
    return new Promise(() => {});
  });
  await expect(describeCluster(cluster.client(), { signal: stop.signal })).rejects.toBe(reason);
  const empty = await simulateCluster({ maintenance: true });
  onTestFinished(() => empty.close());
  expect(await failureOf(describeCluster(empty.client()))).toMatchObject({ code: 'operation' });
});
