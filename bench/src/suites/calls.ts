import type { CallSetup } from '../call-worker.js';
import { Child, type Worker } from '../child.js';
import { GoChild } from '../go-child.js';
import { type Comparison, type Cost, compare, median } from '../measure.js';
import { type CallContender, callContenders } from '../peers.js';
import type { Pki } from '../pki.js';
import { NO_NODE, nodeAddresses, PROCESSES } from '../samples.js';
import type { ServerOrder, ServerReady, ServerReport } from '../server.js';
import { type CallOrder, type Workload, type WorkloadName, workloads } from '../workloads.js';
import type { Effort } from './effort.js';

/** Where calls go, and who makes them. */
export interface Stage {
  readonly server: Child;
  readonly ports: ServerReady;
  readonly pki: Pki;
  /** The program of the Go client; absent where Go is. */
  readonly goProgram: string | undefined;
}

/** What one contender needed in one workload. Medians of the rounds. */
export interface CallFigure {
  /** µs of CPU a call or message, or ms of CPU a MiB. */
  readonly value: number;
  /** MB/s of wall time, where the workload is one stream. */
  readonly rate?: number;
  /** CPU against `raw` in the same rounds. */
  readonly xRaw: Comparison;
  /** CPU against the official Go client in the same rounds. */
  readonly xGo?: Comparison;
}

export type CallFigures = Readonly<Partial<Record<CallContender, CallFigure>>>;

export async function openStage(pki: Pki, goProgram: string | undefined): Promise<Stage> {
  const server = new Child('server');
  return { server, ports: await server.ask<ServerReady>(pki), pki, goProgram };
}

/** The contenders of a run: those asked for, and those that the others are measured against. */
export function contendersOf({ goProgram }: Stage, only: readonly string[]): CallContender[] {
  return callContenders.filter((name) => {
    if (name === 'go') return goProgram !== undefined;
    return name === 'raw' || only.includes(name);
  });
}

/** Starts a contender's process and has it connect. */
export async function startContender(
  { goProgram, ports, pki }: Stage,
  name: CallContender,
  nodeOptions: readonly string[] = [],
): Promise<Worker> {
  const worker =
    name === 'go'
      ? new GoChild(goProgram as string)
      : new Child('call-worker', [name], nodeOptions);
  const answers = { noNode: NO_NODE, processes: PROCESSES, nodes: nodeAddresses };
  await worker.ask({ ports, pki, answers } satisfies CallSetup);
  return worker;
}

/**
 * Runs one workload, contenders interleaved: each does one slice in each round. Each start has
 * processes of its own, so that none pays for the heap that another workload left.
 */
export async function measureCalls(
  stage: Stage,
  name: WorkloadName,
  effort: Effort,
): Promise<CallFigures> {
  const contenders = contendersOf(stage, effort.only);
  const costs = new Map<CallContender, Cost[]>(contenders.map((contender) => [contender, []]));
  for (let start = 0; start < effort.starts; start += 1) {
    const workers = new Map<CallContender, Worker>();
    try {
      for (const contender of contenders) {
        workers.set(contender, await startContender(stage, contender));
      }
      await measureWorkload(stage.server, workers, name, effort, costs);
    } finally {
      for (const worker of workers.values()) worker.stop();
    }
  }
  return figuresOf(name, sliceOf(name, effort.share), costs);
}

/** Operations in one slice. */
function sliceOf(name: WorkloadName, share: number): number {
  return Math.max(1, Math.round(workloads[name].count * share));
}

async function measureWorkload(
  server: Child,
  workers: ReadonlyMap<CallContender, Worker>,
  workload: WorkloadName,
  { warmUp, rounds, share }: Effort,
  costs: ReadonlyMap<CallContender, Cost[]>,
): Promise<void> {
  const { size } = workloads[workload];
  const count = sliceOf(workload, share);
  const names = [...workers.keys()];
  await server.ask<ServerReport>({ messages: count, size } satisfies ServerOrder);
  // Each round starts with another contender, so that none always follows the same one.
  for (let round = 0; round < warmUp + rounds; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round) % names.length] as CallContender;
      const order: CallOrder = { workload, count, size };
      const cost = await (workers.get(name) as Worker).ask<Cost>(order);
      const { received } = await server.ask<ServerReport>({ messages: count, size });
      if (workload === 'upload' && received < count * size) {
        throw new Error(`${name} sent ${received} bytes where ${count * size} are due`);
      }
      if (round >= warmUp) costs.get(name)?.push(cost);
    }
  }
}

function figuresOf(
  name: WorkloadName,
  count: number,
  costs: ReadonlyMap<CallContender, readonly Cost[]>,
): CallFigures {
  const workload = workloads[name];
  const bytes = count * workload.size;
  const values = (contender: CallContender): number[] | undefined =>
    costs.get(contender)?.map(({ cpuUs }) => figureOf(workload, count, cpuUs));
  const raw = values('raw') as number[];
  const go = values('go');
  return Object.fromEntries(
    [...costs.keys()].map((contender) => {
      const list = values(contender) as number[];
      const rates = costs.get(contender)?.map(({ wallUs }) => bytes / wallUs) ?? [];
      return [
        contender,
        {
          value: median(list),
          ...(bytes > 0 && { rate: median(rates) }),
          xRaw: compare(list, raw),
          ...(go !== undefined && { xGo: compare(list, go) }),
        } satisfies CallFigure,
      ];
    }),
  );
}

function figureOf({ per, size }: Workload, count: number, cpuUs: number): number {
  return per === 'MiB' ? cpuUs / 1000 / ((count * size) / 2 ** 20) : cpuUs / count;
}
