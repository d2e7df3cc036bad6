import { getEventListeners } from 'node:events';
import type { ClusterOptions, SimulatedCluster, SimulatedNode } from 'talos-client-testkit';
import { describe, expect, it } from 'vitest';
import { ServicePID } from '../../generated/cosi/kinds/runtime.js';
import { configuration } from '../../generated/features/configuration.js';
import { events } from '../../generated/features/events.js';
import {
  type LifecycleServiceInstallProgress,
  lifecycle,
  lifecycleMethods,
  type ResetRequest,
} from '../../generated/features/lifecycle.js';
import { services } from '../../generated/features/services.js';
import { system } from '../../generated/features/system.js';
import { cosi } from '../../src/cosi/index.js';
import { type DecodedEvent, decodeEvent } from '../../src/events/index.js';
import type { Target } from '../../src/runtime/target.js';
import { installers } from '../../testkit/src/node/lifecycle/installer-run.js';
import { sequences } from '../../testkit/src/node/sequences/sequences.js';
import { etcdOn } from '../../testkit/src/topics/etcd/etcd-node.js';
import { images } from '../../testkit/src/topics/images/images.js';
import { kubernetes } from '../../testkit/src/topics/kubernetes/kubernetes.js';
import { installation } from '../../testkit/src/topics/system/installation.js';
import { meta } from '../../testkit/src/topics/system/meta.js';
import { recordCoverage } from '../support/coverage.js';
import {
  expectCancelled,
  expectDeadline,
  expectRefused,
  failureOf,
  tlsCluster,
} from '../support/feature-calls.js';

const covered = recordCoverage();

async function started(controlPlanes = 1, workers = 1, options: ClusterOptions = {}) {
  const cluster = covered(await tlsCluster({ controlPlanes, workers, ...options }));
  const talos = cluster.client();
  const node = cluster.node('worker-1');
  return { cluster, talos, node, target: talos.node(node.address) };
}

/** Everything that a node tells from now on, until it stops telling. */
function follow(target: Target): { ready: Promise<void>; ended: Promise<DecodedEvent[]> } {
  const stream = events(target).watch();
  const ready = stream.next().then(() => {});
  const ended = ready.then(async () => {
    const seen: DecodedEvent[] = [];
    for await (const event of stream) seen.push(decodeEvent(event));
    return seen;
  });
  return { ready, ended };
}

function phasesOf(seen: readonly DecodedEvent[], actorId: string): string[] {
  return seen.flatMap(({ payload, actorId: actor }) =>
    payload.case === 'phase' && actor === actorId && payload.value.action === 'START'
      ? [payload.value.phase]
      : [],
  );
}

async function rebooted(node: SimulatedNode, boots = 2): Promise<void> {
  await node.until(() => node.machine.boots === boots && node.stage === 'RUNNING');
}

describe('reboot', () => {
  it('answers with the id of its events, goes through its phases, and boots anew', async () => {
    const { node, target } = await started();
    const { bootId } = node;
    const told = follow(target);
    await told.ready;
    const { actorId } = await lifecycle(target).reboot({ mode: 'DEFAULT' });
    const seen = await told.ended;
    expect(phasesOf(seen, actorId)).toEqual([
      'cleanup',
      'dbus',
      'denyNewServices',
      'stopServices',
      'umount',
      'unmountBind',
      'unmountPromotable',
      'unmountSystem',
      'volumeFinalize',
      'stopEverything',
    ]);
    const [stage] = seen.flatMap(({ payload }) =>
      payload.case === 'machineStatus' ? [payload.value.stage] : [],
    );
    expect(stage).toBe('REBOOTING');
    await rebooted(node);
    expect(node.bootId).not.toBe(bootId);
    expect((await system(target).hostname()).hostname).toBe('worker-1');
  });

  it('happens although the connection broke before the answer', async () => {
    const { cluster, node } = await started();
    const direct = cluster.client({ endpoint: 'cp-1' }).node('10.5.0.2');
    cluster.node('cp-1').drop(lifecycleMethods.reboot, { when: 'after' });
    expect(await failureOf(lifecycle(direct).reboot({ mode: 'DEFAULT' }))).toMatchObject({
      status: 'unavailable',
    });
    await rebooted(cluster.node('cp-1'));
    expect(node.machine.boots).toBe(1);
  });

  it('is refused to readers', async () => {
    const { cluster } = await started();
    await expectRefused(
      lifecycle(cluster.client({ role: 'os:reader' })).reboot({ mode: 'DEFAULT' }),
    );
  });

  it('ends at the deadline of the caller', async () => {
    const { node, target } = await started();
    await expectDeadline(node, lifecycleMethods.reboot, (options) =>
      lifecycle(target).reboot({ mode: 'DEFAULT' }, options),
    );
  });

  it('leaves out what takes time when it is forced', async () => {
    const { target } = await started();
    const told = follow(target);
    await told.ready;
    const { actorId } = await lifecycle(target).reboot({ mode: 'FORCE' });
    expect(phasesOf(await told.ended, actorId)).not.toContain('cleanup');
  });
});

describe('shutdown', () => {
  it('drains the node and turns it off, until it is turned on again', async () => {
    const { cluster, node, target } = await started();
    const told = follow(target);
    await told.ready;
    const { actorId } = await lifecycle(target).shutdown({ force: false });
    const phases = phasesOf(await told.ended, actorId);
    expect(phases.slice(0, 3)).toEqual(['storeShutdown', 'drain', 'cleanup']);
    await node.until(() => !node.isOn);
    expect(cluster.state(kubernetes).find(node.machine)).toMatchObject({
      ready: false,
      unschedulable: true,
    });
    expect(await failureOf(system(target).hostname())).toMatchObject({ status: 'unavailable' });
    node.powerOn();
    await rebooted(node);
    expect(cluster.state(kubernetes).find(node.machine)?.unschedulable).toBe(false);
  });

  it('takes over from a sequence that is running', async () => {
    const { node, target } = await started();
    const told = follow(target);
    await told.ready;
    const client = lifecycle(target);
    const rebooting = await client.reboot({ mode: 'DEFAULT' });
    await client.shutdown({ force: true });
    const seen = await told.ended;
    const cancelled = seen.filter(
      ({ payload }) => payload.case === 'sequence' && payload.value.error?.code === 'CANCELED',
    );
    expect(cancelled).toMatchObject([{ actorId: rebooting.actorId }]);
    await node.until(() => !node.isOn);
  });

  it('is refused to readers, ends when the caller gives up, and fails as the node says', async () => {
    const { cluster, node, target } = await started();
    const reader = lifecycle(cluster.client({ role: 'os:reader' }));
    await expectRefused(reader.shutdown({ force: true }));
    await expectCancelled(node, lifecycleMethods.shutdown, (options) =>
      lifecycle(target).shutdown({ force: true }, options),
    );
    node.fail(lifecycleMethods.shutdown, 'failed-precondition');
    expect(await failureOf(lifecycle(target).shutdown({ force: true }))).toMatchObject({
      status: 'failed-precondition',
    });
    expect(node.isOn).toBe(true);
  });
});

describe('reset', () => {
  const everything = {
    systemPartitionsToWipe: [],
    userDisksToWipe: [],
    mode: 'SYSTEM_DISK',
  } as const;

  it('takes a control plane out of etcd and Kubernetes, and leaves nothing on its disk', async () => {
    const { cluster, talos } = await started(3, 1);
    const node = cluster.node('cp-3');
    const target = talos.node(node.address);
    const told = follow(target);
    await told.ready;
    const { actorId } = await lifecycle(target).reset({
      ...everything,
      graceful: true,
      reboot: true,
    });
    const phases = phasesOf(await told.ended, actorId);
    expect(phases.slice(0, 5)).toEqual(['drain', 'cleanup', 'dbus', 'leave', 'preReset']);
    await node.until(() => node.machine.boots === 2 && node.stage === 'MAINTENANCE');
    expect(node.type).toBeUndefined();
    expect(etcdOn(node.machine).hasData).toBe(false);
    expect(node.machine.state(installation).isInstalled).toBe(false);
    expect(cluster.state(kubernetes).knows(node.machine)).toBe(false);
  });

  it('wipes the volumes that are named, and turns the node off unless it is to reboot', async () => {
    const { node, target } = await started();
    node.machine.state(meta).write(12, 'kept');
    await lifecycle(target).reset({
      graceful: false,
      reboot: false,
      mode: 'SYSTEM_DISK',
      systemPartitionsToWipe: [
        { label: 'STATE', wipe: true },
        { label: 'META', wipe: false },
      ],
      userDisksToWipe: [],
    });
    await node.until(() => !node.isOn);
    node.powerOn();
    await node.untilStage('MAINTENANCE');
    expect(node.machine.state(installation).isInstalled).toBe(true);
    expect(node.machine.state(meta).read(12)).toBe('kept');
  });

  it('is refused to operators, and ends when the caller gives up', async () => {
    const { cluster, node, target } = await started();
    const request = { ...everything, graceful: false, reboot: true };
    await expectRefused(lifecycle(cluster.client({ role: 'os:operator' })).reset(request));
    await expectCancelled(node, lifecycleMethods.reset, (options) =>
      lifecycle(target).reset(request, options),
    );
  });

  const refusals: readonly {
    readonly what: string;
    readonly mode: ResetRequest['mode'];
    readonly volumes?: readonly string[];
    readonly disks?: readonly string[];
    readonly reason: string;
  }[] = [
    {
      what: 'partitions beside user disks',
      mode: 'USER_DISKS',
      volumes: ['STATE'],
      reason:
        "reset failed: invalid input, wipe mode USER_DISKS doesn't support SystemPartitionsToWipe parameter",
    },
    {
      what: 'user disks beside the system disk',
      mode: 'SYSTEM_DISK',
      disks: ['/dev/sdb'],
      reason:
        "reset failed: invalid input, wipe mode SYSTEM_DISK doesn't support UserDisksToWipe parameter",
    },
    {
      what: 'a volume that is not there',
      mode: 'SYSTEM_DISK',
      volumes: ['CACHE'],
      reason:
        'failed to get volume status with label "CACHE": ' +
        "resource VolumeStatuses.block.talos.dev(runtime/CACHE@undefined) doesn't exist",
    },
    {
      what: 'the system disk as a user disk',
      mode: 'USER_DISKS',
      disks: ['/dev/sda'],
      reason: 'reset user disk failed: device /dev/sda is the system disk',
    },
    {
      what: 'a disk that cannot be written',
      mode: 'ALL',
      disks: ['/dev/loop0'],
      reason: 'reset user disk failed: device /dev/loop0 is readonly',
    },
    {
      what: 'a disk that is not there',
      mode: 'USER_DISKS',
      disks: ['/dev/sdz'],
      reason: "reset user disk failed: device /dev/sdz wasn't found",
    },
  ];

  it.each(refusals)('fails for $what', async ({ mode, volumes = [], disks = [], reason }) => {
    const { node, target } = await started();
    const failed = lifecycle(target).reset({
      graceful: false,
      reboot: true,
      mode,
      systemPartitionsToWipe: volumes.map((label) => ({ label, wipe: true })),
      userDisksToWipe: [...disks],
    });
    expect(await failureOf(failed)).toMatchObject({ status: 'unknown', reason });
    expect(node.stage).toBe('RUNNING');
  });

  it('reboots when there is nothing to wipe', async () => {
    const { node, target } = await started();
    await lifecycle(target).reset({
      graceful: false,
      reboot: true,
      mode: 'USER_DISKS',
      systemPartitionsToWipe: [],
      userDisksToWipe: [],
    });
    await rebooted(node);
    expect(node.type).toBe('worker');
  });

  // A server of its own answered there until 1.13.
  it('wipes in maintenance of 1.12 before it answers, and only what is installed', async () => {
    const cluster = covered(
      await tlsCluster({ maintenance: true, sideroLink: true, talosVersion: 'v1.12.0' }),
    );
    const node = cluster.node('cp-1');
    const client = lifecycle(cluster.client());
    const request = { ...everything, mode: 'ALL', graceful: false, reboot: true } as const;
    expect(await failureOf(client.reset(request))).toMatchObject({
      status: 'unknown',
      reason: 'reset failed: Talos is not installed',
    });
    const partitions = { ...request, systemPartitionsToWipe: [{ label: 'META', wipe: true }] };
    expect(await failureOf(client.reset(partitions))).toMatchObject({
      reason: 'system partitions to wipe params is not supported in the maintenance mode',
    });
    const system = node.machine.state(installation);
    system.write('A', 'v1.12.0');
    await client.reset(request);
    expect(system.isInstalled).toBe(false);
    await node.until(() => node.machine.boots === 2 && node.stage === 'MAINTENANCE');
  });
});

async function all(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream) {
    // Until it ends.
  }
}

describe('installing and upgrading', () => {
  const source = { imageName: 'ghcr.io/siderolabs/installer:v1.14.1' };
  const containerd = { driver: 'CRI', namespace: 'NS_SYSTEM' } as const;

  it('is refused in the words of Talos', async () => {
    const cluster = await tlsCluster({ maintenance: true, sideroLink: true });
    const bare = lifecycle(cluster.client());
    const upgrade = { containerd, source };
    expect(await failureOf(all(bare.upgrade(upgrade)))).toMatchObject({
      status: 'failed-precondition',
      reason: 'machine is not installed',
    });
    const memory = { driver: 'CONTAINERD', namespace: 'NS_SYSTEM' } as const;
    const install = { containerd: memory, source, destination: { disk: '/dev/sda' } };
    expect(await failureOf(all(bare.install(install)))).toMatchObject({
      status: 'internal',
      reason:
        'installation failed: installer image "ghcr.io/siderolabs/installer:v1.14.1" not found in ' +
        'containerd store: image "ghcr.io/siderolabs/installer:v1.14.1": not found',
    });
    const { target } = await started();
    expect(await failureOf(all(lifecycle(target).install(install)))).toMatchObject({
      status: 'already-exists',
      reason: 'machine is already installed',
    });
  });
});

describe('a sequence that may not run', () => {
  it('is told by an event without its actor id, after the call was answered with OK', async () => {
    const { target } = await started();
    const told = follow(target);
    await told.ready;
    const client = lifecycle(target);
    await client.reboot({ mode: 'DEFAULT' });
    const reset = await client.reset({
      graceful: false,
      reboot: true,
      mode: 'SYSTEM_DISK',
      systemPartitionsToWipe: [],
      userDisksToWipe: [],
    });
    const seen = await told.ended;
    expect(seen.some(({ actorId }) => actorId === reset.actorId)).toBe(false);
    const locked = seen.filter(
      ({ payload }) => payload.case === 'sequence' && payload.value.error?.code === 'LOCKED',
    );
    expect(locked).toMatchObject([
      { actorId: '', payload: { value: { sequence: 'reset', action: 'NOOP' } } },
    ]);
  });
});

describe('upgradeLegacy and rollback', () => {
  const image = 'ghcr.io/siderolabs/installer:v1.14.1';

  it('upgrade the node and go back to what was there before', async () => {
    const { node, target } = await started();
    const client = lifecycle(target);
    const { ack, actorId } = await client.upgradeLegacy({ image });
    expect(ack).not.toBe('');
    expect(actorId).toMatch(/^[0-9a-f-]{36}$/);
    await rebooted(node);
    expect((await system(target).version()).version?.tag).toBe('v1.14.1');
    await client.rollback({});
    await rebooted(node, 3);
    expect((await system(target).version()).version?.tag).toBe('v1.14.0');
  });

  it('leave the upgrade to the next boot when it is staged', async () => {
    const { node, target } = await started(1, 1, { talosVersion: 'v1.13.0' });
    await lifecycle(target).upgradeLegacy({ image, stage: true });
    await node.until(() => node.machine.boots === 2);
    expect(node.talosVersion).toBe('v1.13.0');
    await rebooted(node, 3);
    expect(node.talosVersion).toBe('v1.14.1');
    expect(node.machine.state(meta).entries()).toEqual([]);
  });

  it('are refused to operators', async () => {
    const { cluster } = await started();
    const operator = lifecycle(cluster.client({ role: 'os:operator' }));
    await expectRefused(operator.upgradeLegacy({ image }));
    await expectRefused(operator.rollback({}));
  });

  it('end when the caller gives up', async () => {
    const { node, target } = await started();
    await expectCancelled(node, lifecycleMethods.upgradeLegacy, (options) =>
      lifecycle(target).upgradeLegacy({ image }, options),
    );
    await expectDeadline(node, lifecycleMethods.rollback, (options) =>
      lifecycle(target).rollback({}, options),
    );
  });

  it('fail without an installer, without another entry, and where etcd would lose its quorum', async () => {
    const { talos, target } = await started(2);
    const client = lifecycle(target);
    const wrong = client.upgradeLegacy({ image: 'docker.io/library/nginx:latest' });
    expect(await failureOf(wrong)).toMatchObject({ status: 'unknown' });
    expect(await failureOf(client.rollback({}))).toMatchObject({ status: 'unknown' });
    const controlPlane = lifecycle(talos.node('10.5.0.2'));
    const two = await failureOf(controlPlane.upgradeLegacy({ image }));
    expect(two).toMatchObject({ status: 'unknown' });
    expect(two.message).toContain('member count(2) is insufficient');
  });
});

describe('install and upgrade', () => {
  const containerd = { driver: 'CRI', namespace: 'NS_SYSTEM' } as const;
  const memory = { driver: 'CONTAINERD', namespace: 'NS_SYSTEM' } as const;
  const imageName = 'ghcr.io/siderolabs/installer:v1.14.1';
  const source = { imageName };

  type Responses = AsyncIterable<{ progress: LifecycleServiceInstallProgress | undefined }>;

  async function output(stream: Responses) {
    const lines: string[] = [];
    let exitCode: number | undefined;
    for await (const { progress } of stream) {
      if (progress?.response.case === 'message') lines.push(progress.response.value);
      if (progress?.response.case === 'exitCode') exitCode = progress.response.value;
    }
    return { lines, exitCode };
  }

  it('run the installer of an upgrade; what it wrote runs after the reboot', async () => {
    const { node, target } = await started();
    node.machine.state(images).add('CRI/NS_SYSTEM', imageName);
    const client = lifecycle(target);
    const { lines, exitCode } = await output(client.upgrade({ containerd, source }));
    expect(exitCode).toBe(0);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line.endsWith('\n')).toBe(true);
    expect(node.talosVersion).toBe('v1.14.0');
    await client.reboot({ mode: 'DEFAULT' });
    await rebooted(node);
    expect(node.talosVersion).toBe('v1.14.1');
  });

  it('go back to what ran before when they are taken back without a reboot between', async () => {
    const { node, target } = await started();
    node.machine.state(images).add('CRI/NS_SYSTEM', imageName);
    const client = lifecycle(target);
    expect((await output(client.upgrade({ containerd, source }))).exitCode).toBe(0);
    await client.rollback({});
    await rebooted(node);
    expect((await system(target).version()).version?.tag).toBe('v1.14.0');
  });

  it('end well although the installer failed: its exit code tells', async () => {
    const { node, target } = await started();
    const other = 'docker.io/library/nginx:latest';
    node.machine.state(images).add('CRI/NS_SYSTEM', other);
    const stream = lifecycle(target).upgrade({ containerd, source: { imageName: other } });
    expect((await output(stream)).exitCode).toBe(1);
  });

  it('install on a node that waits for its configuration, over SideroLink', async () => {
    const cluster = covered(await tlsCluster({ maintenance: true, sideroLink: true }));
    const node = cluster.node('cp-1');
    node.machine.state(images).add('CONTAINERD/NS_SYSTEM', imageName);
    const client = lifecycle(cluster.client());
    const destination = { disk: '/dev/sda' };
    const request = { containerd: memory, source, destination };
    expect(await failureOf(client.upgrade({ containerd: memory, source }).next())).toMatchObject({
      status: 'failed-precondition',
      reason: 'machine is not installed',
    });
    const elsewhere = client.install({ ...request, destination: { disk: '/dev/sdx' } });
    expect(await failureOf(elsewhere.next())).toMatchObject({
      status: 'invalid-argument',
      reason: 'invalid disk path: lstat /dev/sdx: no such file or directory',
    });
    const result = await output(client.install(request));
    expect(result.exitCode).toBe(0);
    expect(node.machine.state(installation).isInstalled).toBe(true);
    expect(await failureOf(client.install(request).next())).toMatchObject({
      status: 'already-exists',
      reason: 'machine is already installed',
    });
  });

  it('are refused to operators', async () => {
    const { cluster } = await started();
    const operator = lifecycle(cluster.client({ role: 'os:operator' }));
    const destination = { disk: '/dev/sda' };
    await expectRefused(operator.upgrade({ containerd, source }).next());
    await expectRefused(operator.install({ containerd, source, destination }).next());
  });

  it('go on when the caller leaves: the installer runs on, and nobody else may start one', async () => {
    const { cluster, node, target } = await started();
    node.machine.state(images).add('CRI/NS_SYSTEM', imageName);
    const client = lifecycle(target);
    const running = () => cosi(target).find(ServicePID, 'installer');
    for await (const _ of client.upgrade({ containerd, source })) break;
    const cancelled = (path: string) =>
      cluster.journal.waitFor(
        ({ rpc, outcome }) => rpc === path.slice(1) && outcome === 'cancelled',
      );
    await cancelled(lifecycleMethods.upgrade.path);
    expect(await failureOf(client.upgrade({ containerd, source }).next())).toMatchObject({
      status: 'failed-precondition',
      reason: 'another installation/upgrade is already in progress',
    });
    expect((await running())?.spec.pid).toBeGreaterThan(1);
    const system = node.machine.state(installation);
    await node.until(() => system.installerPid === undefined);
    expect(await running()).toBeUndefined();
    expect(system.version).toBe('v1.14.1');
    node.stall(lifecycleMethods.install);
    const caller = new AbortController();
    const stream = client.install(
      { containerd, source, destination: { disk: '/dev/sda' } },
      { signal: caller.signal },
    );
    const ended = expect(stream.next()).rejects.toThrow('enough');
    await cluster.journal.waitFor(({ rpc }) => rpc === lifecycleMethods.install.path.slice(1));
    caller.abort(new Error('enough'));
    await ended;
    await cancelled(lifecycleMethods.install.path);
  });

  it('listen to a caller only while they wait', async () => {
    const { node } = await started();
    node.machine.state(images).add('CRI/NS_SYSTEM', imageName);
    const { signal } = new AbortController();
    const options = { action: 'upgrade', containerd, image: imageName, disk: '' } as const;
    const listening: number[] = [];
    for await (const _ of node.machine.state(installers).run(options, signal)) {
      listening.push(getEventListeners(signal, 'abort').length);
    }
    expect(listening.length).toBeGreaterThan(1);
    expect(new Set(listening)).toEqual(new Set([0]));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('fail without the image, in places that do not exist, and one beside another', async () => {
    const { node, target } = await started();
    const client = lifecycle(target);
    expect(await failureOf(client.upgrade({ containerd, source }).next())).toMatchObject({
      status: 'internal',
    });
    const nowhere = { driver: 'CONTAINERD', namespace: 'NS_CRI' } as const;
    expect(await failureOf(client.upgrade({ containerd: nowhere, source }).next())).toMatchObject({
      status: 'internal',
      reason:
        'upgrade failed: rpc error: code = InvalidArgument desc = cannot use CRI namespace with containerd driver',
    });
    const empty = client.upgrade({ containerd, source: { imageName: '' } });
    expect(await failureOf(empty.next())).toMatchObject({
      status: 'invalid-argument',
      reason: 'installer image name is required',
    });
    node.machine.state(images).add('CRI/NS_SYSTEM', imageName);
    const stream = client.upgrade({ containerd, source });
    await stream.next();
    expect(await failureOf(client.upgrade({ containerd, source }).next())).toMatchObject({
      status: 'failed-precondition',
    });
    await stream.return();
  });
});

describe('bootstrap', () => {
  /** Three control planes that have their configuration and run from memory. */
  async function configured(): Promise<SimulatedCluster> {
    const cluster = covered(await tlsCluster({ controlPlanes: 3, workers: 1, maintenance: true }));
    for (const { name } of cluster.nodes) {
      const type = name.startsWith('cp') ? 'controlplane' : 'worker';
      const data = Buffer.from(cluster.machineConfig({ type }));
      await configuration(cluster.client({ endpoint: name })).apply({ data, mode: 'AUTO' });
    }
    for (const node of cluster.nodes) await node.until(() => node.type !== undefined);
    for (const node of cluster.nodes) await node.until(() => node.machine.isApiUp);
    return cluster;
  }

  it('brings etcd up on one node, then on the others, and all of Kubernetes', async () => {
    const cluster = await configured();
    const talos = cluster.client();
    const [first, ...others] = cluster.controlPlanes as [SimulatedNode, ...SimulatedNode[]];
    await first.until(() => first.machine.state(sequences).running === 'boot');
    const etcdState = async (node: SimulatedNode) => {
      const list = await services(talos.node(node.address)).list();
      return list.services.find(({ id }) => id === 'etcd')?.state;
    };
    const client = lifecycle(talos.node(first.address));
    // As callers are to do: try again while the node is not ready.
    for (;;) {
      const problem = await client.bootstrap({}).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (problem === undefined) break;
      expect(problem).toMatchObject({ status: 'failed-precondition' });
    }
    await Promise.all(cluster.controlPlanes.map((node) => node.untilStage('RUNNING')));
    for (const node of cluster.controlPlanes) expect(await etcdState(node)).toBe('Running');
    const kube = cluster.state(kubernetes);
    await first.until(() => kube.list().length === 4 && kube.list().every(({ ready }) => ready));
    expect(others.every(({ machine }) => etcdOn(machine).hasData)).toBe(true);
    expect(await failureOf(client.bootstrap({}))).toMatchObject({ status: 'already-exists' });
  });

  it('is refused to operators', async () => {
    const { cluster } = await started();
    await expectRefused(lifecycle(cluster.client({ role: 'os:operator' })).bootstrap({}));
  });

  it('ends at the deadline of the caller', async () => {
    const { cluster, talos } = await started();
    await expectDeadline(cluster.node('cp-1'), lifecycleMethods.bootstrap, (options) =>
      lifecycle(talos.node('10.5.0.2')).bootstrap({}, options),
    );
  });

  it('fails on workers, and where etcd has data', async () => {
    const { talos, target } = await started();
    expect(await failureOf(lifecycle(target).bootstrap({}))).toMatchObject({
      status: 'unimplemented',
    });
    expect(await failureOf(lifecycle(talos.node('10.5.0.2')).bootstrap({}))).toMatchObject({
      status: 'already-exists',
    });
  });

  it('is not available yet on a node without its configuration', async () => {
    const cluster = covered(await tlsCluster({ maintenance: true, sideroLink: true }));
    expect(await failureOf(lifecycle(cluster.client()).bootstrap({}))).toMatchObject({
      status: 'failed-precondition',
    });
  });
});
