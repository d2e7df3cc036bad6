import type { SystemMethods } from 'talos-client/system';
import { cpuFrequenciesOf, cpuInfoOf, systemStatOf } from '../machine/hardware/cpu.js';
import { diskStatsOf } from '../machine/hardware/disk-stats.js';
import { loadOf } from '../machine/hardware/load.js';
import { memInfoOf } from '../machine/hardware/memory.js';
import { processesOf } from '../machine/processes.js';
import type { HandlersOf } from '../rpc.js';

/** Version, host name, processes and counters. */
export const systemHandlers: HandlersOf<SystemMethods> = {
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
  cpuInfo: ({ machine }) => ({ cpuInfo: cpuInfoOf(machine) }),
  cpuFreqStats: ({ machine }) => ({ cpuFreqStats: cpuFrequenciesOf(machine) }),
  diskStats: ({ machine }) => diskStatsOf(machine),
  loadAvg: ({ machine }) => loadOf(machine),
  memory: ({ machine }) => ({ meminfo: memInfoOf(machine) }),
  processes: ({ machine }) => ({ processes: processesOf(machine) }),
  systemStat: ({ machine }) => systemStatOf(machine),
};
