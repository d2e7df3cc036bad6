import type { Init } from 'talos-client';
import type {
  CPUFreqStats,
  CPUInfo,
  CPUStat,
  SoftIRQStat,
  SystemStat,
} from '../../../generated/system.js';
import type { Machine } from '../../base/machine.js';
import { counterOf, uptimeOf, type Wave, waveOf } from '../../base/time/wave.js';

/** How many processors a node has. */
export const CORES = 4;

/** What the processors are, as the kernel names them. */
export const CPU_MODEL = 'AMD EPYC Processor';

const MIN_KHZ = 1_200_000;
const MAX_KHZ = 2_000_000;

/** The shares of its time that a processor spends working, on average. */
const SHARES = {
  user: 0.07,
  nice: 0.0005,
  system: 0.035,
  iowait: 0.004,
  softIrq: 0.003,
} as const;

/** The processors as /proc/cpuinfo lists them. */
export function cpuInfoOf(machine: Machine): readonly Init<CPUInfo>[] {
  return cores().map((core) => ({
    processor: core,
    vendorId: 'AuthenticAMD',
    cpuFamily: '23',
    model: '1',
    modelName: CPU_MODEL,
    stepping: '2',
    microcode: '0x1000065',
    cpuMhz: kilohertz(machine, core) / 1000,
    cacheSize: '512 KB',
    physicalId: '0',
    siblings: CORES,
    coreId: String(core),
    apicId: String(core),
    initialApicId: String(core),
    fpu: 'yes',
    fpuException: 'yes',
    cpuIdLevel: 13,
    wp: 'yes',
    flags: FLAGS,
    bugs: ['sysret_ss_attrs', 'null_seg', 'spectre_v1', 'spectre_v2', 'spec_store_bypass'],
    bogoMips: 4000,
    clFlushSize: 64,
    cacheAlignment: 64,
    addressSizes: '40 bits physical, 48 bits virtual',
  }));
}

const FLAGS = (
  'fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse ' +
  'sse2 ht syscall nx mmxext fxsr_opt pdpe1gb rdtscp lm rep_good nopl cpuid extd_apicid pni ' +
  'pclmulqdq ssse3 fma cx16 sse4_1 sse4_2 x2apic movbe popcnt aes xsave avx f16c rdrand hypervisor'
).split(' ');

/** How fast each processor runs: the busier it is, the faster. */
export function cpuFrequenciesOf(machine: Machine): readonly Init<CPUFreqStats>[] {
  return cores().map((core) => ({
    currentFrequency: BigInt(kilohertz(machine, core)),
    minimumFrequency: BigInt(MIN_KHZ),
    maximumFrequency: BigInt(MAX_KHZ),
    governor: 'schedutil',
  }));
}

function kilohertz(machine: Machine, core: number): number {
  const busy = (coreWave(machine, core).at(uptimeOf(machine)) - 0.35) / 1.3;
  return Math.round((MIN_KHZ + busy * (MAX_KHZ - MIN_KHZ)) / 1000) * 1000;
}

/** What the kernel counts: processor times, interrupts, processes. */
export function systemStatOf(machine: Machine): Init<SystemStat> {
  const cpu = cores().map((core) => coreTimes(machine, core));
  const softIrq = softIrqOf(machine);
  const irq = irqOf(machine);
  return {
    bootTime: BigInt(Math.floor(machine.bootedAt / 1000)),
    cpuTotal: total(cpu),
    cpu,
    irqTotal: irq.reduce((sum, count) => sum + count, 0n),
    irq,
    contextSwitches: counterOf(machine, 'context switches', 9_400),
    processCreated: BASE_PROCESSES + counterOf(machine, 'forks', 2.5),
    processRunning: BigInt(Math.ceil(waveOf(machine, 'running').at(uptimeOf(machine)) * 1.5)),
    processBlocked: waveOf(machine, 'blocked').at(uptimeOf(machine)) > 1.5 ? 1n : 0n,
    softIrqTotal: Object.values(softIrq).reduce((sum, count) => sum + count, 0n),
    softIrq,
  };
}

/** Processes of the kernel itself and of the first seconds. */
const BASE_PROCESSES = 420n;

/** How busy a processor is. */
export function coreWave(machine: Machine, core: number): Wave {
  return waveOf(machine, `cpu/${core}`);
}

/** The share of the time that processors work, on average. */
export const BUSY_SHARE = Object.values(SHARES).reduce((sum, share) => sum + share, 0);

/** The times of a processor in seconds. Together they are the time that the node is up. */
function coreTimes(machine: Machine, core: number): CPUStat {
  const uptime = uptimeOf(machine);
  const worked = coreWave(machine, core).sum(uptime);
  const times = {
    user: ticks(worked * SHARES.user),
    nice: ticks(worked * SHARES.nice),
    system: ticks(worked * SHARES.system),
    iowait: ticks(worked * SHARES.iowait),
    softIrq: ticks(worked * SHARES.softIrq),
  };
  const idle = ticks(uptime - Object.values(times).reduce((sum, time) => sum + time, 0));
  return { ...times, idle, irq: 0, steal: 0, guest: 0, guestNice: 0 };
}

function total(cpu: readonly CPUStat[]): CPUStat {
  const sum = (name: keyof CPUStat) => ticks(cpu.reduce((all, times) => all + times[name], 0));
  return {
    user: sum('user'),
    nice: sum('nice'),
    system: sum('system'),
    idle: sum('idle'),
    iowait: sum('iowait'),
    irq: sum('irq'),
    softIrq: sum('softIrq'),
    steal: sum('steal'),
    guest: sum('guest'),
    guestNice: sum('guestNice'),
  };
}

/** The kernel counts time in hundredths of a second. */
function ticks(seconds: number): number {
  return Math.max(0, Math.round(seconds * 100)) / 100;
}

function softIrqOf(machine: Machine): SoftIRQStat {
  const count = (kind: string, perSecond: number) =>
    counterOf(machine, `softirq/${kind}`, perSecond);
  return {
    hi: 0n,
    timer: count('timer', 610),
    netTx: count('net_tx', 3),
    netRx: count('net_rx', 240),
    block: count('block', 22),
    blockIoPoll: 0n,
    tasklet: count('tasklet', 4),
    sched: count('sched', 430),
    hrtimer: 0n,
    rcu: count('rcu', 520),
  };
}

/** Interrupts by their number: timer, keyboard, clock, disk and network card. */
function irqOf(machine: Machine): bigint[] {
  const rates: Readonly<Record<number, number>> = { 0: 0.01, 4: 1, 24: 21, 26: 120, 27: 95 };
  return Array.from({ length: 32 }, (_, number) =>
    rates[number] === undefined ? 0n : counterOf(machine, `irq/${number}`, rates[number]),
  );
}

function cores(): readonly number[] {
  return Array.from({ length: CORES }, (_, core) => core);
}
