// A worker of the kill matrix: reads what it is to do from its standard input, and upgrades a fleet, or
// dies at a place where its turn is to die. It is bundled by `bundleWorker`.
import { text } from 'node:stream/consumers';
import { journalRunner, upgradeFleet } from '../../../src/fleet/index.js';
import type { FleetRunner } from '../../../src/fleet/runner.js';
import { createTalosClient } from '../../../src/http2.js';
import { loadTalosconfig } from '../../../src/talosconfig/index.js';
import { mortalCalls } from './mortal-calls.js';
import { MortalFlows } from './mortal-flow.js';
import { Places, type PlacesOptions } from './places.js';

/** What remembers how far the flows are. */
export type RunnerOptions = { readonly kind: 'journal'; readonly directory: string };

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
  /** Where it dies. Absent: nowhere. */
  readonly places?: PlacesOptions | undefined;
}

const task = JSON.parse(await text(process.stdin)) as WorkerTask;
const places = new Places(task.places ?? { file: '', times: 0 });
const flow = new MortalFlows(places).of(
  upgradeFleet({
    connect: async (context) =>
      createTalosClient({
        ...(await loadTalosconfig({ path: task.talosconfig, context })),
        use: [mortalCalls(places)],
      }),
  }),
);

async function runnerOf(options: RunnerOptions): Promise<FleetRunner> {
  return journalRunner({ directory: options.directory, flows: [flow] });
}

await using runner = await runnerOf(task.runner);
const { clusters, image, clustersAtOnce } = task;
const run = await runner.start(flow, { clusters, image, clustersAtOnce }, { id: task.run });
const report = await run.result();
const isDone = report.clusters.every(({ state }) => state === 'done');
console.log(isDone ? 'done' : JSON.stringify(report));
