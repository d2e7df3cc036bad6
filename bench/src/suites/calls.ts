import type { CallSetup } from '../call-worker.js';
import { Child } from '../child.js';
import { type Cost, compare, median } from '../measure.js';
import { callContenders } from '../peers.js';
import type { Pki } from '../pki.js';
import type { ServerOrder, ServerReady, ServerReport } from '../server.js';
import { type CallOrder, type Workload, type WorkloadName, workloads } from '../workloads.js';
import type { Effort } from './effort.js';

/** The server's process and where it listens. */
export interface RunningServer {
  readonly child: Child;
  readonly ports: ServerReady;
}

/** What one contender needed in one workload. */
export interface CallFigure {
  /** µs of CPU a call or message, ms of CPU a MiB, or MB/s. Median of the rounds. */
  readonly value: number;
  /** Against `raw` in the same round; median of the rounds. */
  readonly ratio: number;
  /** The best value against the best of `raw`: what is left when the machine is quiet. */
  readonly bestRatio: number;
}

export type CallFigures = Readonly<Record<string, CallFigure>>;

export async function startServer(pki: Pki): Promise<RunningServer> {
  const child = new Child('server');
  return { child, ports: await child.ask<ServerReady>(pki) };
}

/**
 * Runs the workloads `names`, contenders interleaved: each does one slice in each round. Each
 * workload has processes of its own, so that none pays for the heap that another one left.
 */
export async function measureCalls(
  server: RunningServer,
  pki: Pki,
  names: readonly WorkloadName[],
  { starts, rounds, share, only }: Effort,
  log: (line: string) => void,
): Promise<Readonly<Record<string, CallFigures>>> {
  const contenders = callContenders.filter((name) => name === 'raw' || only.includes(name));
  const figures: Record<string, CallFigures> = {};
  for (const name of names) {
    log(`calls: ${name}`);
    const values = new Map<string, number[]>(contenders.map((contender) => [contender, []]));
    for (let start = 0; start < starts; start += 1) {
      const workers = new Map<string, Child>();
      try {
        for (const contender of contenders) {
          const worker = new Child('call-worker', [contender]);
          workers.set(contender, worker);
          await worker.ask({ ports: server.ports, pki } satisfies CallSetup);
        }
        await measureWorkload(server, workers, name, rounds, share, values);
      } finally {
        for (const worker of workers.values()) worker.stop();
      }
    }
    const raw = values.get('raw') as number[];
    const best = workloads[name].figure === 'rate' ? Math.max : Math.min;
    figures[name] = Object.fromEntries(
      [...values].map(([contender, list]) => [
        contender,
        { value: median(list), ...compare(list, raw, best) },
      ]),
    );
  }
  return figures;
}

async function measureWorkload(
  { child }: RunningServer,
  workers: ReadonlyMap<string, Child>,
  workload: WorkloadName,
  rounds: number,
  share: number,
  values: ReadonlyMap<string, number[]>,
): Promise<void> {
  const { size, ...shape } = workloads[workload];
  const count = Math.max(1, Math.round(shape.count * share));
  const names = [...workers.keys()];
  await child.ask<ServerReport>({ messages: count, size } satisfies ServerOrder);
  // Round 0 warms up. Each round starts with another contender, so that none always follows the
  // same one.
  for (let round = 0; round <= rounds; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round) % names.length] as string;
      const order: CallOrder = { workload, count };
      const cost = await (workers.get(name) as Child).ask<Cost>(order);
      const { received } = await child.ask<ServerReport>({ messages: count, size });
      if (workload === 'upload' && received < count * size) {
        throw new Error(`${name} sent ${received} bytes where ${count * size} are due`);
      }
      if (round > 0) values.get(name)?.push(figureOf({ size, ...shape }, count, cost));
    }
  }
}

function figureOf(workload: Workload, count: number, { cpuUs, wallUs }: Cost): number {
  const bytes = count * workload.size;
  if (workload.figure === 'rate') return bytes / wallUs;
  return workload.per === 'MiB' ? cpuUs / 1000 / (bytes / 2 ** 20) : cpuUs / count;
}
