import type { Machine } from '../../base/machine.js';
import type { Script } from '../../base/time/script.js';
import { config } from '../../topics/config/config.js';
import { events } from '../../topics/events/events.js';
import { pods } from '../../topics/kubernetes/pods.js';
import type { ServiceDefinition } from '../../topics/services/definition.js';
import { apid, bootServices, earlyServices } from '../../topics/services/definitions.js';
import { services } from '../../topics/services/services.js';
import { installation } from '../../topics/system/installation.js';
import { phase, type Sequence, type Task } from './sequence.js';

const { machined, udevd, auditd, syslogd, containerd, dashboard } = earlyServices;

/** From the kernel to a node that has its configuration. In maintenance it waits there. */
export const initialize: Sequence = {
  name: 'initialize',
  stage: 'BOOTING',
  phases: [
    phase('systemRequirements', 'enforceKSPPRequirements'),
    phase(
      'earlyServices',
      untilUp('startMachined', machined),
      untilUp('waitForUdevd', udevd),
      start('startApid', apid),
      start('startAuditd', auditd),
      start('startSyslogd', syslogd),
      untilUp('startContainerd', containerd),
    ),
    phase('usb', 'waitForUSB'),
    phase('meta', 'reloadMeta'),
    phase('dashboard', start('startDashboard', dashboard)),
    phase('config', { name: 'loadConfig', run: loadConfig }),
  ],
};

/** From the configuration to a node that runs everything. */
export const boot: Sequence = {
  name: 'boot',
  stage: 'BOOTING',
  phases: [
    phase('memorySizeCheck', 'memorySizeCheck'),
    phase('diskSizeCheck', { name: 'diskSizeCheck', run: untilInstalled }),
    phase('env', 'setUserEnvVars', 'waitForCARoots'),
    phase('dbus', 'startDBus'),
    phase('ephemeral', 'mountEphemeralPartition'),
    phase('promotableVolumes', 'mountPromotableSystemPartitions'),
    phase('userDisks', 'mountUserDisks'),
    phase('userSetup', 'writeUserFiles'),
    phase('startEverything', { name: 'startAllServices', run: startAllServices }),
  ],
};

/** A task that starts a service, and does not wait for it. */
function start(name: string, service: ServiceDefinition): Task {
  return {
    name,
    run: (machine) => {
      machine.state(services).load(service);
      return undefined;
    },
  };
}

/** A task that starts a service, unless something else has, and waits until it is up. */
function untilUp(name: string, service: ServiceDefinition): Task {
  return {
    name,
    *run(machine): Script {
      machine.state(services).load(service);
      yield () => machine.state(services).isUp(service.id);
    },
  };
}

/** There is no disk to look at while Talos is to be installed. */
function* untilInstalled(machine: Machine): Script {
  yield () => !machine.state(installation).shouldInstall;
}

function* loadConfig(machine: Machine): Script {
  tellAddresses(machine);
  machine.state(config).load();
  if (!machine.inMaintenance) return;
  yield () => machine.state(services).isUp(apid.id);
  tellMaintenance(machine, 'START');
  machine.setStage('MAINTENANCE');
  yield () => !machine.inMaintenance;
  tellMaintenance(machine, 'STOP');
  machine.setStage('BOOTING');
  tellAddresses(machine);
}

/** Maintenance looks like a task, so that it can be seen among the events. */
function tellMaintenance(machine: Machine, action: 'START' | 'STOP'): void {
  machine.state(events).emit({ case: 'task', value: { task: 'runningMaintenance', action } });
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
