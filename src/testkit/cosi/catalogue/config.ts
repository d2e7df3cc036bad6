import type { Machine } from '../../machine/machine.js';
import { machineTypeKind } from '../kinds/config.js';
import { type Published, publish, type ResourceSource } from '../source.js';

/** What the configuration makes of a node. */
export const configSource: ResourceSource = {
  kinds: [machineTypeKind],
  topics: ['machine', 'config'],
  *resources({ type }: Machine): Generator<Published> {
    yield publish(machineTypeKind, 'machine-type', type ?? 'unknown');
  },
};
