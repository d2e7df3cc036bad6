import { expect, it } from 'vitest';
import { lifecycleMethods } from '../../generated/features/lifecycle.js';
import { reboot } from '../../src/operations/reboot/index.js';
import { turningCluster } from '../support/turning.js';

it('reboots a node once, and ends when it is in another boot, running and ready', async () => {
  await using turning = await turningCluster({ controlPlanes: 3, workers: 1 });
  const { cluster, parts } = turning;
  const node = cluster.node('worker-1');
  const before = node.bootId;
  const told: unknown[] = [];
  const result = await turning.turnUntil(
    reboot(cluster.client().node(node.address), { onProgress: (one) => told.push(one) }, parts),
  );
  console.log(told);
  expect(result).toEqual({ node: node.address, previousBootId: before, bootId: node.bootId });
  expect(node.stage).toBe('RUNNING');
  expect(cluster.journal.of(lifecycleMethods.reboot)).toHaveLength(1);
});
