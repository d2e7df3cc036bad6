import { expect, it } from 'vitest';
import { type Event, eventsMethods } from '../../../generated/features/events.js';
import { lifecycle, lifecycleMethods } from '../../../generated/features/lifecycle.js';
import { resourcesMethods } from '../../../generated/features/resources.js';
import { systemMethods } from '../../../generated/features/system.js';
import {
  type RebootOptions,
  type RebootStep,
  reboot,
} from '../../../src/operations/reboot/index.js';
import type { OperationProgress } from '../../../src/operations/run/progress.js';
import type { Init } from '../../../src/runtime/codec.js';
import { failureOf } from '../../support/feature-calls.js';
import { type TurningCluster, turningCluster } from '../../support/turning.js';

type Told = OperationProgress<RebootStep>;

/** Reboots worker-1, and notes what is told. */
function rebooting(
  { cluster, parts, turnUntil }: TurningCluster,
  { role = 'os:admin', ...options }: RebootOptions & { role?: 'os:admin' | 'os:operator' } = {},
) {
  const node = cluster.node('worker-1');
  const told: Told[] = [];
  const onProgress = (progress: Told): void => {
    told.push(progress);
    options.onProgress?.(progress);
  };
  const target = cluster.client({ role }).node(node.address);
  const running = reboot(target, { drain: 'never', ...options, onProgress }, parts);
  const steps = () => told.flatMap((progress) => (progress.type === 'step' ? [progress.step] : []));
  return { node, told, steps, done: () => turnUntil(running), running };
}

const withWorker = { controlPlanes: 3, workers: 1 };

it('reboots a node once, and ends when it is in another boot, running and ready', async () => {
  const turning = await turningCluster(withWorker);
  const { node, steps, told, done } = rebooting(turning);
  const before = node.bootId;
  expect(await done()).toEqual({
    node: node.address,
    previousBootId: before,
    bootId: node.bootId,
    drained: { drained: false, reason: 'not wanted' },
  });
  expect(node.bootId).not.toBe(before);
  expect(node.stage).toBe('RUNNING');
  expect(node.machine.boots).toBe(2);
  expect(turning.cluster.journal.of(lifecycleMethods.reboot)).toHaveLength(1);
  expect(steps()).toEqual(['look', 'send', 'stop', 'boot', 'ready']);
  expect(told).toContainEqual(expect.objectContaining({ type: 'phase', sequence: 'reboot' }));
  expect(told).toContainEqual(
    expect.objectContaining({ type: 'waiting', what: 'the node to be ready' }),
  );
});

it('sends nothing before the subscription to the events holds', async () => {
  const turning = await turningCluster(withWorker);
  const { cluster } = turning;
  cluster.node('worker-1').delay(eventsMethods.watch, 5_000);
  const { done, node } = rebooting(turning);
  await done();
  const [sent] = cluster.journal.of(lifecycleMethods.reboot);
  const [watched] = cluster.journal.of(eventsMethods.watch);
  expect(sent?.at).toBeGreaterThanOrEqual((watched?.at ?? Infinity) + 5_000);
  expect(node.machine.boots).toBe(2);
});

it('sends nothing when the node does not tell its events', async () => {
  const turning = await turningCluster(withWorker);
  const { cluster } = turning;
  cluster.node('worker-1').stall(eventsMethods.watch);
  const error = await failureOf(rebooting(turning).done());
  expect(error).toMatchObject({ code: 'operation', step: 'look', outcome: 'unchanged' });
  expect(cluster.journal.of(lifecycleMethods.reboot)).toHaveLength(0);
});

it('tells at once that a node refused which is busy with something else', async () => {
  const turning = await turningCluster(withWorker);
  const { cluster } = turning;
  const node = cluster.node('worker-1');
  const image = 'ghcr.io/siderolabs/installer:v1.14.1';
  await turning.turnUntil(lifecycle(cluster.client().node(node.address)).upgradeLegacy({ image }));
  const { running } = rebooting(turning, { timeoutMs: 300_000 });
  const error = await turning.turnUntil(failureOf(running));
  expect(error).toMatchObject({ step: 'stop', outcome: 'unchanged', node: node.address });
  expect(error.message).toContain('the node refused: sequence not started');
});

it('is not misled by the refusal of somebody else after its own reboot began', async () => {
  const turning = await turningCluster(withWorker);
  const locked = { code: 'LOCKED', message: 'sequence not started: locked' } as const;
  const { node, done } = rebooting(turning, {
    onProgress: (progress) => {
      if (progress.type !== 'phase' || progress.step !== 'stop') return;
      if (progress.sequence === 'reboot' && node.isOn) {
        const value = { sequence: 'reboot', action: 'NOOP', error: locked } as const;
        node.events.emit({ case: 'sequence', value });
      }
    },
  });
  expect(await done()).toMatchObject({ bootId: node.bootId });
});

it('fails when the sequence does, and says where the node was', async () => {
  const turning = await turningCluster(withWorker);
  const { node, done } = rebooting(turning, {
    onProgress: (progress) => {
      if (progress.type !== 'phase' || progress.task === undefined || progress.step !== 'stop') {
        return;
      }
      const error = { code: 'FATAL', message: 'failed to unmount: busy' } as const;
      const [{ actorId } = { actorId: '' }] = node.events.kept.filter(
        ({ payload }) => payload.case === 'sequence' && payload.value.sequence === 'reboot',
      );
      node.events.emit(
        { case: 'sequence', value: { sequence: 'reboot', action: 'NOOP', error } },
        actorId,
      );
    },
  });
  const error = await failureOf(done());
  expect(error).toMatchObject({ step: 'stop', outcome: 'changed' });
  expect(error.message).toMatch(
    /reboot failed: failed to unmount: busy; the node was last at reboot, \w+, \w+, for \d+ s/,
  );
});

it('names the phase in which a node is stuck', async () => {
  const turning = await turningCluster(withWorker);
  const { node, done } = rebooting(turning, { timeoutMs: 200_000, mode: 'POWERCYCLE' });
  node.on(lifecycleMethods.reboot, () => {
    const actorId = '5d9e3c1e-0000-4000-8000-000000000001';
    const { events } = node;
    events.emit({ case: 'sequence', value: { sequence: 'reboot', action: 'START' } }, actorId);
    events.emit({ case: 'phase', value: { phase: 'umount', action: 'START' } }, actorId);
    events.emit({ case: 'task', value: { task: 'unmountPodMounts', action: 'START' } }, actorId);
    return { actorId };
  });
  const error = await failureOf(done());
  expect(error).toMatchObject({ step: 'stop', outcome: 'changed' });
  expect(error.message).toMatch(
    /gave up after 200000 ms, waiting for the node to go down; the node was last at reboot, umount, unmountPodMounts, for \d{3} s/,
  );
});

it('finds a reboot behind a stream that stays open and silent', async () => {
  const turning = await turningCluster(withWorker);
  const { cluster } = turning;
  const { node, done } = rebooting(turning);
  const watched = cluster.journal.waitFor(
    ({ rpc, replies }) => rpc.endsWith('/Events') && replies > 0,
  );
  const cut = watched.then(({ endpoint }) => cluster.partition([endpoint], [node.address]));
  expect(await done()).toMatchObject({ bootId: node.bootId });
  await cut;
  expect(node.machine.boots).toBe(2);
  expect(cluster.journal.of(lifecycleMethods.reboot)).toHaveLength(1);
});

it('skips events that it does not know', async () => {
  const turning = await turningCluster(withWorker);
  const { node, done } = rebooting(turning);
  node.on(eventsMethods.watch, async function* (): AsyncGenerator<Init<Event>> {
    yield { id: 'cq9b0g2l0pk1ahp3v1c0' };
    const data = { typeUrl: 'talos/runtime/machine.NewEvent', value: Uint8Array.of(255, 255) };
    for (;;) {
      yield { id: 'cq9b0g2l0pk1ahp3v1cg', data };
      await new Promise((resolve) => node.machine.clock.setTimer(1_000, () => resolve(0)));
    }
  });
  expect(await done()).toMatchObject({ bootId: node.bootId });
});

it('knows a reboot by the time of the boot where the id is told to admins only', async () => {
  const turning = await turningCluster({ ...withWorker, talosVersion: 'v1.13.0' });
  const { node, done } = rebooting(turning, { role: 'os:operator' });
  expect(await done()).toEqual({
    node: node.address,
    previousBootId: undefined,
    bootId: undefined,
    drained: { drained: false, reason: 'not wanted' },
  });
  expect(node.machine.boots).toBe(2);
  expect(node.stage).toBe('RUNNING');
});

it('knows a reboot by the node being gone where nothing tells its boot', async () => {
  const turning = await turningCluster({ ...withWorker, talosVersion: 'v1.13.0' });
  const { node, done } = rebooting(turning, { role: 'os:operator' });
  node.fail(systemMethods.systemStat, 'permission-denied');
  await done();
  expect(node.machine.boots).toBe(2);
  expect(node.stage).toBe('RUNNING');
});

it('refuses an address that another node has taken over', async () => {
  const turning = await turningCluster({ controlPlanes: 3, workers: 2 });
  const { cluster } = turning;
  const vip = '10.5.0.200';
  let holder = 'worker-1';
  const known = cluster.machineAt.bind(cluster);
  cluster.machineAt = (target, from) => known(target === vip ? holder : target, from);
  const target = cluster.client().node(vip);
  const onProgress = ({ step }: Told): void => {
    if (step === 'stop') holder = 'worker-2';
  };
  const error = await turning.turnUntil(
    failureOf(reboot(target, { drain: 'never', onProgress }, turning.parts)),
  );
  expect(error).toMatchObject({ outcome: 'changed' });
  expect(error.message).toContain('another node answers at this address now');
  expect(cluster.journal.of(lifecycleMethods.reboot).map(({ node }) => node)).toEqual(['worker-1']);
});

it('goes on waiting when a node answers late, and when looks fail', async () => {
  const turning = await turningCluster(withWorker);
  const { node, done } = rebooting(turning, {
    onProgress: ({ type, step }) => {
      if (type !== 'step' || step !== 'stop') return;
      node.delay(resourcesMethods.get, 4_000);
      node.fail(resourcesMethods.get, 'unavailable', { times: 3 });
    },
  });
  expect(await done()).toMatchObject({ bootId: node.bootId });
});

it('gives up on a node that does not come back, and says so', async () => {
  const turning = await turningCluster(withWorker);
  const { node, done } = rebooting(turning, {
    timeoutMs: 200_000,
    onProgress: (progress) => {
      if (progress.type === 'phase' && progress.task === 'stopAllServices') node.kill();
    },
  });
  const error = await failureOf(done());
  expect(error).toMatchObject({ step: 'boot', outcome: 'changed', node: node.address });
  expect(error.message).toContain('gave up after 200000 ms, waiting for the node to answer: ');
});

it('gives up on a node that is never ready, and says what it lacks', async () => {
  const turning = await turningCluster(withWorker);
  const { node, done } = rebooting(turning, {
    timeoutMs: 200_000,
    onProgress: ({ step }) => {
      if (step === 'ready') node.services.break('kubelet', 'connection refused');
    },
  });
  const error = await failureOf(done());
  expect(error).toMatchObject({ step: 'ready', outcome: 'changed' });
  expect(error.message).toMatch(/waiting for the node to be ready: \w+; services: kubelet/);
});

it('ends with the reason of the caller while it waits for a node that is not ready', async () => {
  const turning = await turningCluster(withWorker);
  const caller = new AbortController();
  const reason = new Error('enough');
  const { node, running } = rebooting(turning, {
    signal: caller.signal,
    onProgress: (progress) => {
      if (progress.type === 'waiting' && progress.step === 'ready') caller.abort(reason);
    },
  });
  await expect(turning.turnUntil(running)).rejects.toBe(reason);
  expect(node.machine.boots).toBe(2);
});

it('ends with what the listener of the caller throws, also while the node tells its phases', async () => {
  const turning = await turningCluster(withWorker);
  const problem = new Error('the listener is broken');
  const { running } = rebooting(turning, {
    onProgress: ({ type }) => {
      if (type === 'phase') throw problem;
    },
  });
  const error = await turning.turnUntil(failureOf(running));
  expect(error).toMatchObject({ code: 'operation', outcome: 'changed', cause: problem });
});

it('ends when the client is closed', async () => {
  const turning = await turningCluster(withWorker);
  const { cluster } = turning;
  const talos = cluster.client();
  const onProgress = ({ step }: Told): void => {
    if (step === 'stop') void talos.close();
  };
  const target = talos.node(cluster.node('worker-1').address);
  const error = await turning.turnUntil(
    failureOf(reboot(target, { drain: 'never', onProgress }, turning.parts)),
  );
  expect(error).toMatchObject({ code: 'closed' });
});

it('refuses a target that may be any node, and options that it does not have', async () => {
  const turning = await turningCluster(withWorker);
  const talos = turning.cluster.client();
  expect(await failureOf(reboot(talos))).toMatchObject({ code: 'config', field: 'target' });
  const wrong = { mode: 'HARD' } as unknown as RebootOptions;
  const target = talos.node('10.5.0.5');
  expect(await failureOf(reboot(target, wrong))).toMatchObject({ code: 'config', field: 'mode' });
});
