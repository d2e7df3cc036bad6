import type { Init } from 'talos-client';
import type { Machine } from '../../../base/machine.js';
import { systemStatOf } from '../../hardware/cpu.js';
import { memInfoOf } from '../../hardware/memory.js';
import { type CpuStatSpec, type CpuTimes, cpuStatKind, memoryStatKind } from '../kinds/hardware.js';
import { type Published, publish, type ResourceSource } from '../source.js';

/** The kernel's counters, which Talos looks at every 30 seconds. */
export const statSource: ResourceSource = {
  kinds: [cpuStatKind, memoryStatKind],
  topics: [],
  everyMs: 30_000,
  *resources(machine: Machine): Generator<Published> {
    yield publish(cpuStatKind, 'latest', cpuStat(systemStatOf(machine)));
    const memory = memInfoOf(machine);
    const kib = (value: bigint) => Number(value);
    yield publish(memoryStatKind, 'latest', {
      total: kib(memory.memtotal),
      used: kib(memory.memtotal - memory.memfree),
      available: kib(memory.memavailable),
      buffers: kib(memory.buffers),
      cached: kib(memory.cached),
      active: kib(memory.active),
      inactive: kib(memory.inactive),
      slab: kib(memory.slab),
    });
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
