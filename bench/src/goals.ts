import type { SampleName } from './samples.js';
import type { WorkloadName } from './workloads.js';

/** What ours shall reach in a row of the table. */
export interface Goal {
  /** `most`: not above the limit; `least`: not below. */
  readonly kind: 'most' | 'least';
  readonly limit: number;
}

const most = (limit: number): Goal => ({ kind: 'most', limit });

/** Ratios to `raw`. */
export const callGoals: Readonly<Record<WorkloadName, Goal>> = {
  unary: most(1),
  unary64: most(0.95),
  large: most(1.9),
  logs: most(0.82),
  logsFramed: most(0.82),
  bytes: most(0.8),
  bytesFramed: most(0.8),
  download: most(1),
  upload: most(1),
  fanOut: most(0.95),
};

/** Ratios to the official Go client, over the carrier of our own. */
export const goGoals: Readonly<Record<WorkloadName, Goal>> = {
  unary: most(1),
  unary64: most(0.7),
  large: most(2.2),
  logs: most(1),
  logsFramed: most(1),
  bytes: most(0.75),
  bytesFramed: most(0.75),
  download: most(0.8),
  upload: most(0.9),
  fanOut: most(0.6),
};

/** Over the carrier of our own: KiB of a whole program, milliseconds of an import, MiB over idle. */
export const ownGoals = { bundle: most(40), import: most(15), memory: most(16) } as const;

/** Ratios to the fastest peer. A byte field is copied or not: it has no goal. */
export const codecGoals: Readonly<Record<'decode' | 'encode', Goal>> = {
  decode: most(0.6),
  encode: most(0.45),
};

export const samplesWithGoal: readonly SampleName[] = [
  'Version',
  'ServiceList',
  'Processes',
  'EtcdStatus',
  'Memory',
];

/** KiB. */
export const bundleGoals: Readonly<Record<string, Goal>> = { etcd: most(6), machine: most(16) };
/** Milliseconds over grpc-js alone. */
export const importGoal = most(8);
/** MiB over idle. */
export const memoryGoal = most(20);
/** Seconds. */
export const generationGoal = most(1.1);

/** Whether `value`, as it is printed, reaches the goal. */
export function reaches({ kind, limit }: Goal, value: number): boolean {
  const printed = Number(value.toFixed(2));
  return kind === 'most' ? printed <= limit : printed >= limit;
}
