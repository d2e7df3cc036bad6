import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { WatchedFleet } from './clusters.js';
import { IMAGE, killMatrix, VERSION } from './matrix.js';
import { deathsIn } from './places.js';
import { bundleWorker, Worker } from './workers.js';

// A few places of many: `npm run test:kills` has workers die at all of them.

/** A folder from which packages are found, gone after the test. */
function workFolder(): string {
  const cache = resolve('node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'talos-client-kills-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it('nodes are installed and rebooted once, wherever the workers die', async () => {
  const folder = workFolder();
  const only = [
    'drain · confirmed 2', // cordoned, and no pod evicted yet
    'install · Upgrade · reply', // while the installer runs
    'reboot · Reboot · ended', // asked for, and not written down
    'return · run ended',
    'uncordon · run ended',
  ];
  const report = await killMatrix({
    runner: { kind: 'journal', directory: join(folder, 'journal') },
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
}, 180_000);

it('a second worker is refused while the first one lives, and goes on when that is dead', async () => {
  const folder = workFolder();
  const [file, talosconfig, journal, deaths] = [
    'worker.mjs',
    'talosconfig',
    'journal',
    'deaths.txt',
  ].map((name) => join(folder, name)) as [string, string, string, string];
  await bundleWorker(file);
  await using fleet = await WatchedFleet.start({
    clusters: 1,
    controlPlanes: 1,
    workers: 1,
    talosconfig,
  });
  const task = {
    runner: { kind: 'journal', directory: journal, waitMs: 0 },
    run: 'two',
    talosconfig,
    clusters: fleet.names,
    image: IMAGE,
    clustersAtOnce: 1,
    speed: 10,
  } as const;
  const first = new Worker(file, {
    ...task,
    places: { file: deaths, times: 1, only: ['note log'] },
  });
  // It works by now.
  await fleet.clusters[0]?.journal.waitFor(() => true);
  const second = await new Worker(file, task).ended;
  expect(second).toMatchObject({ kind: 'failed', text: expect.stringContaining('locked') });
  expect(await first.ended).toEqual({ kind: 'killed' });
  expect(deathsIn(deaths)).toHaveLength(1);
  expect(await new Worker(file, task).ended).toMatchObject({ kind: 'done' });
  expect(fleet.problems(VERSION)).toEqual([]);
}, 120_000);
