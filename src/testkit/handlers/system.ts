import type { SystemMethods } from '../../../generated/features/system.js';
import type { HandlersOf } from '../rpc.js';

/** Version, host name, processes and counters. */
export const systemHandlers: HandlersOf<Pick<SystemMethods, 'version' | 'hostname'>> = {
  version: ({ machine }) => ({
    version: {
      tag: machine.talosVersion,
      sha: machine.cluster.random.fork(`release/${machine.talosVersion}`).hex(8),
      built: '',
      goVersion: 'go1.26.0',
      os: 'linux',
      arch: 'amd64',
    },
    platform: { name: 'metal', mode: 'metal' },
    // Absent while there is no configuration to say it.
    ...(machine.inMaintenance ? {} : { features: { rbac: true } }),
  }),

  hostname: ({ machine }) => ({ hostname: machine.name }),
};
