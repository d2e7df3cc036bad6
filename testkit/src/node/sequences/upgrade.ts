import type { Machine } from '../../base/machine.js';
import type { Script } from '../../base/time/script.js';
import { installation } from '../../topics/system/installation.js';
import { installerVersion } from '../../topics/system/installer.js';
import { meta, metaKeys } from '../../topics/system/meta.js';
import { restartPhases } from './reboot.js';
import { phase, type Sequence, SequenceFailure } from './sequence.js';
import { cleanup, denyNewServices, drain, releaseDisks, stopEverything } from './stop.js';

/** What an upgrade is to do. */
export interface UpgradePlan {
  readonly image: string;
  /** Whether to go through the firmware afterwards. */
  readonly powercycle: boolean;
}

/** How long it takes to write the system. */
const WRITE_MS = 300;

/** Writes another release and boots into it; the way of `MachineService.Upgrade`. */
export function upgrade(machine: Machine, plan: UpgradePlan): Sequence {
  const { prepare, end } = restartPhases(plan.powercycle);
  return {
    name: machine.inMaintenance ? 'maintenanceUpgrade' : 'upgrade',
    stage: 'UPGRADING',
    phases: [
      denyNewServices,
      ...(machine.inMaintenance ? [] : [drain]),
      ...cleanup,
      ...releaseDisks,
      phase('upgrade', { name: 'upgrade', run: () => write(machine, plan.image) }),
      phase('meta', 'reloadMeta'),
      ...prepare,
      stopEverything,
      end,
    ],
  };
}

/** Boots again, for the next boot to make the upgrade that is noted in META. */
export function stageUpgrade(plan: UpgradePlan): Sequence {
  const { prepare, end } = restartPhases(plan.powercycle);
  return {
    name: 'stageUpgrade',
    stage: 'UPGRADING',
    phases: [...cleanup, denyNewServices, ...releaseDisks, stopEverything, ...prepare, end],
  };
}

/** The upgrade that META asks for, if any; then it asks no more. */
export function takeStagedUpgrade(machine: Machine): Sequence | undefined {
  const state = machine.state(meta);
  const image = state.read(metaKeys.stagedUpgradeImage);
  if (image === undefined) return undefined;
  for (const key of [metaKeys.stagedUpgradeImage, metaKeys.stagedUpgradeOptions]) {
    if (state.read(key) !== undefined) state.delete(key);
  }
  const { prepare, end } = restartPhases(false);
  return {
    name: 'upgrade',
    stage: 'UPGRADING',
    phases: [
      phase('upgrade', { name: 'upgrade', run: () => write(machine, image) }),
      phase('meta', 'reloadMeta'),
      stopEverything,
      ...prepare,
      end,
    ],
  };
}

function* write(machine: Machine, image: string): Script {
  const version = installerVersion(image);
  yield WRITE_MS;
  if (version === undefined) throw new SequenceFailure('exit code 1: no installer in the image');
  machine.state(installation).upgrade(version);
}
