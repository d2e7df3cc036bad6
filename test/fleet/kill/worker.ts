// A worker of the kill matrix: reads what it is to do from its standard input, and upgrades a fleet, or
// dies at a place where its turn is to die. It is bundled by `bundleWorker`.
import { text } from 'node:stream/consumers';
import type { Flow } from '../../../src/fleet/flow.js';
import { upgradeFleet } from '../../../src/fleet/flows/upgrade/index.js';
import { journalRunner } from '../../../src/fleet/index.js';
import type { Json } from '../../../src/fleet/json.js';
import type { FleetRunner } from '../../../src/fleet/runner.js';
import { createTalosClient } from '../../../src/http2.js';
import type { ReconnectParts } from '../../../src/reconnect/index.js';
import { machineClock } from '../../../src/runtime/calls/clock.js';
import { loadTalosconfig } from '../../../src/talosconfig/index.js';
import { mortalCalls } from './mortal-calls.js';
import { MortalFlows } from './mortal-flow.js';
import { Places, type PlacesOptions } from './places.js';

/** What remembers how far the flows are. */
export type RunnerOptions =
  | { readonly kind: 'journal'; readonly directory: string; readonly waitMs?: number | undefined }
  | {
      readonly kind: 'dbos';
      readonly database: string;
      readonly worker: string;
      readonly leaseMs: number;
    };

/** What a worker is to do. */
export interface WorkerTask {
  readonly runner: RunnerOptions;
  /** The id of the run. */
  readonly run: string;
  readonly talosconfig: string;
  readonly clusters: readonly string[];
  readonly image: string;
  /** How many clusters are upgraded at a time. */
  readonly clustersAtOnce: number;
  /** How many times faster than time itself the waits of steps are over. */
  readonly speed: number;
  /** Where it dies. Absent: nowhere. */
  readonly places?: PlacesOptions | undefined;
}

async function runnerOf(options: RunnerOptions, flows: readonly Flow[]): Promise<FleetRunner> {
  if (options.kind === 'journal') {
    const { directory, waitMs } = options;
    return journalRunner({ directory, waitMs, flows });
  }
  const { dbosRunner } = await import('../../../src/fleet/dbos/index.js');
  const { database, worker, leaseMs } = options;
  return dbosRunner({ database, flows, worker, leaseMs });
}

/** The time of steps, which goes faster: nodes that are simulated take seconds, not minutes. */
function hurried(speed: number): ReconnectParts {
  const { now, start, stop } = machineClock;
  const clock = {
    now: () => now() * speed,
    start: <T>(ms: number, run: (argument: T) => void, argument: T) =>
      start(ms / speed, run, argument),
    stop,
  };
  return { clock, random: Math.random };
}

const task = JSON.parse(await text(process.stdin)) as WorkerTask;
const { talosconfig, clusters, image, clustersAtOnce } = task;
const places = new Places(task.places);
const flow = new MortalFlows(places).of(
  upgradeFleet(
    {
      connect: async (context) =>
        createTalosClient({
          ...(await loadTalosconfig({ path: talosconfig, context })),
          use: [mortalCalls(places)],
        }),
    },
    hurried(task.speed),
  ),
);

await using runner = await runnerOf(task.runner, [flow as Flow<never, Json> as Flow]);
const run = await runner.start(flow, { clusters, image, clustersAtOnce }, { id: task.run });
const report = await run.result();
const isDone = report.clusters.every(({ state }) => state === 'done');
console.log(isDone ? 'done' : JSON.stringify(report));
