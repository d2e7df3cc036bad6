import type { Machine } from '../../base/machine.js';
import type { Script } from '../../base/time/script.js';
import { events } from '../../topics/events/events.js';
import { kubernetes } from '../../topics/kubernetes/kubernetes.js';
import { pods } from '../../topics/kubernetes/pods.js';
import { apid, bootServices, earlyServices } from '../../topics/services/definitions.js';
import { services } from '../../topics/services/services.js';
import { phase, type Sequence } from './sequence.js';

/** From the kernel to a node that has its configuration. In maintenance it waits there. */
export const initialize: Sequence = {
  name: 'initialize',
  stage: 'BOOTING',
  phases: [
    phase('systemRequirements', 'enforceKSPPRequirements', 'setupSystemDirectory'),
    phase('earlyServices', { name: 'startEarlyServices', run: startEarlyServices }),
    phase('meta', 'reloadMeta'),
    phase('config', { name: 'loadConfig', run: loadConfig }),
  ],
};

/** From the configuration to a node that runs everything. */
export const boot: Sequence = {
  name: 'boot',
  stage: 'BOOTING',
  phases: [
    phase('saveConfig', 'saveConfig'),
    phase('memorySizeCheck', 'memorySizeCheck'),
    phase('diskSizeCheck', 'diskSizeCheck'),
    phase('env', 'setUserEnvVars'),
    phase('dbus', 'startDBus'),
    phase('ephemeral', 'mountEphemeralPartition'),
    phase('var', 'setupVarDirectory'),
    phase('legacyCleanup', 'cleanupLegacyStaticPodFiles'),
    phase('userSetup', 'writeUserFiles'),
    phase('startEverything', { name: 'startAllServices', run: startAllServices }),
    phase('uncordon', { name: 'uncordonNode', run: uncordon }),
    phase('bootloader', 'updateBootloader'),
  ],
};

/** Installs Talos on the disk that the configuration names. */
export const install: Sequence = {
  name: 'install',
  stage: 'INSTALLING',
  phases: [
    phase('validateConfig', 'validateConfig'),
    phase('env', 'setUserEnvVars'),
    phase('containerd', 'startContainerd'),
    phase('install', { name: 'install', run: writeDisk }),
    phase('saveConfig', 'saveConfig'),
  ],
};

function* startEarlyServices(machine: Machine): Script {
  const state = machine.state(services);
  for (const definition of earlyServices) state.load(definition);
  yield () => earlyServices.every(({ id }) => state.isUp(id));
}

function* loadConfig(machine: Machine): Script {
  tellAddresses(machine);
  machine.state(services).load(apid);
  if (!machine.inMaintenance) return;
  yield () => machine.state(services).isUp(apid.id);
  machine.setStage('MAINTENANCE');
  yield () => !machine.inMaintenance;
  tellAddresses(machine);
}

function tellAddresses(machine: Machine): void {
  const value = { hostname: machine.name, addresses: [machine.address] };
  machine.state(events).emit({ case: 'address', value });
}

function* startAllServices(machine: Machine): Script {
  const state = machine.state(services);
  for (const definition of bootServices(machine)) state.load(definition);
  machine.state(pods).begin();
  // A control plane waits here until etcd is bootstrapped: it goes on booting.
  yield () => state.list().every(({ isUp }) => isUp);
}

function uncordon(machine: Machine): undefined {
  machine.cluster.state(kubernetes).uncordonForTalos(machine);
}

function* writeDisk(): Script {
  yield INSTALL_MS;
}

/** How long it takes to write the system to a disk. */
const INSTALL_MS = 400;
