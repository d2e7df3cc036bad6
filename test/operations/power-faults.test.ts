import { describe, expect, it } from 'vitest';
import { eventsMethods } from '../../generated/features/events.js';
import { lifecycle, lifecycleMethods } from '../../generated/features/lifecycle.js';
import { reset } from '../../src/operations/reset/index.js';
import { rollback } from '../../src/operations/rollback/index.js';
import { rollingReboot } from '../../src/operations/rolling-reboot/index.js';
import type { OperationOptions } from '../../src/operations/run/options.js';
import { shutdown } from '../../src/operations/shutdown/index.js';
import type { ReconnectParts } from '../../src/reconnect/index.js';
import type { Role } from '../../src/runtime/method.js';
import type { Target } from '../../src/runtime/target.js';
import type { SimulatedNode } from '../../testkit/src/cluster/node.js';
import { failureOf } from '../support/feature-calls.js';
import { type TurningCluster, turningCluster } from '../support/turning.js';

/** An operation that takes a node down, and how it is seen that it was done. */
interface Power {
  readonly method: typeof lifecycleMethods.shutdown | typeof lifecycleMethods.reset;
  readonly prepare?: (
    node: SimulatedNode,
    target: Target,
    turning: TurningCluster,
  ) => Promise<void>;
  readonly run: (
    target: Target,
    options: OperationOptions,
    parts: ReconnectParts,
  ) => Promise<unknown>;
  readonly isDone: (node: SimulatedNode) => boolean;
}

const keptIdentity = {
  mode: 'SYSTEM_DISK',
  graceful: true,
  reboot: true,
  systemPartitions: ['EPHEMERAL'],
} as const;

const powers: Readonly<Record<string, Power>> = {
  shutdown: {
    method: lifecycleMethods.shutdown,
    run: (target, options, parts) => shutdown(target, options as object, parts),
    isDone: ({ isOn }) => !isOn,
  },
  reset: {
    method: lifecycleMethods.reset,
    run: (target, options, parts) => reset(target, keptIdentity, options as object, parts),
    isDone: ({ machine }) => machine.boots === 2,
  },
  rollback: {
    method: lifecycleMethods.rollback as never,
    prepare: async (node, target, { turnUntil }) => {
      const image = 'ghcr.io/siderolabs/installer:v1.14.1';
      await turnUntil(lifecycle(target).upgradeLegacy({ image }));
      await turnUntil(
        node.until(() => node.talosVersion === 'v1.14.1' && node.stage === 'RUNNING'),
      );
    },
    run: (target, options, parts) =>
      rollback(target, { ...(options as object), drain: 'never' }, parts),
    isDone: ({ talosVersion }) => talosVersion === 'v1.14.0',
  },
};

/** A worker over mTLS, behind control planes, and what is done to it. */
async function start({ method, prepare, run, isDone }: Power, controlPlanes = 2) {
  const turning = await turningCluster({ controlPlanes, workers: 1, transport: 'tls' });
  const { cluster, parts } = turning;
  const node = cluster.node('worker-1');
  const target = (role: Role) => cluster.client({ role }).node(node.address);
  await prepare?.(node, target('os:admin'), turning);
  return {
    cluster,
    node,
    run: (options: OperationOptions = {}, role: Role = 'os:admin') =>
      turning.turnUntil(run(target(role), options, parts)),
    asked: () => cluster.journal.of(method as never, node.name).length,
    isDone: () => isDone(node),
  };
}

const at =
  (step: string, run: () => void): OperationOptions['onProgress'] =>
  (progress) => {
    if (progress.type === 'step' && progress.step === step) run();
  };

describe.each(Object.entries(powers))('over mTLS, %s', (name, power) => {
  it('whose call alone is cut off is found by looking, and not sent again', async () => {
    const { node, run, asked, isDone } = await start(power);
    node.reset(power.method as never, { times: 1 });
    await run();
    expect(isDone()).toBe(true);
    expect(asked()).toBe(1);
  });

  it('that is never answered is not sent again', async () => {
    const { node, run, asked, isDone } = await start(power);
    node.stall(power.method as never, { times: 1 });
    const outcome = name === 'rollback' ? 'unknown' : 'unchanged';
    expect(await failureOf(run())).toMatchObject({ code: 'operation', step: 'stop', outcome });
    expect(isDone()).toBe(false);
    expect(asked()).toBe(1);
  });

  it('that is answered late is done once', async () => {
    const { node, run, asked, isDone } = await start(power);
    node.delay(power.method as never, 10_000);
    await run();
    expect(isDone()).toBe(true);
    expect(asked()).toBe(1);
  });

  it('goes on when the stream of events is lost again and again', async () => {
    const { node, run, asked, isDone } = await start(power);
    node.drop(eventsMethods.watch, { when: { replies: 2 }, times: 3 });
    await run();
    expect(isDone()).toBe(true);
    expect(asked()).toBe(1);
  });

  it('goes on when the endpoint that it goes through is gone', async () => {
    const { cluster, run, asked, isDone } = await start(power, 3);
    const onProgress = at('stop', () => {
      const [watched] = cluster.journal.of(eventsMethods.watch);
      cluster.node(watched?.endpoint ?? '').kill();
    });
    await run({ onProgress });
    expect(isDone()).toBe(true);
    expect(asked()).toBe(1);
  });

  it('of a node that is gone changes nothing', async () => {
    const { node, run, asked } = await start(power);
    node.disconnect();
    expect(await failureOf(run())).toMatchObject({ step: 'look', outcome: 'unchanged' });
    expect(asked()).toBe(0);
  });

  it('is refused to a reader', async () => {
    const { run, asked, isDone } = await start(power);
    expect(await failureOf(run({}, 'os:reader'))).toMatchObject({
      outcome: 'unchanged',
      cause: { status: 'permission-denied' },
    });
    expect(isDone()).toBe(false);
    expect(asked()).toBeLessThanOrEqual(1);
  });

  it.each(['look', 'send', 'stop'])(
    'that its caller ends at the step %s ends with the reason of the caller',
    async (step) => {
      const { run, asked } = await start(power);
      const caller = new AbortController();
      const reason = new Error('enough');
      const onProgress = at(step, () => queueMicrotask(() => caller.abort(reason)));
      await expect(run({ onProgress, signal: caller.signal })).rejects.toBe(reason);
      expect(asked()).toBeLessThanOrEqual(step === 'look' ? 0 : 1);
    },
  );
});

describe('over mTLS, rollingReboot', () => {
  async function startRolling() {
    const turning = await turningCluster({ controlPlanes: 3, workers: 1, transport: 'tls' });
    const { cluster, parts } = turning;
    const nodes = cluster.client({ role: 'os:admin' }).nodes();
    return {
      cluster,
      run: () => turning.turnUntil(rollingReboot(nodes, { drain: 'never' }, parts)),
      asked: () =>
        cluster.nodes.map(({ name }) => cluster.journal.of(lifecycleMethods.reboot, name).length),
      boots: () => cluster.nodes.map(({ machine }) => machine.boots - 1),
    };
  }

  it('reboots each node once although replies are lost after they ran', async () => {
    const { cluster, run, asked, boots } = await startRolling();
    for (const node of cluster.nodes) {
      node.drop(lifecycleMethods.reboot, { when: 'after', times: 1 });
    }
    expect((await run()).done).toHaveLength(4);
    expect(asked()).toEqual([1, 1, 1, 1]);
    expect(boots()).toEqual([1, 1, 1, 1]);
  });

  it('stops at a node that the action did not reach, and names those before and behind it', async () => {
    const { cluster, run, asked, boots } = await startRolling();
    const second = cluster.node('cp-2');
    second.drop(lifecycleMethods.reboot, { when: 'before', times: 1 });
    const error = await failureOf(run());
    expect(error).toMatchObject({
      code: 'operation',
      node: second.address,
      done: [cluster.node('cp-1').address],
      left: [cluster.node('cp-3').address, cluster.node('worker-1').address],
    });
    expect(asked()).toEqual([1, 1, 0, 0]);
    expect(boots()).toEqual([1, 0, 0, 0]);
  });

  it('stops at a node that dies, before the next one is touched', async () => {
    const { cluster, run, asked } = await startRolling();
    cluster.node('cp-2').dieAfter(lifecycleMethods.reboot);
    expect(await failureOf(run())).toMatchObject({
      code: 'operation',
      node: cluster.node('cp-2').address,
      outcome: expect.stringMatching(/^(changed|unknown)$/),
    });
    expect(asked()).toEqual([1, 1, 0, 0]);
  });
});
