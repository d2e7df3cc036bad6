import type { Machine } from '../../base/machine.js';
import { Play, type Script } from '../../base/time/script.js';
import { restart } from './power.js';
import { phase, type Sequence, type SequenceName } from './sequence.js';
import { sequences } from './sequences.js';
import { denyNewServices, releaseVolumes, stopEverything } from './stop.js';

/** How long a node waits before it boots anew; 10 s really. */
const PANIC_MS = 500;

const emergencyVolumeCleanup: Sequence = {
  name: 'emergencyVolumeCleanup',
  phases: [denyNewServices, phase('umount', 'unmountPodMounts'), ...releaseVolumes],
};

/**
 * What a node does when a sequence failed: it lets go of its volumes, ends its services, and boots anew
 * after a while. After a shutdown that failed it turns off.
 */
export function panic(machine: Machine, failed: SequenceName): void {
  if (failed !== 'shutdown') machine.setStage('REBOOTING');
  machine.state(sequences).run(emergencyVolumeCleanup, {
    takeover: true,
    onDone: () => new Play(machine, ending(machine, failed)).begin(),
  });
}

function* ending(machine: Machine, failed: SequenceName): Script {
  for (const { run } of stopEverything.tasks) yield* run?.(machine) ?? [];
  if (failed !== 'shutdown') yield PANIC_MS;
  restart(machine, failed === 'shutdown' ? 'power-off' : 'reboot');
}
