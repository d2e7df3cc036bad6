import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { WatchedFleet } from './clusters.js';
import { IMAGE, killMatrix } from './matrix.js';
import type { RunnerOptions, WorkerTask } from './worker.js';
import { bundleWorker, workFolder } from './workers.js';

/** A folder for the files of one test. */
export function testFolder(): string {
  const folder = workFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Has workers die at a few places of many, and expects that nodes were installed and rebooted once. */
export async function dieAtSomePlaces(folder: string, runner: RunnerOptions): Promise<void> {
  const only = [
    'drain · confirmed 2', // cordoned, and no pod evicted yet
    'install · Upgrade · reply', // while the installer runs
    'reboot · Reboot · ended', // asked for, and not written down
    'return · run ended',
    'uncordon · run ended',
  ];
  const report = await killMatrix({
    runner,
    folder,
    clusters: 1,
    controlPlanes: 3,
    workers: 1,
    clustersAtOnce: 1,
    times: 1,
    speed: 10,
    only,
    mostDeaths: only.length,
  });
  expect(report.problems).toEqual([]);
  expect(report.places).toEqual(only.map((place) => `upgradeFleet.node · ${place}`));
}

/** A cluster of two nodes, the program of workers, and what they are to do with it. */
export interface SmallFleet {
  readonly file: string;
  readonly fleet: WatchedFleet;
  readonly task: Omit<WorkerTask, 'runner' | 'run'>;
}

/** One that is gone after the test. */
export async function smallFleet(folder: string): Promise<SmallFleet> {
  const file = join(folder, 'worker.mjs');
  const talosconfig = join(folder, 'talosconfig');
  await bundleWorker(file);
  const fleet = await WatchedFleet.start({
    clusters: 1,
    controlPlanes: 1,
    workers: 1,
    talosconfig,
  });
  onTestFinished(() => fleet[Symbol.asyncDispose]());
  const task = { talosconfig, clusters: fleet.names, image: IMAGE, clustersAtOnce: 1, speed: 10 };
  return { file, fleet, task };
}
