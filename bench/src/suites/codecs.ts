import { Child } from '../child.js';
import type { CodecOrder } from '../codec-worker.js';
import { type Cost, compare, median } from '../measure.js';
import { codecContenders } from '../peers.js';
import { type SampleName, sampleNames } from '../samples.js';
import type { Effort } from './effort.js';

/** Nanoseconds of CPU for one message, and that against the fastest peer. */
export interface CodecFigure {
  readonly ns: number;
  readonly ratio: number;
  /** The best value against the best of the fastest peer. */
  readonly bestRatio: number;
}

/** By `decode Version` and so on, then by contender. */
export type CodecFigures = Readonly<Record<string, Readonly<Record<string, CodecFigure>>>>;

/** Messages in one slice of a full run: about 25 ms for a fast codec. */
const counts: Readonly<Record<SampleName, number>> = {
  Version: 40_000,
  ServiceList: 1500,
  Processes: 60,
  EtcdStatus: 50_000,
  Memory: 25_000,
  Data: 3000,
};

/** Runs every codec on every sample, interleaved as the calls are. */
export async function measureCodecs(
  { starts, rounds, share, only }: Effort,
  log: (line: string) => void,
): Promise<CodecFigures> {
  const names = codecContenders.filter((name) => only.includes(name));
  const values = new Map<string, number[][]>();
  for (let start = 0; start < starts; start += 1) {
    const workers = names.map((name) => new Child('codec-worker', [name]));
    try {
      for (const direction of ['decode', 'encode'] as const) {
        for (const sample of sampleNames) {
          const row = `${direction} ${sample}`;
          log(`codec: ${row}`);
          const lists = values.get(row) ?? names.map((): number[] => []);
          values.set(row, lists);
          const count = Math.max(1, Math.round(counts[sample] * share));
          for (let round = 0; round <= rounds; round += 1) {
            for (let turn = 0; turn < names.length; turn += 1) {
              const index = (turn + round) % names.length;
              const order: CodecOrder = { sample, direction, count };
              const { cpuUs } = await (workers[index] as Child).ask<Cost>(order);
              if (round > 0) lists[index]?.push((cpuUs * 1000) / count);
            }
          }
        }
      }
    } finally {
      for (const worker of workers) worker.stop();
    }
  }
  return Object.fromEntries([...values].map(([row, lists]) => [row, against(names, lists)]));
}

/** The ratio to the fastest peer, in the same round; the fastest by its median. */
function against(
  names: readonly string[],
  values: readonly (readonly number[])[],
): Readonly<Record<string, CodecFigure>> {
  const fastest = names
    .map((name, index) => ({ name, list: values[index] as readonly number[] }))
    .filter(({ name }) => name !== 'ours')
    .sort((a, b) => median(a.list) - median(b.list))[0]?.list;
  return Object.fromEntries(
    names.map((name, index) => {
      const list = values[index] as readonly number[];
      return [name, { ns: median(list), ...compare(list, fastest ?? list) }];
    }),
  );
}
