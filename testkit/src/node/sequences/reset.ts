import type { Machine } from '../../base/machine.js';
import type { Script } from '../../base/time/script.js';
import { leaveEtcd } from '../../topics/etcd/etcd-leave.js';
import { kubernetes } from '../../topics/kubernetes/kubernetes.js';
import { storage } from '../../topics/storage/storage.js';
import { wipeSystemDisk, wipeVolumes } from '../../topics/system/system-disk.js';
import { powerPhase } from './reboot.js';
import { phase, type Sequence, SequenceFailure } from './sequence.js';
import { cleanup, drain, stopAllPhases } from './stop.js';

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
  // Nothing is loaded for the next boot unless something of the system disk is wiped and it still
  // has a system afterwards.
  const withKexec = volumes !== 'all' && volumes.length > 0 && !volumes.includes('BOOT');
  return {
    name: 'reset',
    stage: 'RESETTING',
    phases: [
      ...(graceful ? [drain] : []),
      ...cleanup(graceful ? 'removeAllPods' : 'stopAllPods'),
      ...(graceful && control ? [phase('leave', { name: 'leaveEtcd', run: leave })] : []),
      phase('preReset', 'sendResetSignal'),
      ...stopAllPhases(withKexec),
      phase('forceCleanup', 'forceCleanup'),
      ...(volumes === 'all'
        ? [phase('reset', { name: 'resetSystemDisk', run: wipeSystemDisk })]
        : volumes.length > 0
          ? [
              phase('resetSpec', {
                name: 'resetSystemDiskSpec',
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
        ? powerPhase('reboot', withKexec ? 'kexec' : 'reboot')
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

function wipeUserDisks(machine: Machine, disks: readonly string[]): undefined {
  machine.state(storage).wipeDisks(disks);
}
