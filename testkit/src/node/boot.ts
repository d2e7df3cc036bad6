import type { Machine } from '../base/machine.js';
import { config } from '../topics/config/config.js';
import { events } from '../topics/events/events.js';
import { installation } from '../topics/system/installation.js';
import { machineStatus } from '../topics/system/machine-status.js';
import { boot, initialize, install } from './sequences/boot.js';
import { reboot } from './sequences/reboot.js';
import { sequences } from './sequences/sequences.js';
import { takeStagedUpgrade } from './sequences/upgrade.js';

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
  machine.state(sequences).run(initialize, { onDone: () => afterInitialize(machine) });
}

function afterInitialize(machine: Machine): void {
  const staged = takeStagedUpgrade(machine);
  if (staged !== undefined) {
    machine.state(sequences).run(staged, { onFailed: () => afterInitialize(machine) });
    return;
  }
  const system = machine.state(installation);
  if (!system.shouldInstall) {
    machine.state(sequences).run(boot, { onDone: () => machine.setStage('RUNNING') });
    return;
  }
  system.begin();
  machine.state(sequences).run(install, {
    onDone: () => {
      system.complete();
      machine.state(sequences).run(reboot('DEFAULT'));
    },
  });
}
