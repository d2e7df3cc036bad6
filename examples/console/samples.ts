import type { Memory, SystemStat } from 'talos-client/system';
import type { Sample } from './protocol.js';

/** How many samples of a node are kept. */
const KEPT = 150;
/** How far the time of one boot may move between two readings. */
const SAME_BOOT_SECONDS = 2n;

/** The last samples of a node, made of what its kernel counts. */
export class Samples {
  readonly #list: Sample[] = [];
  #before: SystemStat | undefined;

  /** Oldest first. */
  get list(): readonly Sample[] {
    return this.#list;
  }

  /** Adds what the node answered. */
  add(at: number, stat: SystemStat, memory: Memory): Sample {
    const cpu = busyShare(this.#before, stat);
    this.#before = stat;
    return this.#keep({ at, ...(cpu !== undefined && { cpu }), ...memoryUse(memory) });
  }

  /** Adds that the node did not answer. */
  addGap(at: number): Sample {
    this.#before = undefined;
    return this.#keep({ at });
  }

  #keep(sample: Sample): Sample {
    this.#list.push(sample);
    if (this.#list.length > KEPT) this.#list.shift();
    return sample;
  }
}

/**
 * The share of the time between two readings in which the processors worked, from 0 to 1. The kernel
 * counts from the boot on, so that nothing can be said of readings in two boots.
 */
export function busyShare(before: SystemStat | undefined, now: SystemStat): number | undefined {
  if (before === undefined) return undefined;
  // The kernel works the time of its boot out anew, and it moves a little when the clock is set.
  if (now.bootTime - before.bootTime > SAME_BOOT_SECONDS) return undefined;
  const [first, second] = [cpuSeconds(before), cpuSeconds(now)];
  const all = second.all - first.all;
  if (all <= 0) return undefined;
  return Math.min(1, Math.max(0, (second.busy - first.busy) / all));
}

function cpuSeconds({ cpuTotal }: SystemStat): { readonly all: number; readonly busy: number } {
  if (cpuTotal === undefined) return { all: 0, busy: 0 };
  // `guest` and `guestNice` are parts of `user` and `nice`.
  const { user, nice, system, irq, softIrq, steal, idle, iowait } = cpuTotal;
  const busy = user + nice + system + irq + softIrq + steal;
  return { busy, all: busy + idle + iowait };
}

function memoryUse({ meminfo }: Memory): Pick<Sample, 'memoryUsed' | 'memoryTotal'> {
  if (meminfo === undefined) return {};
  const { memtotal, memavailable } = meminfo;
  return {
    memoryUsed: Number(memtotal - memavailable) * 1024,
    memoryTotal: Number(memtotal) * 1024,
  };
}
