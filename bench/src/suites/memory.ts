import type { MemoryOrder, MemoryReport } from '../call-worker.js';
import { CHUNK } from '../samples.js';
import type { ServerReport } from '../server.js';
import { contendersOf, type Stage, startContender } from './calls.js';

/** Peak resident memory over idle, in MiB. */
export type MemoryFigures = Readonly<Record<string, number>>;

/** Lets each contender read `bytes` in small chunks, pausing 5 ms after each MiB. */
export async function measureMemory(
  stage: Stage,
  bytes: number,
  only: readonly string[],
  log: (line: string) => void,
): Promise<MemoryFigures> {
  const count = bytes / CHUNK;
  const figures: Record<string, number> = {};
  for (const name of contendersOf(stage, only)) {
    log(`memory: ${name}`);
    const worker = await startContender(stage, name, ['--expose-gc']);
    try {
      await stage.server.ask<ServerReport>({ messages: count, size: CHUNK });
      const order: MemoryOrder = { slow: true, count, size: CHUNK };
      const { idle, peak } = await worker.ask<MemoryReport>(order);
      figures[name] = (peak - idle) / 2 ** 20;
    } finally {
      worker.stop();
    }
  }
  return figures;
}
