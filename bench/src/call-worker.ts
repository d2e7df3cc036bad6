import { setTimeout as sleep } from 'node:timers/promises';
import type { Connect, Contender } from './contenders/contender.js';
import { expectSame } from './contenders/contender.js';
import { type Cost, measure } from './measure.js';
import type { Pki } from './pki.js';
import { BULK_CHUNK, CHUNK, LINE, nodeAddresses } from './samples.js';
import type { ServerReady } from './server.js';
import type { CallOrder, WorkloadName } from './workloads.js';

/** The first message to a worker. */
export interface CallSetup {
  readonly ports: ServerReady;
  readonly pki: Pki;
  /** What the server's replies hold, for contenders that cannot read the samples. */
  readonly answers: {
    readonly noNode: string;
    readonly processes: number;
    readonly nodes: readonly string[];
  };
}

/** Asks for the memory that a slow consumer costs; `count` is the chunks in the stream. */
export interface MemoryOrder {
  readonly slow: true;
  readonly count: number;
  /** Bytes of data in each. */
  readonly size: number;
}

/** The answer: bytes of resident memory before, and the most while reading. */
export interface MemoryReport {
  readonly idle: number;
  readonly peak: number;
}

const IN_FLIGHT = 64;
const FAN_OUT_IN_FLIGHT = 100;
const MEBIBYTE = 2 ** 20;

/** Makes `count` calls with `width` in flight. */
async function inFlight(
  width: number,
  count: number,
  call: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await call(index);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
}

function* repeat(chunk: Uint8Array, count: number): Generator<Uint8Array> {
  for (let index = 0; index < count; index += 1) yield chunk;
}

const bulk = Buffer.alloc(BULK_CHUNK, 'etcd snapshot ');

/** Runs one slice of a workload. */
type Run = (contender: Contender, count: number) => Promise<void>;

const runs: Readonly<Record<WorkloadName, Run>> = {
  unary: (contender, count) => inFlight(1, count, () => contender.version()),
  unary64: (contender, count) => inFlight(IN_FLIGHT, count, () => contender.version()),
  large: (contender, count) => inFlight(1, count, () => contender.processes()),
  logs: async (contender, count) => expectSame(await contender.logs(), count * LINE),
  logsFramed: async (contender, count) => expectSame(await contender.logs(), count * LINE),
  bytes: async (contender, count) => expectSame(await contender.snapshot(), count * CHUNK),
  bytesFramed: async (contender, count) => expectSame(await contender.snapshot(), count * CHUNK),
  download: async (contender, count) => expectSame(await contender.snapshot(), count * BULK_CHUNK),
  upload: (contender, count) => contender.recover(repeat(bulk, count)),
  fanOut: (contender, count) =>
    inFlight(FAN_OUT_IN_FLIGHT, count, (index) =>
      contender.version(nodeAddresses[index % nodeAddresses.length]),
    ),
};

async function slowConsumer(contender: Contender, count: number): Promise<MemoryReport> {
  await contender.version();
  globalThis.gc?.();
  await sleep(200);
  const idle = process.memoryUsage.rss();
  let peak = idle;
  let unpaused = 0;
  const total = await contender.snapshot((size) => {
    unpaused += size;
    if (unpaused < MEBIBYTE) return undefined;
    unpaused = 0;
    peak = Math.max(peak, process.memoryUsage.rss());
    return sleep(5);
  });
  expectSame(total, count * CHUNK);
  return { idle, peak };
}

const contenderUrl = new URL(`./contender-${process.argv[2]}.js`, import.meta.url).href;
const { connect }: { readonly connect: Connect } = await import(contenderUrl);

process.once('message', ({ ports, pki }: CallSetup) => {
  const joined = connect({ port: ports.joined, pki });
  const framed = connect({ port: ports.framed, pki });
  process.on('message', async (order: CallOrder | MemoryOrder) => {
    if ('slow' in order) {
      process.send?.(await slowConsumer(joined, order.count));
      return;
    }
    const contender = order.workload.endsWith('Framed') ? framed : joined;
    const cost: Cost = await measure(() => runs[order.workload](contender, order.count));
    process.send?.(cost);
  });
  process.on('disconnect', async () => {
    await joined.close();
    await framed.close();
    process.exit();
  });
  process.send?.({});
});
