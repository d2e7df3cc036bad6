import { BUSY_SHARE, CORES, CPU_MODEL, systemStatOf } from '../hardware/cpu.js';
import { diskStatsOf } from '../hardware/disk-stats.js';
import { loadOf } from '../hardware/load.js';
import { memInfoOf } from '../hardware/memory.js';
import { KERNEL_CMDLINE, KERNEL_RELEASE } from '../kernel.js';
import type { Machine } from '../machine.js';
import { type NodeProcess, processesOf } from '../processes.js';
import { uptimeOf } from '../wave.js';
import { procMounts } from './mounts.js';
import { type Directory, directory, type FileNode, file, symlink, unreadable } from './node.js';
import { netOf } from './proc-net.js';

/** A file that the kernel makes when it is read. */
function made(content: () => string): FileNode {
  return file(content, { permissions: 0o444 });
}

/** `/proc`: processes, and what the kernel counts. */
export function procOf(machine: Machine): Directory {
  return directory(
    () => ({
      ...Object.fromEntries(
        processesOf(machine).map((process) => [String(process.pid), processOf(machine, process)]),
      ),
      bus: directory({ pci: directory({ devices: made(() => PCI_DEVICES) }) }),
      cmdline: made(() => `${KERNEL_CMDLINE}\n`),
      cpuinfo: made(() => cpuInfo()),
      diskstats: made(() => diskStats(machine)),
      filesystems: made(() => FILESYSTEMS.map((name) => `${name}\n`).join('')),
      loadavg: made(() => loadAverage(machine)),
      meminfo: made(() => memInfo(machine)),
      modules: made(() => ''),
      mounts: symlink('self/mounts'),
      net: symlink('self/net'),
      self: symlink('1'),
      stat: made(() => stat(machine)),
      swaps: made(() => 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n'),
      sys: sysctlsOf(machine),
      uptime: made(() => uptime(machine)),
      version: made(
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

function processOf(machine: Machine, process: NodeProcess): Directory {
  const { pid, ppid = 0, command, executable = '', args = '', threads = 1, label = '' } = process;
  const pages = Number((process.residentMemory ?? 0n) / 4096n);
  return directory(
    () => ({
      attr: directory({ current: made(() => `${label}\n`) }),
      cgroup: made(() => (pid === 1 ? '0::/init\n' : `0::/system/${command}\n`)),
      cmdline: made(() => `${args.split(' ').join('\0')}\0`),
      comm: made(() => `${command}\n`),
      cwd: symlink('/'),
      environ: file('', { permissions: 0o400 }),
      exe: symlink(executable),
      mounts: made(() => procMounts(machine)),
      net: netOf(machine),
      root: symlink('/'),
      statm: made(() => `${Number((process.virtualMemory ?? 0n) / 4096n)} ${pages} 0 0 0 0 0\n`),
      status: made(() =>
        [
          `Name:\t${command}`,
          'Umask:\t0022',
          'State:\tS (sleeping)',
          `Tgid:\t${pid}`,
          `Pid:\t${pid}`,
          `PPid:\t${ppid}`,
          'Uid:\t0\t0\t0\t0',
          'Gid:\t0\t0\t0\t0',
          `VmRSS:\t${String(pages * 4).padStart(8)} kB`,
          `Threads:\t${threads}`,
          '',
        ].join('\n'),
      ),
    }),
    { permissions: 0o555 },
  );
}

/** Settings of the kernel. One of them is a secret that it gives to nobody while there is none. */
function sysctlsOf(machine: Machine): Directory {
  const value = (text: () => string) => file(() => `${text()}\n`, { permissions: 0o644 });
  const fixed = (text: string) => value(() => text);
  const ipv6 = () =>
    directory({
      accept_ra: fixed('1'),
      forwarding: fixed('1'),
      stable_secret: unreadable('EIO', { permissions: 0o600 }),
    });
  return directory({
    fs: directory({ 'file-max': fixed('9223372036854775807') }),
    kernel: directory(() => ({
      hostname: value(() => machine.name),
      osrelease: value(() => KERNEL_RELEASE),
      ostype: fixed('Linux'),
      panic: fixed('10'),
      panic_on_oops: fixed('1'),
      pid_max: fixed('4194304'),
      random: directory({
        boot_id: made(() => `${machine.bootId}\n`),
        entropy_avail: fixed('256'),
        uuid: made(() => `${machine.randomOfCall().uuid()}\n`),
      }),
    })),
    net: directory({
      ipv4: directory({ ip_forward: fixed('1') }),
      ipv6: directory({ conf: directory({ all: ipv6(), default: ipv6() }) }),
    }),
    vm: directory({ overcommit_memory: fixed('1'), swappiness: fixed('60') }),
  });
}

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
