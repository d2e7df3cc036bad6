// How code of yours is tested with the testkit, with whatever runs your tests.
// Run: node --import tsx --test examples/testing-your-code/reboot-once.test.ts
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lifecycleMethods } from 'talos-client/lifecycle';
import { simulateCluster } from 'talos-client-testkit';
import { rebootOnce } from './reboot-once.js';

async function started() {
  const cluster = await simulateCluster({ workers: 1 });
  const worker = cluster.node('worker-1');
  return {
    cluster,
    worker,
    before: worker.bootId,
    target: cluster.client().node(worker.address),
    asked: () =>
      cluster.journal.of(lifecycleMethods.reboot, 'worker-1').map(({ outcome }) => outcome),
  };
}

test('a node is rebooted once, however often the job runs', async () => {
  const { cluster, worker, before, target, asked } = await started();
  await using _ = cluster;
  const since = new Date(Date.now() - 60_000);
  assert.equal(await rebootOnce(target, since), true);
  assert.notEqual(worker.bootId, before);
  assert.equal(await rebootOnce(target, since), false);
  assert.deepEqual(asked(), ['ok']);
});

test('a node whose reply is lost is not rebooted twice', async () => {
  const { cluster, worker, before, target, asked } = await started();
  await using _ = cluster;
  worker.drop(lifecycleMethods.reboot, { times: 1 });
  await rebootOnce(target);
  assert.notEqual(worker.bootId, before);
  assert.deepEqual(asked(), ['lost']);
});

test('a node that dies after the action ran is waited for, and not asked again', async () => {
  const { cluster, worker, before, target, asked } = await started();
  await using _ = cluster;
  worker.dieAfter(lifecycleMethods.reboot);
  const rebooted = rebootOnce(target);
  await worker.until(() => !worker.isOn);
  worker.powerOn();
  await rebooted;
  assert.notEqual(worker.bootId, before);
  assert.deepEqual(asked(), ['lost']);
});

test('a refusal is told, and no reason to ask again', async () => {
  const { cluster, worker, before, target, asked } = await started();
  await using _ = cluster;
  worker.fail(lifecycleMethods.reboot, 'permission-denied');
  await assert.rejects(rebootOnce(target), { code: 'operation', outcome: 'unchanged' });
  assert.equal(worker.bootId, before);
  assert.deepEqual(asked(), ['permission-denied']);
});
