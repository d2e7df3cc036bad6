import type { CallSetup, MemoryOrder, MemoryReport } from '../call-worker.js';
import { Child } from '../child.js';
import { callContenders } from '../peers.js';
import type { Pki } from '../pki.js';
import { CHUNK } from '../samples.js';
import type { ServerReport } from '../server.js';
import type { RunningServer } from './calls.js';

/** Peak resident memory over idle, in MiB. */
export type MemoryFigures = Readonly<Record<string, number>>;

/** Lets each contender read `bytes` in small chunks, pausing 5 ms after each MiB. */
export async function measureMemory(
  { child, ports }: RunningServer,
  pki: Pki,
  bytes: number,
  only: readonly string[],
  log: (line: string) => void,
): Promise<MemoryFigures> {
  const count = bytes / CHUNK;
  const figures: Record<string, number> = {};
  for (const name of callContenders) {
    if (name !== 'raw' && !only.includes(name)) continue;
    log(`memory: ${name}`);
    const worker = new Child('call-worker', [name], ['--expose-gc']);
    await worker.ask({ ports, pki } satisfies CallSetup);
    await child.ask<ServerReport>({ messages: count, size: CHUNK });
    const { idle, peak } = await worker.ask<MemoryReport>({
      slow: true,
      count,
    } satisfies MemoryOrder);
    worker.stop();
    figures[name] = (peak - idle) / 2 ** 20;
  }
  return figures;
}
