/** What a slice of work cost the process that did it. */
export interface Cost {
  /** CPU time of all threads, in microseconds. */
  readonly cpuUs: number;
  readonly wallUs: number;
}

/** Runs `work` and says what it cost. */
export async function measure(work: () => unknown): Promise<Cost> {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  await work();
  const wallUs = Number(process.hrtime.bigint() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { cpuUs: user + system, wallUs };
}

/** The middle value; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** What values are against a base. The two figures agree on a machine that does nothing else. */
export interface Comparison {
  /** The median of the ratios, value by value. */
  readonly ratio: number;
  /** The ratio of the best values. */
  readonly bestRatio: number;
}

/** Compares `values` with the values of the same rounds in `base`. */
export function compare(values: readonly number[], base: readonly number[]): Comparison {
  const ratios = values.map((value, round) => value / (base[round] as number));
  return { ratio: median(ratios), bestRatio: Math.min(...values) / Math.min(...base) };
}
