import type { Machine } from '../../base/machine.js';
import type { Script } from '../../base/time/script.js';
import { installation } from '../../topics/system/installation.js';
import { installerVersion } from '../../topics/system/installer.js';
import { powerPhase } from './reboot.js';
import { type Phase, phase, rebooting, type Sequence, SequenceFailure } from './sequence.js';
import {
  cleanup,
  denyNewServices,
  drain,
  kexec,
  releaseDisks,
  stopAllPhases,
  stopEverything,
} from './stop.js';

/** What an upgrade is to do. */
export interface UpgradePlan {
  readonly image: string;
  /** Whether to go through the firmware afterwards. */
  readonly powercycle: boolean;
}

/** How long it takes to write the system. */
const WRITE_MS = 300;

/** Writes another release and boots into it; the way of `MachineService.Upgrade`. */
export function upgrade(machine: Machine, { image, powercycle }: UpgradePlan): Sequence {
  const waiting = machine.inMaintenance;
  return {
    name: waiting ? 'maintenanceUpgrade' : 'upgrade',
    stage: 'UPGRADING',
    phases: [
      ...(waiting ? [] : [denyNewServices, drain, ...cleanup(), ...releaseDisks('unmount')]),
      phase('upgrade', { name: 'upgrade', run: () => write(machine, image) }),
      phase('meta', 'reloadMeta'),
      ...(powercycle ? [] : [rebooting(kexec)]),
      stopEverything,
      end(powercycle),
    ],
  };
}

/** Boots again, for the next boot to make the upgrade that is noted in META. */
export function stageUpgrade({ powercycle }: UpgradePlan): Sequence {
  return {
    name: 'stageUpgrade',
    stage: 'UPGRADING',
    phases: [...cleanup(), ...stopAllPhases(!powercycle).map(rebootingAtKexec), end(powercycle)],
  };
}

function end(powercycle: boolean): Phase {
  return powerPhase('reboot', powercycle ? 'reboot' : 'kexec');
}

function rebootingAtKexec(one: Phase): Phase {
  return one === kexec ? rebooting(one) : one;
}

/** Writes the release of an installer beside the one that boots now. */
export function* write(machine: Machine, image: string): Script {
  const version = installerVersion(image);
  yield WRITE_MS;
  if (version === undefined) throw new SequenceFailure('exit code 1: no installer in the image');
  machine.state(installation).upgrade(version);
}
