import type { MetaMethods } from 'talos-client/meta';
import { meta } from '../machine/meta.js';
import type { HandlersOf } from '../rpc.js';

/** The values of the META partition. */
export const metaHandlers: HandlersOf<MetaMethods> = {
  write({ machine }, { key, value }) {
    machine.state(meta).write(key, Buffer.from(value).toString());
  },

  delete({ machine }, { key }) {
    machine.state(meta).delete(key);
  },
};
