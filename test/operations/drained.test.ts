import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Drained, type DrainedStep, drained } from '../../src/operations/draining/drained.js';
import type { DrainOptions } from '../../src/operations/draining/options.js';
import type { OperationOptions } from '../../src/operations/run/options.js';
import { runOperation } from '../../src/operations/run/run-operation.js';
import type { TalosNode } from '../../src/runtime/target.js';
import { type SimulatedCluster, simulateCluster } from '../../testkit/src/cluster/cluster.js';
import { failureOf } from '../support/feature-calls.js';
import { quickParts } from '../support/quick-clock.js';
import { FakeKubernetes, refusal } from './support/fake-kubernetes.js';

type Step = 'reboot' | DrainedStep;

let cluster: SimulatedCluster;
let worker: TalosNode;
let kubernetes: FakeKubernetes;
let parts: ReturnType<typeof quickParts>;
let steps: string[];

beforeEach(async () => {
  cluster = await simulateCluster({ controlPlanes: 1, workers: 2 });
  onTestFinished(() => cluster.close());
  worker = cluster.client().node(cluster.node('worker-1').address);
  parts = quickParts();
  steps = [];
  kubernetes = new FakeKubernetes();
  const repelling = [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }];
  kubernetes.nodes.set('cp-1', { taints: repelling });
  kubernetes.nodes.set('worker-1', {});
  kubernetes.nodes.set('worker-2', {});
  kubernetes.addPod('default/web-1');
});

const isCordoned = () => kubernetes.nodes.get('worker-1')?.unschedulable === true;

/** Runs something on a drained node, as an operation that reboots it does. */
function withNodeDrained<Result>(
  run: (report: Drained) => Promise<Result>,
  { signal, timeoutMs, ...drain }: DrainOptions & OperationOptions<Step> = {},
): Promise<Result> {
  const onProgress: OperationOptions<Step>['onProgress'] = (progress) => {
    if (progress.type === 'step') steps.push(progress.step);
    if (progress.type === 'note') steps.push(progress.text);
  };
  const options = { signal, timeoutMs, onProgress };
  const setup = { name: 'reboot', target: worker, options, defaultTimeoutMs: 1_800_000, parts };
  return runOperation<Step, Result>(setup, (operation) =>
    drained<Step, Result>(operation, worker, { kubernetes, ...drain }, async (report) => {
      operation.begin('reboot');
      return run(report);
    }),
  );
}

describe('a drained node', () => {
  it('is cordoned and empty while it is rebooted, and takes pods again afterwards', async () => {
    const report = await withNodeDrained(async (found) => {
      expect(isCordoned()).toBe(true);
      expect(kubernetes.pods.size).toBe(0);
      return found;
    });
    expect(report).toEqual({
      drained: true,
      name: 'worker-1',
      wasSchedulable: true,
      evicted: ['default/web-1'],
      kept: [],
    });
    expect(steps).toEqual([
      'connect',
      'cordon',
      'drain',
      'reboot',
      'wait for kubernetes',
      'uncordon',
    ]);
    expect(isCordoned()).toBe(false);
  });

  it('is read once before it is cordoned, and the list of nodes with it', async () => {
    await withNodeDrained(async () => undefined);
    expect(kubernetes.asked.slice(0, 2)).toEqual(['nodes -', 'cordon worker-1']);
    kubernetes.asked.length = 0;
    await withNodeDrained(async () => undefined, { drain: 'always' });
    expect(kubernetes.asked.slice(0, 2)).toEqual(['get worker-1', 'cordon worker-1']);
  });

  it('stays cordoned if it was so before', async () => {
    kubernetes.nodes.set('worker-1', { unschedulable: true });
    expect(await withNodeDrained(async (found) => found)).toMatchObject({ wasSchedulable: false });
    expect(kubernetes.pods.size).toBe(0);
    expect(isCordoned()).toBe(true);
    expect(kubernetes.askedFor('uncordon')).toEqual([]);
  });

  it('is uncordoned once Kubernetes has it as ready in its new boot', async () => {
    const bootID = await cluster.node('worker-1').machine.bootId;
    let looks = 0;
    await withNodeDrained(async () => {
      kubernetes.nodes.set('worker-1', { unschedulable: true, bootID: 'of-the-boot-before' });
      kubernetes.before = (request) => {
        if (request !== 'get worker-1') return;
        looks += 1;
        const cordonedNode = { unschedulable: true, bootID };
        if (looks === 2) kubernetes.nodes.set('worker-1', { ...cordonedNode, ready: false });
        if (looks === 3) kubernetes.nodes.set('worker-1', cordonedNode);
      };
    });
    expect(parts.clock.waits.filter((ms) => ms === 5_000)).toHaveLength(2);
    expect(isCordoned()).toBe(false);
  });

  it('is uncordoned when what was run failed, which is the error', async () => {
    const error = await failureOf(
      withNodeDrained(async () => {
        throw new Error('it did not come back');
      }),
    );
    expect(error).toMatchObject({
      code: 'operation',
      step: 'reboot',
      message: expect.stringContaining('reboot: it did not come back'),
    });
    expect(isCordoned()).toBe(false);
    expect(steps).not.toContain('wait for kubernetes');
  });

  it('is uncordoned when draining fails, and nothing was run', async () => {
    kubernetes.onEvict = () => {
      throw refusal(429, 'TooManyRequests', 'DisruptionBudget');
    };
    const running = withNodeDrained(async () => 'ran', { drainTimeoutMs: 120_000 });
    const error = await failureOf(parts.clock.turnUntil(running, 60_000));
    expect(error).toMatchObject({
      step: 'drain',
      message: expect.stringContaining('gave up after 120000 ms, waiting for pods to leave'),
    });
    expect(steps).not.toContain('reboot');
    expect(isCordoned()).toBe(false);
  });

  it.each(['drain', 'reboot', 'wait for kubernetes'])(
    'is uncordoned when the caller ends it: %s',
    async (at) => {
      const stop = new AbortController();
      const reason = new Error('enough');
      kubernetes.before = (request) => {
        if (at === 'drain' && request.startsWith('evict')) stop.abort(reason);
        if (steps.at(-1) === 'wait for kubernetes' && request.startsWith('get')) stop.abort(reason);
      };
      const running = withNodeDrained(
        async () => {
          if (at === 'reboot') stop.abort(reason);
          kubernetes.nodes.set('worker-1', { unschedulable: true, ready: false });
          stop.signal.throwIfAborted();
        },
        { signal: stop.signal },
      );
      await expect(running).rejects.toBe(reason);
      expect(isCordoned()).toBe(false);
      expect(parts.clock.pending).toBe(0);
    },
  );

  it('is uncordoned when its caller ends the operation at that very step', async () => {
    const stop = new AbortController();
    kubernetes.before = (request) => {
      if (request.startsWith('uncordon')) stop.abort(new Error('too late'));
    };
    await Promise.allSettled([withNodeDrained(async () => 'done', { signal: stop.signal })]);
    expect(isCordoned()).toBe(false);
  });
});

describe('draining that is left to us', () => {
  it.each([
    ['there is none', undefined],
    ['it is cordoned', { unschedulable: true }],
    ['it is not ready', { ready: false }],
    ['it repels pods', { taints: [{ key: 'mine', effect: 'NoExecute' }] }],
  ])('is left out when no other node takes pods: %s', async (_, other) => {
    if (other === undefined) kubernetes.nodes.delete('worker-2');
    else kubernetes.nodes.set('worker-2', other);
    const report = await withNodeDrained(async (found) => found);
    expect(report).toEqual({ drained: false, reason: 'no other node takes pods' });
    expect(steps).toContain('not drained: no other node takes pods');
    expect(kubernetes.pods.size).toBe(1);
    expect(kubernetes.askedFor('cordon')).toEqual([]);
  });

  it('is done all the same when it was asked for', async () => {
    kubernetes.nodes.delete('worker-2');
    const report = await withNodeDrained(async (found) => found, { drain: 'always' });
    expect(report).toMatchObject({ drained: true });
  });

  it('is left out when the node is not in Kubernetes, unless it was asked for', async () => {
    kubernetes.nodes.delete('worker-1');
    const report = await withNodeDrained(async (found) => found);
    expect(report).toEqual({ drained: false, reason: 'not in Kubernetes' });
    const error = await failureOf(withNodeDrained(async () => 'ran', { drain: 'always' }));
    expect(error).toMatchObject({ code: 'operation', step: 'connect', outcome: 'unchanged' });
  });

  it('asks Kubernetes for nothing when it is not wanted', async () => {
    const report = await withNodeDrained(async (found) => found, { drain: 'never' });
    expect(report).toEqual({ drained: false, reason: 'not wanted' });
    expect(kubernetes.asked).toEqual([]);
    expect(steps).toEqual(['reboot']);
  });
});
