import type { Machine } from '../../base/machine.js';
import type { Script } from '../../base/time/script.js';
import { config } from '../../topics/config/config.js';
import { installation } from '../../topics/system/installation.js';
import { meta, metaKeys } from '../../topics/system/meta.js';
import { powerPhase } from './reboot.js';
import { phase, rebooting, type Sequence } from './sequence.js';
import { denyNewServices, kexec, stopEverything, volumeFinalize } from './stop.js';
import { write } from './upgrade.js';

/** How long it takes to write the system to a disk. */
const INSTALL_MS = 400;

/**
 * Installs Talos on the disk that `machine.install` names, or makes the upgrade that was staged, and
 * boots anew. Runs in every boot, and mostly has nothing to do: also where the configuration has an
 * `UnattendedInstallConfig`, so that an upgrade that was staged there is never made.
 */
export function install(machine: Machine): Sequence {
  const staged = machine.state(meta).read(metaKeys.stagedUpgradeImage);
  const due = staged !== undefined || machine.state(installation).shouldInstall;
  const runs = due && machine.state(config).active?.node?.install?.unattended === false;
  return { name: 'install', phases: runs ? phasesOf(staged) : [] };
}

function phasesOf(staged: string | undefined): Sequence['phases'] {
  return [
    phase('env', 'setUserEnvVars'),
    {
      ...phase('install', {
        name: 'install',
        run: (machine) =>
          staged === undefined ? writeDisk(machine) : writeStaged(machine, staged),
      }),
      stage: 'INSTALLING',
    },
    phase('meta', 'reloadMeta'),
    phase('saveMeta', 'flushMeta'),
    denyNewServices,
    volumeFinalize,
    stopEverything,
    rebooting(kexec),
    powerPhase('reboot', 'kexec'),
  ];
}

function* writeDisk(machine: Machine): Script {
  yield INSTALL_MS;
  machine.state(installation).install();
}

function* writeStaged(machine: Machine, image: string): Script {
  const state = machine.state(meta);
  // Whatever comes of it, it is tried once.
  for (const key of [metaKeys.stagedUpgradeImage, metaKeys.stagedUpgradeOptions]) {
    if (state.read(key) !== undefined) state.delete(key);
  }
  yield* write(machine, image);
}

/**
 * What the controller of `UnattendedInstallConfig` does beside the boot sequence: it installs Talos
 * once the configuration says so. Gives whether the node is to boot anew.
 */
export function* installUnattended(machine: Machine): Script<boolean> {
  const system = machine.state(installation);
  yield () => system.wanted?.unattended === true && system.shouldInstall;
  system.begin();
  yield INSTALL_MS;
  system.install();
  return system.phase === 'waiting-for-reboot';
}
