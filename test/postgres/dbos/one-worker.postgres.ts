import { expect, it } from 'vitest';
import { dbosRunner } from '../../../src/fleet/dbos/index.js';
import { stepsFlow, testFlows } from '../support/flows.js';
import { withClient } from '../support/server.js';
import { setting, until } from '../support/setting.js';

it('refuses a second process with the same id, which would double what the first one does', async () => {
  const { folder, world, worker } = await setting();
  const first = await worker('slot-0');
  await first.begin('steps', { world: folder, steps: ['one'], gates: ['one'] }, 'run');
  await until(() => world.has('begin one 1 none slot-0'));
  await expect(worker('slot-0')).rejects.toMatchObject({ reason: 'locked' });
  world.open('one');
  await first.result('run');
  expect(world.lines()).toEqual(['begin one 1 none slot-0', 'act one slot-0']);
});

it('takes the id of a process whose host is gone, once its lease has run out', async () => {
  const { database, worker } = await setting();
  const gone = await worker('slot-0', { leaseMs: 1_000 });
  // Its connection is as it was, and nobody answers.
  gone.suspend();
  const again = await worker('slot-0', { leaseMs: 1_000 }).catch(() => undefined);
  const last = again ?? (await worker('slot-0', { leaseMs: 1_000 }));
  await last.begin('steps', { world: '.', steps: [], gates: [] }, 'run');
  expect(await last.result('run')).toBe('version 1');
  await withClient(database, async (client) => {
    const { rows } = await client.query('select id from talos_client.workers');
    expect(rows).toEqual([{ id: 'slot-0' }]);
  });
});

it('has an id of its own by default, and never that of DBOS', async () => {
  const { database } = await setting();
  await using runner = await dbosRunner({ database, flows: testFlows() });
  const run = await runner.start(stepsFlow(), { world: '.', steps: [], gates: [] }, { id: 'run' });
  await run.result();
  await withClient(database, async (client) => {
    const { rows } = await client.query('select executor_id from dbos.workflow_status');
    expect(rows[0]?.executor_id).toMatch(/-[0-9a-f]{8}$/);
  });
  await expect(dbosRunner({ database, flows: testFlows(), worker: 'local' })).rejects.toMatchObject(
    {
      code: 'config',
      field: 'worker',
    },
  );
});

it('is the only one in a process, until it is closed', async () => {
  const { database } = await setting();
  const runner = await dbosRunner({ database, flows: testFlows() });
  await expect(dbosRunner({ database, flows: testFlows() })).rejects.toMatchObject({
    code: 'config',
  });
  await runner.close();
  await (await dbosRunner({ database, flows: testFlows() })).close();
});

it('runs flows of its own release alone, and says who could run the others', async () => {
  const { folder, world, worker } = await setting();
  const old = await worker('old', { version: '1' });
  const input = { world: folder, steps: ['one'], gates: ['one'] };
  await old.begin('steps', input, 'run');
  await until(() => world.has('begin one 1 none old'));
  await old.kill();
  const young = await worker('young', { version: '2' });
  await until(async () => (await young.status('run')).state === 'left');
  expect((await young.status('run')).error).toMatchObject({
    message:
      'nobody works on it: the workers that live have holding@1 many.empty@1 many@1 steps@2 tree@1',
    hint: 'start a worker with steps of version 1, and the other flows of its release',
  });
  await expect(young.begin('steps', input, 'run')).rejects.toMatchObject({ reason: 'version' });
  const same = await worker('same', { version: '1' });
  world.open('one');
  expect(await same.result('run')).toBe('version 1');
  expect(world.lines()).toEqual([
    'begin one 1 none old',
    'begin one 2 unknown same',
    'act one same',
  ]);
});

it('ends a run of another release where it stands, when it is cancelled', async () => {
  const { folder, world, worker } = await setting();
  const old = await worker('old', { version: '1' });
  await old.begin('steps', { world: folder, steps: ['one'], gates: ['one'] }, 'run');
  await until(() => world.has('begin one 1 none old'));
  await old.kill();
  const young = await worker('young', { version: '2' });
  await until(async () => (await young.status('run')).state === 'left');
  await young.cancel('run');
  await expect(young.result('run')).rejects.toMatchObject({ reason: 'cancelled' });
});

it('writes nothing, listens nowhere and talks to the database alone', async () => {
  const { database, folder, worker } = await setting();
  const first = await worker('first');
  await first.begin('steps', { world: folder, steps: ['one'], gates: [] }, 'run');
  await first.result('run');
  // Of a run that there is, DBOS would say so for each call.
  await first.begin('steps', { world: folder, steps: ['one'], gates: [] }, 'run');
  expect(await first.network()).toEqual({ listens: 0, ports: [Number(new URL(database).port)] });
  expect((await first.lines()).filter((line) => line.includes('already exists'))).toEqual([]);
  expect(first.output).toBe('');
});

it.each([
  [{ flows: [] }, 'flows'],
  [{ flows: [{ name: 'x' }] }, 'flows[0]'],
  [{ flows: testFlows(), worker: 'a b' }, 'worker'],
  [{ flows: testFlows(), limit: 0 }, 'limit'],
  [{ flows: testFlows(), database: 'mysql://x' }, 'database'],
  [{ flows: testFlows(), database: 'postgres://127.0.0.1:1/x' }, 'database'],
])('refuses options that cannot be used: %o', async (options, field) => {
  const { database } = await setting();
  const opened = dbosRunner({ database, ...options } as never);
  await expect(opened).rejects.toMatchObject({ code: 'config', field });
});
