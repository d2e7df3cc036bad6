import type { Machine } from '../base/machine.js';
import { Play, type Script } from '../base/time/script.js';
import { config } from '../topics/config/config.js';
import { events } from '../topics/events/events.js';
import { kubernetes } from '../topics/kubernetes/kubernetes.js';
import { installation } from '../topics/system/installation.js';
import { machineStatus } from '../topics/system/machine-status.js';
import { boot, initialize } from './sequences/boot.js';
import { install, installUnattended } from './sequences/install.js';
import { panic } from './sequences/panic.js';
import { reboot } from './sequences/reboot.js';
import { sequences } from './sequences/sequences.js';

/**
 * What happens when a node is turned on: it initialises, waits for a configuration while it has
 * none, installs itself if that says so, and boots.
 */
export function startBoot(machine: Machine): void {
  machine.setStage('BOOTING');
  const system = machine.state(installation);
  system.booted();
  machine.state(config).boot();
  machine.setTalosVersion(system.version);
  machine.state(events);
  machine.state(machineStatus);
  const running = machine.state(sequences);
  running.run(initialize, {
    onDone: () => {
      new Play(machine, unattended(machine)).begin();
      running.run(install(machine), {
        onFailed: () => panic(machine, 'install'),
        onDone: () => running.run(boot, { onDone: () => up(machine) }),
      });
    },
  });
}

/** All runs: what stopping had cordoned is not any more. */
function up(machine: Machine): void {
  machine.setStage('RUNNING');
  machine.cluster.state(kubernetes).uncordonForTalos(machine);
}

function* unattended(machine: Machine): Script {
  const reboots = yield* installUnattended(machine);
  if (reboots) machine.state(sequences).run(reboot('DEFAULT'));
}
