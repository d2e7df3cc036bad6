import type { DiskStat } from '../../../generated/system.js';
import type { Machine } from '../../base/machine.js';
import { storage } from '../storage/storage.js';
import { type NodeProcess, processesOf } from '../system/processes.js';
import { systemStatOf } from './cpu.js';
import { diskStatsOf } from './disk-stats.js';
import { memInfoOf } from './memory.js';

/** A control group of a node with what is in it. */
export interface Cgroup {
  /** From the root, such as `system/apid`; empty for the root. */
  readonly path: string;
  /** By name. */
  readonly children: ReadonlyMap<string, Cgroup>;
  /** Those that are in this group itself. */
  readonly processes: readonly NodeProcess[];
  readonly usage: CgroupUsage;
}

/** What the processes of a group and of those below it use. */
export interface CgroupUsage {
  /** In bytes. */
  readonly memory: { readonly anon: number; readonly file: number; readonly kernel: number };
  /** Processor time in microseconds. */
  readonly cpu: { readonly user: number; readonly system: number };
  readonly threads: number;
  /** Disks that were read or written, by `major:minor`. */
  readonly io: ReadonlyMap<string, CgroupIo>;
}

/** What was read from and written to a disk. */
export interface CgroupIo {
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly reads: number;
  readonly writes: number;
}

/** Groups that Talos makes when it starts, whether something runs in them or not. */
const ALWAYS = ['init', 'podruntime', 'system'];

/** The share that a group has in what a disk reads and writes. */
const ioShares: Readonly<Record<string, readonly [reads: number, writes: number]>> = {
  'podruntime/etcd': [0.2, 0.62],
  'podruntime/kubelet': [0.12, 0.06],
  'podruntime/runtime': [0.34, 0.17],
  'system/runtime': [0.08, 0.01],
};

/** The control groups of a node: a tree from the root. */
export function cgroupsOf(machine: Machine): Cgroup {
  const processes = processesOf(machine);
  const paths = new Set([...ALWAYS, ...processes.map(({ cgroup }) => cgroup)]);
  const io = diskIo(machine);
  const root = group('', [...paths], processes, io);
  return { ...root, usage: wholeNode(machine, root, io) };
}

function group(
  path: string,
  below: readonly string[],
  processes: readonly NodeProcess[],
  disks: ReadonlyMap<string, CgroupIo>,
): Cgroup {
  const prefix = path === '' ? '' : `${path}/`;
  const names = new Set(
    below
      .filter((other) => other.startsWith(prefix) && other !== path)
      .map((other) => other.slice(prefix.length).split('/')[0] as string),
  );
  const children = new Map(
    [...names]
      .sort()
      .map((name) => [name, group(`${prefix}${name}`, below, processes, disks)] as const),
  );
  const own = processes.filter(({ cgroup }) => cgroup === path);
  const parts = [ownUsage(path, own, disks), ...[...children.values()].map(({ usage }) => usage)];
  return { path, children, processes: own, usage: parts.reduce(sum) };
}

function ownUsage(
  path: string,
  processes: readonly NodeProcess[],
  disks: ReadonlyMap<string, CgroupIo>,
): CgroupUsage {
  const total = (one: (process: NodeProcess) => number) =>
    processes.reduce((all, process) => all + one(process), 0);
  const anon = total(({ residentMemory = 0n }) => Number(residentMemory));
  const threads = total(({ threads = 1 }) => threads);
  const microseconds = Math.round(total(({ cpuTime = 0 }) => cpuTime) * 1e6);
  const user = Math.round(microseconds * 0.47);
  return {
    // What programs have read stays in memory beside what they have of their own.
    memory: { anon, file: pages(anon * 0.35), kernel: threads * 20_480 },
    cpu: { user, system: microseconds - user },
    threads,
    io: shareOf(path, disks),
  };
}

function shareOf(path: string, disks: ReadonlyMap<string, CgroupIo>): CgroupUsage['io'] {
  const shares = ioShares[path];
  if (shares === undefined) return new Map();
  const [reads, writes] = shares;
  return new Map(
    [...disks].map(([device, io]) => [
      device,
      {
        readBytes: pages(io.readBytes * reads),
        writtenBytes: pages(io.writtenBytes * writes),
        reads: Math.floor(io.reads * reads),
        writes: Math.floor(io.writes * writes),
      },
    ]),
  );
}

function sum(one: CgroupUsage, other: CgroupUsage): CgroupUsage {
  const io = new Map(one.io);
  for (const [device, more] of other.io) {
    const before = io.get(device) ?? { readBytes: 0, writtenBytes: 0, reads: 0, writes: 0 };
    io.set(device, {
      readBytes: before.readBytes + more.readBytes,
      writtenBytes: before.writtenBytes + more.writtenBytes,
      reads: before.reads + more.reads,
      writes: before.writes + more.writes,
    });
  }
  return {
    memory: {
      anon: one.memory.anon + other.memory.anon,
      file: one.memory.file + other.memory.file,
      kernel: one.memory.kernel + other.memory.kernel,
    },
    cpu: { user: one.cpu.user + other.cpu.user, system: one.cpu.system + other.cpu.system },
    threads: one.threads + other.threads,
    io,
  };
}

/** The root shows what the kernel counts for all, which includes itself. */
function wholeNode(
  machine: Machine,
  { usage }: Cgroup,
  io: ReadonlyMap<string, CgroupIo>,
): CgroupUsage {
  const {
    anonpages = 0n,
    cached = 0n,
    slab = 0n,
    kernelstack = 0n,
    pagetables = 0n,
  } = memInfoOf(machine);
  const {
    user = 0,
    nice = 0,
    system = 0,
    irq = 0,
    softIrq = 0,
  } = systemStatOf(machine).cpuTotal ?? {};
  const bytes = (...kib: readonly bigint[]) =>
    kib.reduce((all, one) => all + Number(one) * 1024, 0);
  return {
    memory: {
      anon: bytes(anonpages),
      file: bytes(cached),
      kernel: bytes(slab, kernelstack, pagetables),
    },
    cpu: {
      user: Math.max(usage.cpu.user, Math.round((user + nice) * 1e6)),
      system: Math.max(usage.cpu.system, Math.round((system + irq + softIrq) * 1e6)),
    },
    threads: usage.threads,
    io,
  };
}

/** What whole disks have read and written, by `major:minor`. */
function diskIo(machine: Machine): ReadonlyMap<string, CgroupIo> {
  const { devices = [] } = diskStatsOf(machine);
  const byName = new Map(devices.map((device) => [device.name, device]));
  return new Map(
    machine.state(storage).disks.flatMap(({ name, major, minor }) => {
      const device = byName.get(name);
      return device === undefined ? [] : [[`${major}:${minor}`, countersOf(device)] as const];
    }),
  );
}

function countersOf(device: DiskStat): CgroupIo {
  const { readSectors, writeSectors, readCompleted, writeCompleted } = device;
  return {
    readBytes: Number(readSectors) * 512,
    writtenBytes: Number(writeSectors) * 512,
    reads: Number(readCompleted),
    writes: Number(writeCompleted),
  };
}

/** Memory comes in pages of 4 KiB. */
function pages(bytes: number): number {
  return Math.floor(bytes / 4096) * 4096;
}
