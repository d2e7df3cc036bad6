import type { Role } from 'talos-client';
import { describe, expect, it } from 'vitest';
import { eventsMethods } from '../../../generated/features/events.js';
import { lifecycleMethods } from '../../../generated/features/lifecycle.js';
import {
  type RebootOptions,
  type RebootStep,
  reboot,
} from '../../../src/operations/reboot/index.js';
import type { SimulatedCluster } from '../../../testkit/src/cluster/cluster.js';
import type { SimulatedNode } from '../../../testkit/src/cluster/node.js';
import { failureOf } from '../../support/feature-calls.js';
import { turningCluster } from '../../support/turning.js';

/** Does something to a node when an operation begins a step. */
const at =
  (step: RebootStep, run: () => void): RebootOptions['onProgress'] =>
  (progress) => {
    if (progress.type === 'step' && progress.step === step) run();
  };

/** How often the node was asked to reboot, and how often it did. */
function counts(cluster: SimulatedCluster, node: SimulatedNode) {
  return {
    asked: cluster.journal.of(lifecycleMethods.reboot).length,
    boots: node.machine.boots - 1,
  };
}

/** A cluster over mTLS that ends with the test, and what reboots one of its nodes. */
async function start(name = 'worker-1', controlPlanes = 2) {
  const turning = await turningCluster({ controlPlanes, workers: 1, transport: 'tls' });
  const { cluster, parts } = turning;
  const node = cluster.node(name);
  const run = (options: RebootOptions = {}, role: Role = 'os:operator') =>
    turning.turnUntil(
      reboot(cluster.client({ role }).node(node.address), { drain: 'never', ...options }, parts),
    );
  return { cluster, node, run };
}

// The first is reached through another endpoint; the second may be the endpoint itself.
describe.each(['worker-1', 'cp-1'])('over mTLS, a reboot of %s', (name) => {
  it('whose reply is lost after it ran is found by the boot, and not sent again', async () => {
    const { cluster, node, run } = await start(name);
    node.drop(lifecycleMethods.reboot, { when: 'after', times: 1 });
    expect(await run()).toMatchObject({ bootId: node.bootId });
    expect(counts(cluster, node)).toEqual({ asked: 1, boots: 1 });
  });

  it('whose connection is lost before it ran is told to have changed nothing', async () => {
    const { cluster, node, run } = await start(name);
    node.drop(lifecycleMethods.reboot, { when: 'before', times: 1 });
    const error = await failureOf(run());
    expect(error).toMatchObject({ code: 'operation', step: 'stop', outcome: 'unchanged' });
    expect(error.message).toContain('after 75 s it is in the same boot, and running');
    expect(counts(cluster, node)).toEqual({ asked: 1, boots: 0 });
  });

  it('whose stream of events is lost again and again comes to its end', async () => {
    const { cluster, node, run } = await start(name);
    node.drop(eventsMethods.watch, { when: { replies: 2 }, times: 3 });
    expect(await run()).toMatchObject({ bootId: node.bootId });
    expect(counts(cluster, node)).toEqual({ asked: 1, boots: 1 });
  });
});

describe('over mTLS, a reboot', () => {
  it('whose call alone is cut off is found by the boot', async () => {
    const { cluster, node, run } = await start();
    node.reset(lifecycleMethods.reboot, { times: 1 });
    expect(await run()).toMatchObject({ bootId: node.bootId });
    expect(counts(cluster, node)).toEqual({ asked: 1, boots: 1 });
  });

  it('that is never answered is told to have changed nothing', async () => {
    const { cluster, node, run } = await start();
    node.stall(lifecycleMethods.reboot, { times: 1 });
    expect(await failureOf(run())).toMatchObject({ step: 'stop', outcome: 'unchanged' });
    expect(counts(cluster, node)).toEqual({ asked: 1, boots: 0 });
  });

  it('in which the node dies is over when somebody turns it on', async () => {
    const { cluster, node, run } = await start();
    node.dieAfter(lifecycleMethods.reboot);
    const running = run();
    await node.until(() => !node.isOn);
    node.powerOn();
    expect(await running).toMatchObject({ bootId: node.bootId });
    expect(counts(cluster, node)).toEqual({ asked: 1, boots: 1 });
  });

  it('goes on when the endpoint that it goes through is gone', async () => {
    const { cluster, node, run } = await start('worker-1', 3);
    const onProgress = at('stop', () => {
      const [watched] = cluster.journal.of(eventsMethods.watch);
      cluster.node(watched?.endpoint ?? '').kill();
    });
    expect(await run({ onProgress })).toMatchObject({ bootId: node.bootId });
    expect(counts(cluster, node)).toEqual({ asked: 1, boots: 1 });
  });

  it('of a node that is gone changes nothing', async () => {
    const { cluster, node, run } = await start();
    node.disconnect();
    expect(await failureOf(run())).toMatchObject({ step: 'look', outcome: 'unchanged' });
    expect(counts(cluster, node)).toEqual({ asked: 0, boots: 0 });
  });

  it('of a node that gets cut off is unknown, and names what it waited for', async () => {
    const { cluster, node, run } = await start();
    node.drop(lifecycleMethods.reboot, { when: 'before', times: 1 });
    const onProgress = at('stop', () => node.disconnect());
    const error = await failureOf(run({ onProgress, timeoutMs: 120_000 }));
    expect(error).toMatchObject({ step: 'stop', outcome: 'unknown' });
    expect(error.message).toContain('gave up after 120000 ms, waiting for the node to go down: ');
    expect(counts(cluster, node)).toEqual({ asked: 1, boots: 0 });
  });

  it('is refused to a reader', async () => {
    const { cluster, node, run } = await start();
    expect(await failureOf(run({}, 'os:reader'))).toMatchObject({
      step: 'send',
      outcome: 'unchanged',
      cause: { status: 'permission-denied' },
    });
    expect(counts(cluster, node)).toEqual({ asked: 1, boots: 0 });
  });

  it.each<RebootStep>(['look', 'send', 'stop', 'boot'])(
    'that its caller ends at the step %s ends with the reason of the caller',
    async (step) => {
      const { cluster, node, run } = await start();
      const caller = new AbortController();
      const reason = new Error('enough');
      const onProgress = at(step, () => queueMicrotask(() => caller.abort(reason)));
      await expect(run({ onProgress, signal: caller.signal })).rejects.toBe(reason);
      // A call that was begun may have been taken back in time.
      expect(counts(cluster, node).asked).toBeLessThanOrEqual(step === 'look' ? 0 : 1);
    },
  );
});
