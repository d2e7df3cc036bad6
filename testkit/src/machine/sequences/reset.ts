import { config } from '../config/config.js';
import { leaveEtcd } from '../etcd-leave.js';
import { etcdOn } from '../etcd-node.js';
import { files } from '../files/files.js';
import { images } from '../images/images.js';
import { installation } from '../installation.js';
import { kubernetes } from '../kubernetes/kubernetes.js';
import type { Machine } from '../machine.js';
import { meta } from '../meta.js';
import type { Script } from '../script.js';
import { storage } from '../storage/storage.js';
import { powerPhase } from './reboot.js';
import { phase, type Sequence, SequenceFailure } from './sequence.js';
import { cleanup, denyNewServices, drain, releaseDisks, stopEverything } from './stop.js';

/** What a reset does, once it was found possible. */
export interface ResetPlan {
  /** Whether the node leaves its cluster first. */
  readonly graceful: boolean;
  /** Whether it boots again afterwards. */
  readonly reboot: boolean;
  /** The volumes of the system disk to wipe; `all` for the whole disk. */
  readonly volumes: readonly string[] | 'all';
  /** Other disks to wipe, by device path. */
  readonly userDisks: readonly string[];
}

/** Wipes a node, and boots it or turns it off. */
export function reset(machine: Machine, plan: ResetPlan): Sequence {
  const { graceful, volumes, userDisks } = plan;
  const control = machine.type === 'controlplane';
  return {
    name: 'reset',
    stage: 'RESETTING',
    phases: [
      ...(graceful ? [drain] : []),
      ...cleanup,
      ...(graceful && control ? [phase('leave', { name: 'leaveEtcd', run: leave })] : []),
      phase('preReset', 'sendResetSignal'),
      denyNewServices,
      ...releaseDisks,
      stopEverything,
      phase('forceCleanup', 'forceCleanup'),
      ...(volumes === 'all'
        ? [phase('reset', { name: 'resetSystemDisk', run: wipeSystemDisk })]
        : volumes.length > 0
          ? [
              phase('resetSpec', {
                name: 'resetSystemDiskPartitions',
                run: (node) => wipeVolumes(node, volumes),
              }),
            ]
          : []),
      ...(userDisks.length > 0
        ? [
            phase('resetUserDisks', {
              name: 'resetUserDisks',
              run: (node) => wipeUserDisks(node, userDisks),
            }),
          ]
        : []),
      plan.reboot
        ? // With its system gone the machine has to go through the firmware.
          powerPhase('reboot', volumes === 'all' ? 'reboot' : 'kexec')
        : powerPhase('shutdown', 'power-off'),
    ],
  };
}

function* leave(machine: Machine): Script {
  try {
    yield* leaveEtcd(machine);
  } catch (cause) {
    throw new SequenceFailure(
      `failed to leave cluster: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
  machine.cluster.state(kubernetes).remove(machine);
}

/** Leaves nothing on the system disk. */
export function wipeSystemDisk(machine: Machine): undefined {
  wipeVolumes(machine, ['META', 'STATE', 'EPHEMERAL']);
  machine.state(installation).wipe();
}

/** Leaves nothing in some volumes of the system disk. */
export function wipeVolumes(machine: Machine, volumes: readonly string[]): undefined {
  for (const volume of volumes) wipes[volume]?.(machine);
}

function wipeUserDisks(machine: Machine, disks: readonly string[]): undefined {
  machine.state(storage).wipeDisks(disks);
}

/** What is lost with a volume. */
const wipes: Readonly<Record<string, (machine: Machine) => void>> = {
  META: (machine) => machine.state(meta).wipe(),
  STATE: (machine) => {
    machine.state(config).wipe();
    machine.state(files).wipe('/system/state');
  },
  EPHEMERAL: (machine) => {
    etcdOn(machine).wipe();
    machine.state(files).wipe('/var');
    machine.state(images).wipe();
  },
};
