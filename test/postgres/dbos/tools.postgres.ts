import { DBOSClient } from '@dbos-inc/dbos-sdk';
import { afterEach, expect, it } from 'vitest';
import { withClient } from '../support/server.js';
import { setting, until } from '../support/setting.js';

let client: DBOSClient | undefined;
afterEach(async () => {
  await client?.destroy();
  client = undefined;
});

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

it('shows runs and their steps to the tools of DBOS, under the names of ours', async () => {
  const { database, folder, worker } = await setting();
  const only = await worker('only');
  await only.begin('steps', { world: folder, steps: ['one', 'two'], gates: [] }, 'run');
  await only.result('run');
  client = await DBOSClient.create({ systemDatabaseUrl: database, logger: quiet });
  expect(await client.listWorkflows({ workflowName: 'steps' })).toMatchObject([
    {
      workflowID: 'run',
      status: 'SUCCESS',
      executorId: 'only',
      applicationVersion: 'holding@1 many.empty@1 many@1 steps@1 tree@1',
    },
  ]);
  const steps = await client.listWorkflowSteps('run');
  expect(steps?.map(({ name }) => name)).toEqual(['one', 'two']);
});

it('ends a run that is cancelled with the tools of DBOS, without acting any more', async () => {
  const { database, folder, world, worker } = await setting();
  const only = await worker('only');
  await only.begin('steps', { world: folder, steps: ['one', 'two'], gates: ['one'] }, 'run');
  await until(() => world.has('begin one 1 none only'));
  client = await DBOSClient.create({ systemDatabaseUrl: database, logger: quiet });
  await client.cancelWorkflow('run');
  world.open('one');
  await expect(only.result('run')).rejects.toMatchObject({ reason: 'cancelled' });
  await until(() => world.has('refused one only overtaken'));
  expect((await only.status('run')).state).toBe('cancelled');
  expect(world.lines().filter((line) => line.startsWith('act'))).toEqual([]);
});

it('frees what a run held that was cancelled with the tools of DBOS while nobody worked', async () => {
  const { database, folder, world, worker } = await setting();
  const first = await worker('only');
  const input = { world: folder, steps: ['one'], gates: ['one'], holding: 'cluster prod' };
  await first.begin('steps', input, 'holds');
  await until(() => world.has('begin one 1 none only'));
  await first.kill();
  client = await DBOSClient.create({ systemDatabaseUrl: database, logger: quiet });
  await client.cancelWorkflow('holds');
  const again = await worker('only');
  await again.begin('steps', { ...input, steps: ['two'] }, 'waits');
  expect(await again.result('waits')).toBe('version 1');
  expect((await again.status('holds')).state).toBe('cancelled');
});

it('runs a flow that DBOS gave to a worker and that did not begin, as when the database went', async () => {
  const { database, folder, world, worker } = await setting();
  const only = await worker('only', { limit: 1 });
  await only.begin('steps', { world: folder, steps: ['one'], gates: ['one'] }, 'first');
  await until(() => world.has('begin one 1 none only'));
  await only.begin('steps', { world: folder, steps: ['two'], gates: [] }, 'second');
  await withClient(database, async (session) => {
    // As it is after a claim whose answer was lost.
    const claimed = await session.query(
      `update dbos.workflow_status set status = 'PENDING', executor_id = 'only', owner_xid = 'lost'
       where workflow_uuid = 'second' and status = 'ENQUEUED'`,
    );
    expect(claimed.rowCount).toBe(1);
  });
  world.open('one');
  expect(await only.result('second')).toBe('version 1');
});

it('lets programs read how far nodes are, as rows of a table', async () => {
  const { database, folder, world, worker } = await setting();
  const only = await worker('only');
  const input = { world: folder, levels: [2], limit: 2, gate: 'leaves' };
  await only.begin('tree', input, 'run');
  const rows = () =>
    withClient(database, async (session) => {
      const { rows } = await session.query(
        `select flow, step, state from talos_client.progress
         where run = 'run' and step like 'leaf%' order by flow`,
      );
      return rows;
    });
  await until(async () => (await rows()).length === 2);
  expect(await rows()).toEqual([
    { flow: 'run/c0', step: 'leaf run/c0', state: 'running' },
    { flow: 'run/c1', step: 'leaf run/c1', state: 'running' },
  ]);
  world.open('leaves');
  await only.result('run');
  expect((await rows()).map(({ state }) => state)).toEqual(['done', 'done']);
});
