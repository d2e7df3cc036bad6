import type { Machine } from '../../base/machine.js';
import { defineTopic } from '../../base/topic.js';
import { Storage } from './node-storage.js';
import { provision } from './provision.js';

/** The disks of a node. */
export const storage = defineTopic({
  name: 'storage',
  lifetime: 'always',
  create(machine: Machine) {
    const state = new Storage(machine);
    provision(machine, state);
    machine.onChange((topic) => {
      if (topic === 'config' || topic === 'machine') provision(machine, state);
    });
    return state;
  },
});
