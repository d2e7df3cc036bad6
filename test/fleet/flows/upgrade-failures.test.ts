import { describe, expect, it } from 'vitest';
import { imagesMethods } from '../../../generated/features/images.js';
import { lifecycleMethods } from '../../../generated/features/lifecycle.js';
import type { Ended } from '../../../src/fleet/engine/memory.js';
import type { UpgradeFleetInput } from '../../../src/fleet/index.js';
import { upgradeFleet } from '../../../src/fleet/index.js';
import type { SimulatedCluster } from '../../../testkit/src/cluster/cluster.js';
import type { ClusterOptions } from '../../../testkit/src/cluster/options.js';
import { SimulatedFleet } from './support/fleet.js';
import { type NodeTraces, tracesOf, untouched, upgradedOnce } from './support/rolled.js';
import { watchCluster } from './support/watch.js';

const image = 'ghcr.io/siderolabs/installer:v1.14.1';
const { upgrade, reboot } = lifecycleMethods;

/** What became of a cluster. */
interface Upgraded {
  readonly ended: Ended;
  readonly message: string;
  readonly traces: Readonly<Record<string, NodeTraces>>;
  readonly cluster: SimulatedCluster;
}

/** Upgrades a cluster that something is wrong with. */
async function upgrading(
  options: ClusterOptions,
  harm: (cluster: SimulatedCluster) => void,
  input: Partial<UpgradeFleetInput> = {},
): Promise<Upgraded> {
  await using fleet = await SimulatedFleet.start(['one'], options);
  const cluster = fleet.cluster('one');
  harm(cluster);
  const flow = upgradeFleet(fleet.options, fleet.parts);
  const ended = await fleet.run(flow, { clusters: ['one'], image, ...input });
  expect(fleet.open.size).toBe(0);
  // As it is now: all of it is gone with the cluster.
  const traces = tracesOf(cluster);
  return { ended, cluster, traces, message: ended.state === 'failed' ? ended.error.message : '' };
}

const workers = { controlPlanes: 1, workers: 3 } as const;

describe('upgradeFleet, when a node fails,', () => {
  it('begins no others of its cluster, and says which are done and which are left', async () => {
    const { traces, message } = await upgrading(workers, (one) => {
      one.node('worker-2').on(upgrade, async function* () {
        yield { progress: { response: { case: 'message', value: 'no space left\n' } } };
        yield { progress: { response: { case: 'exitCode', value: 3 } } };
      });
    });
    expect(message).toContain('1 failed: one: ');
    expect(message).toContain('one: upgradeFleet of 10.5.0.4: install: ');
    expect(message).toContain('the installer ended with the code 3');
    expect(message).toContain('; done: 10.5.0.2, 10.5.0.3; not begun: 10.5.0.5');
    expect(traces).toEqual({
      'cp-1': upgradedOnce,
      'worker-1': upgradedOnce,
      'worker-2': { ...untouched, installs: 1 },
      'worker-3': untouched,
    });
  });

  it('uncordons one that refuses its reboot', async () => {
    const { traces, message } = await upgrading(workers, (one) => {
      one.node('cp-1').fail(reboot, 'permission-denied');
    });
    expect(message).toContain('of 10.5.0.2: send: [permission-denied]');
    expect(traces).toMatchObject({ 'cp-1': { boots: 1, cordoned: false } });
  });

  it('leaves one cordoned that does not come back, and says so', async () => {
    const { traces, message } = await upgrading(workers, (one) => {
      const { machine } = one.node('worker-1');
      machine.onChange(() => {
        if (machine.stage === 'BOOTING' && machine.boots === 2) machine.halt('crash');
      });
    });
    expect(message).toContain('gave up after 1800000 ms');
    expect(message).toContain('the node stays cordoned: ');
    expect(traces['worker-1']).toMatchObject({
      installs: 1,
      reboots: 1,
      cordoned: true,
    });
    expect(traces['worker-2']).toEqual(untouched);
  });

  it('uncordons one whose pods a budget holds, and installs nothing', async () => {
    const { traces, message } = await upgrading(
      workers,
      (one) => {
        one.kubernetes.addDeployment({ name: 'web', replicas: 3, budget: { minAvailable: 3 } });
      },
      { drainTimeoutMs: 30_000 },
    );
    expect(message).toContain(
      'drain: gave up after 30000 ms, waiting for pods to leave: default/web',
    );
    const all = Object.values(traces);
    expect(all.filter(({ cordoned }) => cordoned)).toEqual([]);
    expect(all.every(({ installs, reboots }) => installs === reboots)).toBe(true);
  });

  it('does nothing to a control plane that etcd needs', async () => {
    const { traces, message } = await upgrading({ controlPlanes: 3 }, (one) =>
      one.node('cp-3').etcd.raiseAlarm('NOSPACE'),
    );
    expect(message).toContain('gate: etcd would not go on without the node: cp-3 has the alarm');
    expect(Object.values(traces)).toEqual([untouched, untouched, untouched]);
  });

  it('does nothing to a cluster with a node that does not answer', async () => {
    const { traces, message } = await upgrading(workers, (one) => one.node('worker-3').kill());
    expect(message).toContain('of 10.5.0.5: plan: ');
    expect(traces).toMatchObject({ 'cp-1': untouched, 'worker-1': untouched });
  });

  it('fails when the node comes back with what it ran before', async () => {
    const { traces, message } = await upgrading(workers, (one) => {
      one.node('cp-1').on(upgrade, async function* () {
        yield { progress: { response: { case: 'exitCode', value: 0 } } };
      });
    });
    expect(message).toContain('verify: the node came back with v1.14.0, not v1.14.1');
    expect(traces).toMatchObject({
      'cp-1': { version: 'v1.14.0', installs: 1, reboots: 1, cordoned: false },
      'worker-1': untouched,
    });
  });

  it('runs an installer once more that nobody saw end, and that did not come to its end', async () => {
    const { ended, traces } = await upgrading({ controlPlanes: 1, workers: 2 }, (one) => {
      const node = one.node('worker-1');
      const stop = node.on(upgrade, async function* () {
        stop();
        node.logs.write(
          'machined',
          '2026-01-01T00:00:00.000Z INFO starting upgrade {"disk": "/dev/sda"}',
        );
        yield { progress: { response: { case: 'message', value: 'writing\n' } } };
        node.machine.dropConnections();
      });
    });
    expect(ended.state).toBe('done');
    expect(traces['worker-1']).toEqual({
      ...upgradedOnce,
      boots: 3,
      installs: 2,
      reboots: 2,
    });
  });

  it('ends when the installer cannot be pulled, before anything is done', async () => {
    const { traces, message } = await upgrading(workers, (one) => one.registry.withdraw(image));
    expect(message).toContain('of 10.5.0.2: pull: ');
    expect(Object.values(traces)).toEqual([untouched, untouched, untouched, untouched]);
  });

  it('tries a pull again', async () => {
    const { ended } = await upgrading(workers, (one) => {
      one.node('cp-1').fail(imagesMethods.pull, 'internal', { times: 2 });
    });
    expect(ended.state).toBe('done');
  });

  it('names the cluster that it cannot connect to, and tries again', async () => {
    await using fleet = await SimulatedFleet.start(['one']);
    let asked = 0;
    const options = {
      ...fleet.options,
      connect: () => {
        asked += 1;
        throw new Error('no context "one" in the talosconfig');
      },
    };
    const flow = upgradeFleet(options, fleet.parts);
    const ended = await fleet.run(flow, { clusters: ['one'], image });
    expect(ended).toMatchObject({ state: 'failed' });
    const { message } = (ended as { error: { message: string } }).error;
    expect(message).toContain('connect: one: no context "one" in the talosconfig');
    expect(asked).toBe(4);
  });

  it('is refused to a reader before anything is done', async () => {
    await using fleet = await SimulatedFleet.start(['one'], workers);
    const cluster = fleet.cluster('one');
    const options = { ...fleet.options, connect: () => cluster.client({ role: 'os:reader' }) };
    const flow = upgradeFleet(options, fleet.parts);
    const ended = await fleet.run(flow, { clusters: ['one'], image });
    expect((ended as { error: { message: string } }).error.message).toContain('permission-denied');
    expect(Object.values(tracesOf(cluster))).toEqual([untouched, untouched, untouched, untouched]);
  });
});

describe('upgradeFleet', () => {
  it('skips nodes that run the image already, and cordons none', async () => {
    const { ended, traces } = await upgrading(workers, () => {}, {
      image: 'ghcr.io/siderolabs/installer:v1.14.0',
    });
    const [done] = (ended as unknown as { output: { clusters: { nodes: object[] }[] } }).output
      .clusters;
    expect(done?.nodes).toHaveLength(4);
    for (const node of done?.nodes ?? []) {
      expect(node).toMatchObject({ state: 'skipped', version: 'v1.14.0', drained: 'not wanted' });
    }
    expect(Object.values(traces)).toEqual([untouched, untouched, untouched, untouched]);
  });

  it('leaves a node cordoned that was so before', async () => {
    const { ended, traces } = await upgrading(workers, (one) => {
      const body = JSON.stringify({ spec: { unschedulable: true } });
      const headers = { 'content-type': 'application/merge-patch+json' };
      void one.kubernetes.fetch('/api/v1/nodes/worker-2', { method: 'PATCH', body, headers });
    });
    expect(ended.state).toBe('done');
    expect(traces).toMatchObject({
      'worker-1': upgradedOnce,
      'worker-2': { ...upgradedOnce, cordoned: true },
    });
  });

  it('takes so many workers at a time, and control planes one at a time all the same', async () => {
    await using fleet = await SimulatedFleet.start(['one'], { controlPlanes: 3, workers: 4 });
    const watched = watchCluster(fleet.cluster('one'));
    const flow = upgradeFleet(fleet.options, fleet.parts);
    const ended = await fleet.run(flow, { clusters: ['one'], image, maxUnavailable: 2 });
    expect(ended.state).toBe('done');
    expect(watched.controlPlanesDown()).toBe(1);
    expect(watched.workersDown()).toBe(2);
  });

  it('upgrades nodes before Talos 1.13 by their older call, once', async () => {
    const { ended, traces, cluster } = await upgrading(
      { controlPlanes: 1, workers: 2, talosVersion: 'v1.12.4' },
      () => {},
      { image: 'ghcr.io/siderolabs/installer:v1.13.0' },
    );
    expect(ended.state).toBe('done');
    const once = { ...upgradedOnce, version: 'v1.13.0', installs: 0, reboots: 0 };
    expect(traces).toEqual({ 'cp-1': once, 'worker-1': once, 'worker-2': once });
    expect(cluster.journal.of(lifecycleMethods.upgradeLegacy)).toHaveLength(3);
  });

  it('does not ask Kubernetes when nodes are not to be drained', async () => {
    const { ended, cluster } = await upgrading(workers, () => {}, { drain: 'never' });
    expect(ended.state).toBe('done');
    expect(cluster.kubernetes.requests).toEqual([]);
  });
});
