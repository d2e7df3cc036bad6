import type { Machine } from '../../../base/machine.js';
import { config } from '../../config/config.js';
import { machineConfigKind, machineConfigOptions, machineTypeKind } from '../kinds/config.js';
import { type Published, publish, type ResourceSource } from '../source.js';

/** The machine configuration, and what it makes of a node. */
export const configSource: ResourceSource = {
  kinds: [machineTypeKind, machineConfigKind],
  topics: ['machine', 'config'],
  *resources(machine: Machine): Generator<Published> {
    yield publish(machineTypeKind, 'machine-type', machine.type ?? 'unknown');
    const { active, persistent } = machine.state(config);
    for (const [id, found] of Object.entries({ v1alpha1: active, persistent })) {
      if (found !== undefined) {
        yield publish(machineConfigKind, id, found.text, machineConfigOptions);
      }
    }
  },
};
