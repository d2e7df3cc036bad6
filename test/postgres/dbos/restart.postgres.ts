import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Server, startServer } from '../support/server.js';
import { settingOn, until } from '../support/setting.js';

let server: Server;
beforeAll(async () => {
  server = await startServer({ fsync: false });
});
afterAll(() => server.stop());

it('goes on after a restart of the database, and no flow is left behind', async () => {
  const { folder, world, worker } = await settingOn(server.url);
  const [first] = await Promise.all(['first', 'second'].map((name) => worker(name)));
  const steps = ['one', 'two', 'three'];
  const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
  for (const id of ids) {
    await first?.begin(
      'steps',
      { world: folder, steps: steps.map((name) => `${name}-${id}`), gates: [`two-${id}`] },
      id,
    );
  }
  const waits = (id: string): boolean =>
    world.lines().some((line) => line.startsWith(`begin two-${id} 1 none`));
  await until(() => ids.every(waits));
  await server.halt();
  // Some steps come to their action while the database is gone, the others after.
  for (const id of ids.slice(0, 3)) world.open(`two-${id}`);
  await server.start();
  for (const id of ids.slice(3)) world.open(`two-${id}`);
  expect(await Promise.all(ids.map((id) => first?.result(id)))).toEqual(ids.map(() => 'version 1'));
  const acts = world.lines().filter((line) => line.startsWith('act'));
  expect(acts).toHaveLength(ids.length * steps.length);
  expect(world.lines().filter((line) => line.startsWith('refused'))).toEqual([]);
  // Nobody took them from each other: each step began once.
  expect(world.lines().filter((line) => line.includes('unknown'))).toEqual([]);
});
