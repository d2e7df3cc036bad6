import { expect, it } from 'vitest';
import { discoverNodes } from '../../src/operations/discover-nodes/index.js';
import { simulateCluster } from '../../testkit/src/cluster/cluster.js';
import { failureOf } from '../support/feature-calls.js';

it('finds all nodes from one endpoint, control planes first, as a reader, down ones too', async () => {
  await using cluster = await simulateCluster({ controlPlanes: 3, workers: 2 });
  cluster.node('worker-2').disconnect();
  const found = await discoverNodes(cluster.client({ role: 'os:reader' }));
  expect(found.map(({ hostname, type }) => [hostname, type])).toEqual([
    ['cp-1', 'controlplane'],
    ['cp-2', 'controlplane'],
    ['cp-3', 'controlplane'],
    ['worker-1', 'worker'],
    ['worker-2', 'worker'],
  ]);
  expect(found.map(({ address }) => address)).toEqual(cluster.nodes.map(({ address }) => address));
  expect(new Set(found.map(({ nodeId }) => nodeId)).size).toBe(5);
});

it('says where to look when there are no members', async () => {
  await using cluster = await simulateCluster({ maintenance: true });
  const error = await failureOf(discoverNodes(cluster.client()));
  expect(error).toMatchObject({ code: 'operation', step: 'read members', outcome: 'unchanged' });
});

it('refuses options that it does not have', async () => {
  await using cluster = await simulateCluster();
  const error = await failureOf(discoverNodes(cluster.client(), { timeoutMS: 1 } as object));
  expect(error).toMatchObject({ code: 'config', field: 'timeoutMS' });
  expect((error as Error).message).toContain('timeoutMs');
});
