import type { Machine } from '../../base/machine.js';
import { type Cgroup, type CgroupUsage, cgroupsOf } from '../hardware/cgroup-usage.js';
import { CORES } from '../hardware/cpu.js';
import { cgroupLimits } from '../system/cgroups.js';
import type { NodeProcess } from '../system/processes.js';
import { type Directory, type FileNode, kernelDirectory, kernelFile } from './node.js';

const CONTROLLERS = 'cpuset cpu io memory hugetlb pids\n';

type Files = Readonly<Record<string, FileNode>>;

/** `/sys/fs/cgroup`: what groups of processes use, and what they may use. */
export function cgroupDirectory(machine: Machine): Directory {
  return kernelDirectory(() => groupDirectory(cgroupsOf(machine)));
}

function groupDirectory(group: Cgroup): Files {
  const below = Object.fromEntries(
    [...group.children].map(([name, child]) => [
      name,
      kernelDirectory(() => groupDirectory(child)),
    ]),
  );
  return { ...below, ...everyGroup(group), ...(group.path === '' ? {} : otherGroup(group)) };
}

/** What the root has like all others. */
function everyGroup({ processes, children, usage }: Cgroup): Files {
  const stalled = usage.cpu.system / 2000;
  return {
    'cgroup.controllers': kernelFile(CONTROLLERS),
    'cgroup.max.depth': setting('max'),
    'cgroup.max.descendants': setting('max'),
    'cgroup.pressure': setting(1),
    'cgroup.procs': setting(...processes.map(({ pid }) => pid)),
    'cgroup.stat': flat({ nr_descendants: descendants(children), nr_dying_descendants: 0 }),
    'cgroup.subtree_control': kernelFile(children.size > 0 ? CONTROLLERS : '', 0o644),
    'cgroup.threads': setting(...processes.flatMap(threadIds)),
    'cpu.pressure': pressure(stalled, stalled * 0.7),
    'cpu.stat': flat({
      usage_usec: usage.cpu.user + usage.cpu.system,
      user_usec: usage.cpu.user,
      system_usec: usage.cpu.system,
      nr_periods: 0,
      nr_throttled: 0,
      throttled_usec: 0,
      nr_bursts: 0,
      burst_usec: 0,
    }),
    'cpu.stat.local': flat({ throttled_usec: 0 }),
    'cpuset.cpus.effective': kernelFile(`0-${CORES - 1}\n`),
    'cpuset.mems.effective': kernelFile('0\n'),
    'io.pressure': pressure(stalled / 3, stalled / 4),
    'io.stat': ioStat(usage),
    'memory.numa_stat': kernelFile(`anon N0=${usage.memory.anon}\nfile N0=${usage.memory.file}\n`),
    'memory.pressure': pressure(0, 0),
    'memory.stat': memoryStat(usage),
  };
}

/** What all groups but the root have. */
function otherGroup({ path, usage }: Cgroup): Files {
  const { cpuWeight, memoryMin, memoryLow, memoryMax, swapMax, pidsMax } = cgroupLimits(path);
  const { anon, file, kernel } = usage.memory;
  const memory = anon + file + kernel;
  const events = { low: 0, high: 0, max: 0, oom: 0, oom_kill: 0, oom_group_kill: 0 };
  return {
    'cgroup.events': flat({ populated: usage.threads > 0 ? 1 : 0, frozen: 0 }),
    'cgroup.freeze': setting(0),
    'cgroup.type': setting('domain'),
    'cpu.idle': setting(0),
    'cpu.max': setting('max 100000'),
    'cpu.max.burst': setting(0),
    'cpu.weight': setting(cpuWeight),
    'cpu.weight.nice': setting(niceOf(cpuWeight)),
    'cpuset.cpus': kernelFile('\n', 0o644),
    'cpuset.cpus.partition': setting('member'),
    'cpuset.mems': kernelFile('\n', 0o644),
    'io.bfq.weight': setting('default 100'),
    'io.max': kernelFile('', 0o644),
    'memory.current': value(memory),
    'memory.events': flat(events),
    'memory.events.local': flat(events),
    'memory.high': setting('max'),
    'memory.low': setting(memoryLow),
    'memory.max': setting(memoryMax),
    'memory.min': setting(memoryMin),
    'memory.oom.group': setting(0),
    // Use goes up and down by a fifth at most.
    'memory.peak': value(Math.ceil((memory * 1.2) / 4096) * 4096),
    'memory.swap.current': value(0),
    'memory.swap.events': flat({ high: 0, max: 0, fail: 0 }),
    'memory.swap.high': setting('max'),
    'memory.swap.max': setting(swapMax),
    'memory.swap.peak': value(0),
    'memory.zswap.current': value(0),
    'memory.zswap.max': setting('max'),
    'memory.zswap.writeback': setting(1),
    'pids.current': value(usage.threads),
    'pids.events': flat({ max: 0 }),
    'pids.max': setting(pidsMax),
    'pids.peak': value(usage.threads),
  };
}

/** Values that can be set, a line each. */
function setting(...values: readonly (number | string)[]): FileNode {
  return kernelFile(values.map((one) => `${one}\n`).join(''), 0o644);
}

/** A value that can only be read. */
function value(one: number): FileNode {
  return kernelFile(`${one}\n`);
}

/** Values with their names. */
function flat(values: Readonly<Record<string, number>>): FileNode {
  return kernelFile(
    Object.entries(values)
      .map(([name, one]) => `${name} ${one}\n`)
      .join(''),
  );
}

/** How long some or all processes had to wait; nothing waits just now. */
function pressure(some: number, full: number): FileNode {
  const line = (name: string, total: number) =>
    `${name} avg10=0.00 avg60=0.00 avg300=0.00 total=${Math.floor(total)}\n`;
  return kernelFile(line('some', some) + line('full', full), 0o644);
}

function ioStat({ io }: CgroupUsage): FileNode {
  const lines = [...io].map(
    ([device, { readBytes, writtenBytes, reads, writes }]) =>
      `${device} rbytes=${readBytes} wbytes=${writtenBytes} rios=${reads} wios=${writes} dbytes=0 dios=0\n`,
  );
  return kernelFile(lines.join(''));
}

function memoryStat({ memory: { anon, file, kernel }, threads }: CgroupUsage): FileNode {
  return flat({
    anon,
    file,
    kernel,
    kernel_stack: threads * 16_384,
    pagetables: threads * 4_096,
    sec_pagetables: 0,
    sock: 0,
    shmem: 0,
    file_mapped: Math.floor(file / 2 / 4096) * 4096,
    file_dirty: 0,
    file_writeback: 0,
    swapcached: 0,
    inactive_anon: 0,
    active_anon: anon,
    inactive_file: file,
    active_file: 0,
    unevictable: 0,
    pgfault: Math.floor((anon + file) / 4096),
    pgmajfault: 0,
  });
}

/** The nice level that the kernel takes for the weight: each step is a quarter more or less. */
function niceOf(weight: number): number {
  const nice = -Math.round(Math.log(weight / 100) / Math.log(1.25));
  return Math.min(19, Math.max(-20, nice)) + 0;
}

/** The first thread of a process has its id. */
function threadIds({ pid, threads = 1 }: NodeProcess): readonly number[] {
  const others = Array.from({ length: threads - 1 }, (_, index) => 100_000 + pid * 32 + index);
  return [pid, ...others];
}

function descendants(children: Cgroup['children']): number {
  let count = 0;
  for (const child of children.values()) count += 1 + descendants(child.children);
  return count;
}
