import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dieAtSomePlaces, smallFleet, testFolder } from './cases.js';
import { VERSION } from './matrix.js';
import { deathsIn } from './places.js';
import { Worker } from './workers.js';

// A few places of many: `npm run test:kills` has workers die at all of them.

it('nodes are installed and rebooted once, wherever the workers die', async () => {
  const folder = testFolder();
  await dieAtSomePlaces(folder, { kind: 'journal', directory: join(folder, 'journal') });
}, 180_000);

it('a second worker is refused while the first one lives, and goes on when that is dead', async () => {
  const folder = testFolder();
  const { file, fleet, task: common } = await smallFleet(folder);
  const deaths = join(folder, 'deaths.txt');
  const directory = join(folder, 'journal');
  const task = {
    ...common,
    runner: { kind: 'journal', directory, waitMs: 0 },
    run: 'two',
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
