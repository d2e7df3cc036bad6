import type { SystemMethods } from 'talos-client/system';
import type { HandlersOf } from '../base/calls/rpc.js';
import { cpuFrequenciesOf, cpuInfoOf, systemStatOf } from '../topics/hardware/cpu.js';
import { diskStatsOf } from '../topics/hardware/disk-stats.js';
import { loadOf } from '../topics/hardware/load.js';
import { memInfoOf } from '../topics/hardware/memory.js';
import { processesOf } from '../topics/system/processes.js';

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
  processes: ({ machine }) => ({
    processes: processesOf(machine).map(({ cgroup: _, ...process }) => process),
  }),
  systemStat: ({ machine }) => systemStatOf(machine),
};
