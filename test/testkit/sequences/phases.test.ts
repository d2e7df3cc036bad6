import { describe, expect, it } from 'vitest';
import { events as eventsOf } from '../../../generated/features/events.js';
import { lifecycle } from '../../../generated/features/lifecycle.js';
import type { ResetRequest } from '../../../generated/messages/lifecycle.js';
import { type DecodedEvent, decodeEvent } from '../../../src/events/index.js';
import type { Machine } from '../../../testkit/src/base/machine.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import type { ClusterOptions } from '../../../testkit/src/cluster/options.js';
import { config } from '../../../testkit/src/topics/config/config.js';
import { readConfig } from '../../../testkit/src/topics/config/machine-config.js';
import { events } from '../../../testkit/src/topics/events/events.js';
import { meta, metaKeys } from '../../../testkit/src/topics/system/meta.js';
import { startCluster } from '../support.js';

/** What a node tells of its sequences: each, and the phases in it with their tasks. */
class Outline {
  readonly sequences: { name: string; phases: string[] }[] = [];
  readonly #machine: Machine;
  #followed: number | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
    machine.onChange(() => this.follow());
    this.follow();
  }

  /** Listens to the events of the boot that runs, from its first. */
  follow(): void {
    const machine = this.#machine;
    if (!machine.isOn || this.#followed === machine.boots) return;
    this.#followed = machine.boots;
    machine.state(events).onEvent(({ payload }) => {
      if (payload.case === 'sequence' && payload.value.action === 'START') {
        this.sequences.push({ name: `${payload.value.sequence}`, phases: [] });
      } else if (payload.case === 'phase' && payload.value.action === 'START') {
        this.sequences.at(-1)?.phases.push(`${payload.value.phase}:`);
      } else if (payload.case === 'task' && payload.value.action === 'START') {
        const { phases } = this.sequences.at(-1) as { phases: string[] };
        phases.push(`${phases.pop()} ${payload.value.task}`);
      }
    });
  }

  of(name: string): readonly string[] {
    const found = this.sequences.filter((one) => one.name === name);
    if (found.length !== 1) throw new Error(`${found.length} times ${name}`);
    return found[0]?.phases ?? [];
  }
}

async function started(options: ClusterOptions = {}) {
  const clock = new ManualClock();
  const cluster = await startCluster({ clock, ...options });
  const node = cluster.node('cp-1');
  return { clock, cluster, node, outline: new Outline(node.machine) };
}

/** What a node goes through after a call, until all has come to rest. */
async function afterCall(
  options: ClusterOptions,
  call: (api: ReturnType<typeof lifecycle>) => Promise<unknown>,
): Promise<Outline> {
  const { clock, cluster, outline } = await started(options);
  const done = call(lifecycle(cluster.client({ endpoint: 'cp-1', timeoutMs: 'none' })));
  await clock.advance(200);
  await done;
  await clock.advance(120_000);
  return outline;
}

const cleanup = ['cleanup: stopAllPods', 'dbus: stopDBus'];
const stopAll = [
  'denyNewServices: denyNewServices',
  'stopServices: stopServicesForUpgrade',
  'umount: unmountPodMounts',
  'unmountBind: unmountSystemDiskBindMounts',
  'unmountPromotable: unmountPromotableSystemPartitions',
  'unmountSystem: unmountEphemeralPartition',
  'volumeFinalize: teardownLifecycle',
  'stopEverything: stopAllServices',
];
const kexec = 'kexec: kexecPrepare';
const reboot = 'reboot: reboot';
const drain = 'drain: cordonAndDrainNode';

const initialize = [
  'systemRequirements: enforceKSPPRequirements',
  'earlyServices: startMachined waitForUdevd startApid startAuditd startSyslogd startContainerd',
  'usb: waitForUSB',
  'meta: reloadMeta',
  'dashboard: startDashboard',
  'config: loadConfig',
];
const boot = [
  'memorySizeCheck: memorySizeCheck',
  'diskSizeCheck: diskSizeCheck',
  'env: setUserEnvVars waitForCARoots',
  'dbus: startDBus',
  'ephemeral: mountEphemeralPartition',
  'promotableVolumes: mountPromotableSystemPartitions',
  'userDisks: mountUserDisks',
  'userSetup: writeUserFiles',
  'startEverything: startAllServices',
];

// Talos v1.14.0-rc.1: internal/app/machined/pkg/runtime/v1alpha1/v1alpha1_sequencer.go.
describe('the phases and tasks of a node', () => {
  it('that boots, whose install sequence has nothing to do', async () => {
    const outline = await afterCall({}, (api) => api.reboot({ mode: 'DEFAULT' }));
    expect(outline.sequences.map(({ name }) => name)).toEqual([
      'reboot',
      'initialize',
      'install',
      'boot',
    ]);
    expect(outline.of('initialize')).toEqual(initialize);
    expect(outline.of('install')).toEqual([]);
    expect(outline.of('boot')).toEqual(boot);
  });

  it.each(['DEFAULT', 'POWERCYCLE'] as const)('that reboots, with mode %s', async (mode) => {
    const outline = await afterCall({}, (api) => api.reboot({ mode }));
    expect(outline.of('reboot')).toEqual([...cleanup, ...stopAll, kexec, reboot]);
  });

  it('that is forced to reboot: there is one', async () => {
    const outline = await afterCall({}, (api) => api.reboot({ mode: 'FORCE' }));
    expect(outline.of('reboot')).toEqual([reboot]);
  });

  it.each([true, false])('that shuts down, by force: %s', async (force) => {
    const outline = await afterCall({}, (api) => api.shutdown({ force }));
    expect(outline.of('shutdown')).toEqual([
      'storeShutdown: storeShutdownEmergency',
      ...(force ? [] : [drain]),
      ...cleanup,
      ...stopAll,
      'shutdown: shutdown',
    ]);
  });

  const wipeAll: ResetRequest = {
    graceful: false,
    reboot: true,
    mode: 'SYSTEM_DISK',
    systemPartitionsToWipe: [],
    userDisksToWipe: [],
  };

  it('that is reset in order: its pods are removed, not just stopped', async () => {
    const outline = await afterCall({ controlPlanes: 3 }, (api) =>
      api.reset({ ...wipeAll, graceful: true }),
    );
    expect(outline.of('reset')).toEqual([
      drain,
      'cleanup: removeAllPods',
      'dbus: stopDBus',
      'leave: leaveEtcd',
      'preReset: sendResetSignal',
      ...stopAll,
      'forceCleanup: forceCleanup',
      'reset: resetSystemDisk',
      reboot,
    ]);
  });

  it('that is reset without asking, in part, and turned off', async () => {
    const outline = await afterCall({}, (api) =>
      api.reset({
        ...wipeAll,
        reboot: false,
        systemPartitionsToWipe: [{ label: 'EPHEMERAL', wipe: true }],
      }),
    );
    expect(outline.of('reset')).toEqual([
      ...cleanup,
      'preReset: sendResetSignal',
      ...stopAll,
      kexec,
      'forceCleanup: forceCleanup',
      'resetSpec: resetSystemDiskSpec',
      'shutdown: shutdown',
    ]);
  });

  it('whose other disks alone are wiped', async () => {
    const outline = await afterCall({}, (api) =>
      api.reset({ ...wipeAll, mode: 'USER_DISKS', userDisksToWipe: ['/dev/sdb'] }),
    );
    expect(outline.of('reset').slice(-3)).toEqual([
      'forceCleanup: forceCleanup',
      'resetUserDisks: resetUserDisks',
      reboot,
    ]);
  });

  const image = 'ghcr.io/siderolabs/installer:v1.14.1';

  it.each([
    ['DEFAULT', [kexec]],
    ['POWERCYCLE', []],
  ] as const)('that is upgraded the old way, with mode %s', async (rebootMode, prepared) => {
    const outline = await afterCall({}, (api) =>
      api.upgradeLegacy({ image, force: true, rebootMode }),
    );
    expect(outline.of('upgrade')).toEqual([
      'denyNewServices: denyNewServices',
      drain,
      ...cleanup,
      'stopServices: stopServicesForUpgrade',
      'unmount: unmountPodMounts',
      'unmountBind: unmountSystemDiskBindMounts',
      'unmountPromotable: unmountPromotableSystemPartitions',
      'unmountSystem: unmountEphemeralPartition',
      'volumeFinalize: teardownLifecycle',
      'upgrade: upgrade',
      'meta: reloadMeta',
      ...prepared,
      'stopEverything: stopAllServices',
      reboot,
    ]);
  });

  const installing = [
    'env: setUserEnvVars',
    'install: install',
    'meta: reloadMeta',
    'saveMeta: flushMeta',
    'denyNewServices: denyNewServices',
    'volumeFinalize: teardownLifecycle',
    'stopEverything: stopAllServices',
    kexec,
    reboot,
  ];

  it('whose upgrade is left to the next boot, which makes it in the install sequence', async () => {
    const outline = await afterCall({ talosVersion: 'v1.13.0' }, (api) =>
      api.upgradeLegacy({ image, force: true, stage: true }),
    );
    expect(outline.sequences.map(({ name }) => name)).toEqual([
      'stageUpgrade',
      ...['initialize', 'install'],
      ...['initialize', 'install', 'boot'],
    ]);
    expect(outline.sequences[0]?.phases).toEqual([...cleanup, ...stopAll, kexec, reboot]);
    expect(outline.sequences[2]?.phases).toEqual(installing);
  });

  it.each([
    ['v1.13.0', ['install'], ['MAINTENANCE', 'BOOTING', 'INSTALLING', 'REBOOTING', 'BOOTING']],
    // A controller installs it beside the boot, which is cancelled then.
    ['v1.14.0', ['install', 'boot', 'reboot'], ['MAINTENANCE', 'BOOTING', 'REBOOTING', 'BOOTING']],
  ])('that is installed by a configuration of %s', async (talosVersion, sequences, stages) => {
    const { clock, cluster, node, outline } = await started({ maintenance: true, talosVersion });
    const { machine } = node;
    await clock.advance(1000);
    const seen = [node.stage];
    machine.onChange(() => {
      if (seen.at(-1) !== node.stage) seen.push(node.stage);
    });
    const text = cluster.machineConfig({ type: 'controlplane', installDisk: '/dev/sda' });
    const next = readConfig(text, talosVersion);
    machine.state(config).persist(next);
    machine.state(config).activate(next);
    await clock.advance(120_000);
    expect(outline.sequences.map(({ name }) => name)).toEqual([
      ...sequences,
      ...['initialize', 'install', 'boot'],
    ]);
    const install = outline.sequences.find(({ name }) => name === 'install');
    expect(install?.phases).toEqual(talosVersion === 'v1.13.0' ? installing : []);
    expect(seen).toEqual(stages);
  });

  it('in maintenance, which looks like a task', async () => {
    const { clock, node } = await started({ maintenance: true });
    await clock.advance(1000);
    const tasks = node.machine
      .state(events)
      .kept.flatMap(({ payload }) => (payload.case === 'task' ? [payload.value] : []));
    expect(tasks.at(-1)).toMatchObject({ task: 'runningMaintenance', action: 'START' });
  });
});

// Talos v1.14.0-rc.1: the same file skips its install sequence when there is such a document.
it('an upgrade that is staged is never made where an UnattendedInstallConfig installed Talos', async () => {
  const { clock, cluster, node, outline } = await started();
  const done = lifecycle(cluster.client({ endpoint: 'cp-1', timeoutMs: 'none' })).upgradeLegacy({
    image: 'ghcr.io/siderolabs/installer:v1.14.1',
    force: true,
    stage: true,
  });
  await clock.advance(200);
  await done;
  await clock.advance(120_000);
  expect(outline.sequences.map(({ name }) => name)).toEqual([
    'stageUpgrade',
    ...['initialize', 'install', 'boot'],
  ]);
  expect([node.stage, node.talosVersion]).toEqual(['RUNNING', 'v1.14.0']);
});

// Talos v1.14.0-rc.1: internal/app/machined/main.go.
describe('a sequence that fails', () => {
  it('is followed by an emergency cleanup, and the node boots what it ran before', async () => {
    const { clock, cluster, node, outline } = await started({ talosVersion: 'v1.13.0' });
    const stages: string[] = [node.stage];
    node.machine.onChange(() => {
      if (stages.at(-1) !== node.stage) stages.push(node.stage);
    });
    // Staged, since images are looked at when the call comes.
    node.machine.state(meta).write(metaKeys.stagedUpgradeImage, 'docker.io/library/nginx:latest');
    const done = lifecycle(cluster.client({ timeoutMs: 'none' })).reboot({ mode: 'POWERCYCLE' });
    await clock.advance(200);
    await done;
    await clock.advance(120_000);
    expect(outline.sequences.map(({ name }) => name)).toEqual([
      'reboot',
      ...['initialize', 'install', 'emergencyVolumeCleanup'],
      ...['initialize', 'install', 'boot'],
    ]);
    expect(outline.of('emergencyVolumeCleanup')).toEqual([
      'denyNewServices: denyNewServices',
      'umount: unmountPodMounts',
      'unmountBind: unmountSystemDiskBindMounts',
      'unmountPromotable: unmountPromotableSystemPartitions',
      'unmountSystem: unmountEphemeralPartition',
      'volumeFinalize: teardownLifecycle',
    ]);
    expect(stages).toEqual([
      ...['RUNNING', 'REBOOTING', 'BOOTING', 'INSTALLING', 'REBOOTING'],
      ...['BOOTING', 'RUNNING'],
    ]);
    expect(node.talosVersion).toBe('v1.13.0');
  });

  it('tells why, and lets those who listen go when its services end', async () => {
    const { clock, cluster, node } = await started({ controlPlanes: 3 });
    const target = cluster.client({ endpoint: 'cp-1', timeoutMs: 'none' });
    // Without a majority it cannot leave etcd.
    for (const name of ['cp-2', 'cp-3']) cluster.node(name).kill();
    const told: DecodedEvent[] = [];
    const watching = (async () => {
      for await (const event of eventsOf(target).watch()) {
        if (event.data?.typeUrl !== '') told.push(decodeEvent(event));
      }
    })();
    await clock.advance(100);
    const done = lifecycle(target).reset({
      graceful: true,
      reboot: true,
      mode: 'SYSTEM_DISK',
      systemPartitionsToWipe: [],
      userDisksToWipe: [],
    });
    await clock.advance(100);
    const { actorId } = await done;
    await clock.advance(120_000);
    await watching;
    const failed = told.flatMap(({ payload, actorId: actor }) =>
      payload.case === 'sequence' && payload.value.error !== undefined
        ? [[actor, payload.value]]
        : [],
    );
    expect(failed).toMatchObject([
      [
        actorId,
        {
          sequence: 'reset',
          error: {
            code: 'FATAL',
            message: expect.stringMatching(/^sequence failed: failed to leave/),
          },
        },
      ],
    ]);
    expect(node.machine.boots).toBe(2);
    expect(node.type).toBe('controlplane');
  });
});
