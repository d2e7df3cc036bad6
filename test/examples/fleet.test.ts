import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { enterWorld } from '../../examples/fleet/door.js';
import { run, start, temporaryFolder } from './support.js';

const program = 'examples/fleet/main.ts';

/** A folder for the example, whose clusters end with the test whatever becomes of it. */
async function fleetFolder(): Promise<string> {
  const folder = join(await temporaryFolder(), 'fleet');
  onTestFinished(async () => {
    if (!existsSync(join(folder, 'door.json'))) return;
    const { pid } = JSON.parse(await readFile(join(folder, 'door.json'), 'utf8'));
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  });
  return folder;
}

it('a fleet is upgraded once, although its worker is killed in the middle and started again', async () => {
  const folder = await fleetFolder();
  const first = start([program, '--clusters', '3', '--folder', folder]);
  await first.wrote('canary   10.5.0.3     install');
  first.kill('SIGKILL');
  await first.ended;
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'door.json')).mode & 0o777).toBe(0o600);
  const second = start([program, '--clusters', '3', '--folder', folder]);
  await second.wrote('goes on where the last one was');
  await second.wrote('approved, the others may begin');
  await second.wrote('reboot');
  second.kill('SIGKILL');
  await second.ended;
  const { code, output, errors } = await run([program, '--clusters', '3', '--folder', folder]);
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  expect(output).toContain('goes on where the last one was');
  // What the first worker did is not done again.
  expect(output).not.toMatch(/^canary/m);
  expect(output.trimEnd().split('\n').at(-1)).toBe(
    '8 nodes of 3 clusters run v1.14.1: each was installed once, rebooted once, and is schedulable',
  );
  // Nothing is left: neither files nor clusters.
  expect(existsSync(folder)).toBe(false);
}, 240_000);

it('Ctrl-C ends the worker, and its clusters stay for the next one', async () => {
  const folder = await fleetFolder();
  const worker = start([program, '--clusters', '3', '--folder', folder]);
  await worker.wrote('canary   10.5.0.2     pull');
  worker.kill('SIGINT');
  const { code, output, errors } = await worker.ended;
  expect({ code, errors }).toEqual({ code: 130, errors: '' });
  expect(output).toContain('start it again, and it goes on');
  const door = await enterWorld(folder, 3);
  expect(door.isOld).toBe(true);
  expect((await door.report()).map(({ cluster }) => cluster)).toEqual([
    'canary',
    'berlin',
    'lagos',
  ]);
  await door.end();
  // They are gone: who comes now gets new ones.
  const next = await enterWorld(folder, 3);
  expect(next.isOld).toBe(false);
  await next.end();
}, 120_000);

it('says which number of clusters it can have', async () => {
  const { code, errors } = await run([program, '--clusters', 'many']);
  expect(code).toBe(1);
  expect(errors).toBe('error: --clusters: expected a number from 2 to 6, got many\n');
});

it('explains itself', async () => {
  const { code, output } = await run([program, '--help']);
  expect(code).toBe(0);
  expect(output).toContain('Usage: npm run fleet');
});
