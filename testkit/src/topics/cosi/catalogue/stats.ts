import type { Init } from 'talos-client';
import type { MemInfo } from '../../../../generated/system.js';
import type { Machine } from '../../../base/machine.js';
import { systemStatOf } from '../../hardware/cpu.js';
import { memInfoOf } from '../../hardware/memory.js';
import {
  type CpuStatSpec,
  type CpuTimes,
  cpuStatKind,
  type MemoryStatSpec,
  memoryFields,
  memoryStatKind,
} from '../kinds/hardware.js';
import { type Published, publish, type ResourceSource } from '../source.js';

/** The kernel's counters, which Talos looks at every 30 seconds. */
export const statSource: ResourceSource = {
  kinds: [cpuStatKind, memoryStatKind],
  topics: [],
  everyMs: 30_000,
  *resources(machine: Machine): Generator<Published> {
    yield publish(cpuStatKind, 'latest', cpuStat(systemStatOf(machine)));
    yield publish(memoryStatKind, 'latest', memoryStat(memInfoOf(machine)));
  },
};

function cpuStat(stat: ReturnType<typeof systemStatOf>): CpuStatSpec {
  return {
    cpu: (stat.cpu ?? []).map(cpuTimes),
    cpuTotal: cpuTimes(stat.cpuTotal ?? {}),
    irqTotal: Number(stat.irqTotal ?? 0n),
    contextSwitches: Number(stat.contextSwitches ?? 0n),
    processCreated: Number(stat.processCreated ?? 0n),
    processRunning: Number(stat.processRunning ?? 0n),
    processBlocked: Number(stat.processBlocked ?? 0n),
    softIrqTotal: Number(stat.softIrqTotal ?? 0n),
  };
}

function cpuTimes(times: Init<CpuTimes>): CpuTimes {
  const { user = 0, nice = 0, system = 0, idle = 0, iowait = 0 } = times;
  const { irq = 0, softIrq = 0, steal = 0, guest = 0, guestNice = 0 } = times;
  return { user, nice, system, idle, iowait, irq, softIrq, steal, guest, guestNice };
}

/** The same figures as in `/proc/meminfo`, but that used memory stands for free one. */
function memoryStat(memory: MemInfo): MemoryStatSpec {
  const amount = (name: string) =>
    name === 'memUsed'
      ? memory.memtotal - memory.memfree
      : memory[name.toLowerCase() as 'memtotal'];
  const entries = memoryFields.map(([key, name]) => [key, Number(amount(name))] as const);
  return Object.fromEntries(entries) as MemoryStatSpec;
}
