import type { DiskStat, DiskStats } from '../../../generated/system.js';
import type { Machine } from '../../base/machine.js';
import { counterOf } from '../../base/time/wave.js';
import { SYSTEM_DISK } from '../storage/disks.js';
import { storage } from '../storage/storage.js';

/** How busy a block device is: operations and sectors per second. */
interface Traffic {
  readonly name: string;
  readonly reads: number;
  readonly writes: number;
  readonly sectorsPerRead: number;
  readonly sectorsPerWrite: number;
}

/** The counters of /proc/diskstats. The total is that of all rows, partitions beside their disk. */
export function diskStatsOf(machine: Machine): DiskStats {
  const devices = trafficOf(machine).map((traffic) => counters(machine, traffic));
  const total = devices.reduce(sum, none(''));
  return { metadata: undefined, total, devices };
}

function trafficOf(machine: Machine): readonly Traffic[] {
  const { inMaintenance, type } = machine;
  const idle = { reads: 0.02, writes: 0, sectorsPerRead: 8, sectorsPerWrite: 8 };
  // The root file system, which lives in memory.
  const root: Traffic = { ...idle, name: 'loop0', reads: 0.9, sectorsPerRead: 46 };
  const others = machine
    .state(storage)
    .disks.filter(({ name }) => name !== root.name && name !== SYSTEM_DISK)
    .flatMap(({ name, partitions }) => [name, ...partitions.map((one) => one.name)])
    .map((name): Traffic => ({ ...idle, name }));
  if (inMaintenance) return [root, { ...idle, name: SYSTEM_DISK }, ...others];
  // On a control plane etcd writes all the time, and little at a time.
  const writes = type === 'controlplane' ? 34 : 6;
  const data: Traffic = {
    name: 'sda4',
    reads: 2.1,
    writes,
    sectorsPerRead: 58,
    sectorsPerWrite: 21,
  };
  return [
    root,
    { ...data, name: 'sda', reads: data.reads + 0.1, writes: data.writes + 0.02 },
    { ...idle, name: 'sda1' },
    { ...idle, name: 'sda2' },
    { ...idle, name: 'sda3', writes: 0.02 },
    data,
    ...others,
  ];
}

function counters(machine: Machine, traffic: Traffic): DiskStat {
  const { name, reads, writes, sectorsPerRead, sectorsPerWrite } = traffic;
  const disk = name.replace(/(?<=[a-z])\d+$/, '');
  const readCompleted = counterOf(machine, `disk/${disk}/reads`, reads);
  const writeCompleted = counterOf(machine, `disk/${disk}/writes`, writes);
  const readTimeMs = (readCompleted * 6n) / 10n;
  const writeTimeMs = (writeCompleted * 17n) / 10n;
  return {
    name,
    readCompleted,
    readMerged: readCompleted / 9n,
    readSectors: readCompleted * BigInt(sectorsPerRead),
    readTimeMs,
    writeCompleted,
    writeMerged: writeCompleted / 4n,
    writeSectors: writeCompleted * BigInt(sectorsPerWrite),
    writeTimeMs,
    ioInProgress: 0n,
    ioTimeMs: ((readTimeMs + writeTimeMs) * 8n) / 10n,
    ioTimeWeightedMs: readTimeMs + writeTimeMs,
    discardCompleted: 0n,
    discardMerged: 0n,
    discardSectors: 0n,
    discardTimeMs: 0n,
  };
}

function sum(total: DiskStat, device: DiskStat): DiskStat {
  const result = { ...total };
  for (const [name, value] of Object.entries(device) as [keyof DiskStat, unknown][]) {
    if (name !== 'name' && typeof value === 'bigint') result[name] += value;
  }
  return result;
}

function none(name: string): DiskStat {
  return {
    name,
    readCompleted: 0n,
    readMerged: 0n,
    readSectors: 0n,
    readTimeMs: 0n,
    writeCompleted: 0n,
    writeMerged: 0n,
    writeSectors: 0n,
    writeTimeMs: 0n,
    ioInProgress: 0n,
    ioTimeMs: 0n,
    ioTimeWeightedMs: 0n,
    discardCompleted: 0n,
    discardMerged: 0n,
    discardSectors: 0n,
    discardTimeMs: 0n,
  };
}
