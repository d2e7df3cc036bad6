import type { Machine } from '../../base/machine.js';
import { uptimeOf } from '../../base/time/wave.js';
import { BUSY_SHARE, CORES, CPU_MODEL, systemStatOf } from '../hardware/cpu.js';
import { diskStatsOf } from '../hardware/disk-stats.js';
import { loadOf } from '../hardware/load.js';
import { memInfoOf } from '../hardware/memory.js';
import { KERNEL_CMDLINE, KERNEL_RELEASE } from '../system/kernel.js';
import { processesOf } from '../system/processes.js';
import { type Directory, directory, kernelDirectory, kernelFile, symlink } from './node.js';
import { processDirectory } from './proc-process.js';
import { sysctlsOf } from './sysctls.js';

/** `/proc`: processes, and what the kernel counts. */
export function procOf(machine: Machine): Directory {
  return directory(
    () => ({
      ...Object.fromEntries(
        processesOf(machine).map((process) => [
          String(process.pid),
          processDirectory(machine, process),
        ]),
      ),
      bus: kernelDirectory({ pci: kernelDirectory({ devices: kernelFile(() => PCI_DEVICES) }) }),
      cmdline: kernelFile(() => `${KERNEL_CMDLINE}\n`),
      cpuinfo: kernelFile(() => cpuInfo()),
      diskstats: kernelFile(() => diskStats(machine)),
      filesystems: kernelFile(() => FILESYSTEMS.map((name) => `${name}\n`).join('')),
      loadavg: kernelFile(() => loadAverage(machine)),
      meminfo: kernelFile(() => memInfo(machine)),
      modules: kernelFile(() => ''),
      mounts: symlink('self/mounts'),
      net: symlink('self/net'),
      self: symlink('1'),
      stat: kernelFile(() => stat(machine)),
      swaps: kernelFile(() => 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n'),
      sys: sysctlsOf(machine),
      uptime: kernelFile(() => uptime(machine)),
      version: kernelFile(
        () =>
          `Linux version ${KERNEL_RELEASE} (@buildkitsandbox) (gcc (GCC) 15.2.0, GNU ld (GNU Binutils) 2.45) #1 SMP PREEMPT_DYNAMIC\n`,
      ),
    }),
    {
      permissions: 0o555,
      virtual: true,
      modifiedAt: machine.clock.now(),
      label: 'system_u:object_r:proc_t:s0',
    },
  );
}

const FILESYSTEMS = [
  ...['sysfs', 'tmpfs', 'bdev', 'proc', 'cgroup2', 'devtmpfs', 'securityfs', 'bpf', 'devpts'].map(
    (name) => `nodev\t${name}`,
  ),
  ...['squashfs', 'vfat', 'xfs', 'ext4', 'iso9660'].map((name) => `\t${name}`),
  'nodev\toverlay',
];

const PCI_DEVICES =
  '0000\t808629c0\t0\n0018\t1af41000\ta\tvirtio-pci\n0020\t1af41004\tb\tvirtio-pci\n';

function cpuInfo(): string {
  return Array.from({ length: CORES }, (_, core) =>
    [
      `processor\t: ${core}`,
      'vendor_id\t: AuthenticAMD',
      `model name\t: ${CPU_MODEL}`,
      `core id\t\t: ${core}`,
      `cpu cores\t: ${CORES}`,
      '\n',
    ].join('\n'),
  ).join('');
}

/** The same names as in the file of the kernel, which writes some in capitals and brackets. */
function memInfo(machine: Machine): string {
  const info = memInfoOf(machine);
  const rows = [
    ['MemTotal', info.memtotal],
    ['MemFree', info.memfree],
    ['MemAvailable', info.memavailable],
    ['Buffers', info.buffers],
    ['Cached', info.cached],
    ['SwapCached', info.swapcached],
    ['Active', info.active],
    ['Inactive', info.inactive],
    ['SwapTotal', info.swaptotal],
    ['SwapFree', info.swapfree],
    ['Dirty', info.dirty],
    ['AnonPages', info.anonpages],
    ['Mapped', info.mapped],
    ['Shmem', info.shmem],
    ['Slab', info.slab],
    ['KernelStack', info.kernelstack],
    ['PageTables', info.pagetables],
    ['CommitLimit', info.commitlimit],
    ['Committed_AS', info.committedas],
  ] as const;
  return rows
    .map(([name, kib]) => `${`${name}:`.padEnd(16)}${String(kib).padStart(8)} kB\n`)
    .join('');
}

function loadAverage(machine: Machine): string {
  const { load1 = 0, load5 = 0, load15 = 0 } = loadOf(machine);
  const processes = processesOf(machine);
  const loads = [load1, load5, load15].map((load) => load.toFixed(2)).join(' ');
  return `${loads} 1/${processes.length} ${processes.at(-1)?.pid ?? 1}\n`;
}

function uptime(machine: Machine): string {
  const seconds = uptimeOf(machine);
  const idle = seconds * CORES * (1 - BUSY_SHARE);
  return `${seconds.toFixed(2)} ${idle.toFixed(2)}\n`;
}

/** Times are in hundredths of a second here. */
function stat(machine: Machine): string {
  const { cpuTotal, cpu = [], bootTime, contextSwitches, processCreated } = systemStatOf(machine);
  const line = (name: string, times: typeof cpuTotal) => {
    const {
      user = 0,
      nice = 0,
      system = 0,
      idle = 0,
      iowait = 0,
      irq = 0,
      softIrq = 0,
    } = times ?? {};
    const ticks = [user, nice, system, idle, iowait, irq, softIrq, 0, 0, 0];
    return `${name} ${ticks.map((seconds) => Math.round(seconds * 100)).join(' ')}\n`;
  };
  return (
    line('cpu ', cpuTotal) +
    cpu.map((times, core) => line(`cpu${core}`, times)).join('') +
    `ctxt ${contextSwitches}\nbtime ${bootTime}\nprocesses ${processCreated}\n`
  );
}

function diskStats(machine: Machine): string {
  return diskStatsOf(machine)
    .devices.map((disk) => {
      const { name, readCompleted, readMerged, readSectors, readTimeMs } = disk;
      const reads = [readCompleted, readMerged, readSectors, readTimeMs].join(' ');
      const { writeCompleted, writeMerged, writeSectors, writeTimeMs } = disk;
      const writes = [writeCompleted, writeMerged, writeSectors, writeTimeMs].join(' ');
      const { ioInProgress, ioTimeMs, ioTimeWeightedMs } = disk;
      const minor = Number(/\d+$/.exec(name)?.[0] ?? 0) + (name.startsWith('sdb') ? 16 : 0);
      const device = `${String(name.startsWith('loop') ? 7 : 8).padStart(4)} ${String(minor).padStart(7)}`;
      return `${device} ${name} ${reads} ${writes} ${ioInProgress} ${ioTimeMs} ${ioTimeWeightedMs}\n`;
    })
    .join('');
}
