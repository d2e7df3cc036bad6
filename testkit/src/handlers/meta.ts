import type { MetaMethods } from 'talos-client/meta';
import type { HandlersOf } from '../base/calls/rpc.js';
import { meta } from '../topics/system/meta.js';

/** The values of the META partition. */
export const metaHandlers: HandlersOf<MetaMethods> = {
  write({ machine }, { key, value }) {
    machine.state(meta).write(key, Buffer.from(value).toString());
  },

  delete({ machine }, { key }) {
    machine.state(meta).delete(key);
  },
};
