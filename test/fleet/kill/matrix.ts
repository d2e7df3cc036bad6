import { join } from 'node:path';
import { WatchedFleet } from './clusters.js';
import { deathsIn } from './places.js';
import type { RunnerOptions, WorkerTask } from './worker.js';
import { bundleWorker, untilDone } from './workers.js';

/** The release that the simulated clusters are upgraded to, and its installer. */
export const VERSION = 'v1.14.1';
export const IMAGE = `ghcr.io/siderolabs/installer:${VERSION}`;

/** What a matrix is made of. */
export interface MatrixOptions {
  readonly runner: RunnerOptions;
  /** A folder for its files, below one from which packages are found. */
  readonly folder: string;
  readonly clusters: number;
  readonly controlPlanes: number;
  readonly workers: number;
  /** How many clusters are upgraded at a time. */
  readonly clustersAtOnce: number;
  /** How many workers die at each place. */
  readonly times: number;
  /** How many times faster than time itself the waits of steps are over. */
  readonly speed: number;
  /** The places that count. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** How many may die before it is given up. */
  readonly mostDeaths: number;
  readonly onDeath?: ((deaths: number) => void) | undefined;
}

/** What became of a matrix. */
export interface MatrixReport {
  readonly deaths: number;
  /** The places where workers died, in their order. */
  readonly places: readonly string[];
  /** What went wrong, a sentence each. */
  readonly problems: readonly string[];
  readonly seconds: number;
}

/** Upgrades a fleet with workers that die, until one comes to the end; then looks at all nodes. */
export async function killMatrix(options: MatrixOptions): Promise<MatrixReport> {
  const { folder, runner, times, speed, only, mostDeaths } = options;
  const startedAt = performance.now();
  const talosconfig = join(folder, 'talosconfig');
  const file = join(folder, 'deaths.txt');
  const worker = join(folder, 'worker.mjs');
  await bundleWorker(worker);
  const { clusters, controlPlanes, workers } = options;
  await using fleet = await WatchedFleet.start({ clusters, controlPlanes, workers, talosconfig });
  const task: WorkerTask = {
    runner,
    run: 'matrix',
    talosconfig,
    clusters: fleet.names,
    image: IMAGE,
    clustersAtOnce: options.clustersAtOnce,
    speed,
    places: { file, times, only },
  };
  const { deaths, said } = await untilDone(worker, task, {
    deaths: mostDeaths,
    onDeath: options.onDeath,
  });
  const problems = [...fleet.problems(VERSION)];
  if (said !== 'done') problems.push(`the last worker: ${said}`);
  const seconds = (performance.now() - startedAt) / 1000;
  return { deaths, places: deathsIn(file), problems, seconds };
}
