import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { WatchedFleet } from '../../fleet/kill/clusters.js';
import { IMAGE, killMatrix, VERSION } from '../../fleet/kill/matrix.js';
import { bundleWorker, Worker } from '../../fleet/kill/workers.js';
import { withClient } from '../support/server.js';

// A few places of many: `npm run test:kills -- --runner dbos` has workers die at all of them.

/** A folder from which packages are found, gone after the test. */
function workFolder(): string {
  const cache = resolve('node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'talos-client-kills-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function emptyDatabase(name: string): Promise<string> {
  const url = inject('postgres');
  await withClient(url, (client) => client.query(`create database ${name}`));
  return url.replace(/postgres$/, name);
}

it('nodes are installed and rebooted once, wherever a worker on PostgreSQL dies', async () => {
  const folder = workFolder();
  const only = [
    'drain · confirmed 2', // cordoned, and no pod evicted yet
    'install · Upgrade · reply', // while the installer runs
    'reboot · Reboot · ended', // asked for, and not written down
    'return · run ended',
    'uncordon · run ended',
  ];
  const database = await emptyDatabase('kills');
  const report = await killMatrix({
    runner: { kind: 'dbos', database, worker: 'slot-0', leaseMs: 10_000 },
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
}, 300_000);

it('a worker that was only silent does not act when it wakes up', async () => {
  const folder = workFolder();
  const [file, talosconfig, stops] = ['worker.mjs', 'talosconfig', 'stops.txt'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await bundleWorker(file);
  await using fleet = await WatchedFleet.start({
    clusters: 1,
    controlPlanes: 1,
    workers: 1,
    talosconfig,
  });
  const task = {
    run: 'silent',
    talosconfig,
    clusters: fleet.names,
    image: IMAGE,
    clustersAtOnce: 1,
    speed: 10,
  } as const;
  const runner = {
    kind: 'dbos',
    database: await emptyDatabase('silent'),
    leaseMs: 3000,
  } as const;
  // It is about to run the installer, which the other one does meanwhile.
  const places = { file: stops, times: 1, only: ['install · run begins'], stops: true };
  const first = new Worker(file, { ...task, runner: { ...runner, worker: 'first' }, places });
  await first.reached(stops);
  const second = new Worker(file, { ...task, runner: { ...runner, worker: 'second' } });
  expect(await second.ended).toMatchObject({ kind: 'done', output: 'done\n' });
  first.kill('SIGCONT');
  // The run has ended meanwhile: it gets what the other one did.
  expect(await first.ended).toMatchObject({ kind: 'done', output: 'done\n' });
  expect(fleet.problems(VERSION)).toEqual([]);
}, 300_000);
