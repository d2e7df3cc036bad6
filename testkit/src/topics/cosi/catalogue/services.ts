import type { Machine } from '../../../base/machine.js';
import { services } from '../../services/services.js';
import { installation } from '../../system/installation.js';
import { serviceKind, servicePidKind } from '../kinds/runtime.js';
import { type Published, publish, type ResourceSource } from '../source.js';

const NAMESPACE = 'mnt:[4026531841]';

/** The services of a node: those that run. An installer is none, but its process is told as theirs. */
export const serviceSource: ResourceSource = {
  kinds: [serviceKind, servicePidKind],
  topics: ['services', 'installation'],
  *resources(machine: Machine): Generator<Published> {
    const { installerPid } = machine.state(installation);
    if (installerPid !== undefined) {
      yield publish(servicePidKind, 'installer', { pid: installerPid, mountNamespace: NAMESPACE });
    }
    for (const { id, isRunning, health, pid } of machine.state(services).list()) {
      if (!isRunning) continue;
      const { healthy, unknown } = health;
      yield publish(serviceKind, id, { running: true, healthy, unknown });
      if (pid === undefined) continue;
      yield publish(servicePidKind, id, { pid, mountNamespace: NAMESPACE });
    }
  },
};
