import type { Machine } from '../../../base/machine.js';
import { services } from '../../services/services.js';
import { serviceKind, servicePidKind } from '../kinds/runtime.js';
import { type Published, publish, type ResourceSource } from '../source.js';

/** The services of a node: those that run. */
export const serviceSource: ResourceSource = {
  kinds: [serviceKind, servicePidKind],
  topics: ['services'],
  *resources(machine: Machine): Generator<Published> {
    for (const { id, isRunning, health, pid } of machine.state(services).list()) {
      if (!isRunning) continue;
      const { healthy, unknown } = health;
      yield publish(serviceKind, id, { running: true, healthy, unknown });
      if (pid === undefined) continue;
      yield publish(servicePidKind, id, { pid, mountNamespace: 'mnt:[4026531841]' });
    }
  },
};
