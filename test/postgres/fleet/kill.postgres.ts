import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { dieAtSomePlaces, smallFleet, testFolder } from '../../fleet/kill/cases.js';
import { VERSION } from '../../fleet/kill/matrix.js';
import { Worker } from '../../fleet/kill/workers.js';
import { createDatabase } from '../support/server.js';

// A few places of many: `npm run test:kills -- --runner dbos` has workers die at all of them.

it('nodes are installed and rebooted once, wherever a worker on PostgreSQL dies', async () => {
  const database = await createDatabase(inject('postgres'), 'kills');
  const runner = { kind: 'dbos', database, worker: 'slot-0', leaseMs: 10_000 } as const;
  await dieAtSomePlaces(testFolder(), runner);
}, 300_000);

it('a worker that was only silent does not act when it wakes up', async () => {
  const folder = testFolder();
  const { file, fleet, task: common } = await smallFleet(folder);
  const stops = join(folder, 'stops.txt');
  const task = { ...common, run: 'silent' };
  const runner = {
    kind: 'dbos',
    database: await createDatabase(inject('postgres'), 'silent'),
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
