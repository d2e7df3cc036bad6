import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { AttemptTable } from '../../src/fleet/postgres/attempts.js';
import { Database, isPassing } from '../../src/fleet/postgres/database.js';
import { FlowTable } from '../../src/fleet/postgres/flows.js';
import { migrate } from '../../src/fleet/postgres/schema.js';
import { WorkerSession } from '../../src/fleet/postgres/session.js';
import { silent } from '../../src/fleet/postgres/silent.js';
import { Wakeups } from '../../src/fleet/postgres/wakeups.js';
import { withClient } from './support/server.js';
import { setting, settingOn } from './support/setting.js';

const { signal } = new AbortController();

describe('the session of a worker', () => {
  let url: string;
  let database: Database;
  let session: WorkerSession;

  const open = (worker: string, leaseMs = 30_000): Promise<WorkerSession> =>
    WorkerSession.open({
      database: url,
      worker,
      release: 'r',
      leaseMs,
      wakeups: new Wakeups(),
      logger: silent,
    });

  beforeEach(async () => {
    url = (await setting()).database;
    database = new Database(url, 4, 30_000, silent);
    session = await open('slot-0');
  });
  afterEach(async () => {
    await session.close();
    await database.close();
  });

  const end = () =>
    database.query(`select pg_terminate_backend(talos_client.holder_of('slot-0'), 5000)`);
  const take = () => database.query(`delete from talos_client.workers where id = 'slot-0'`);

  it('goes on in its term when its connection was lost and nobody took its flows', async () => {
    const { term } = session;
    await session.confirm(term, signal);
    await end();
    await session.confirm(term, signal);
    expect(session.term).toBe(term);
  });

  it('asks one after the other where many steps act at once, as pg wants it', async () => {
    const warnings: string[] = [];
    const note = ({ message }: Error): unknown => warnings.push(message);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    await Promise.all([1, 2, 3].map(() => session.confirm(session.term, signal)));
    expect(warnings).toEqual([]);
  });

  it('loses its term when its flows were taken, also without losing its connection', async () => {
    const { term } = session;
    await take();
    await expect(session.confirm(term, signal)).rejects.toMatchObject({ reason: 'overtaken' });
    expect(term.signal.aborted).toBe(true);
    await session.confirm(session.term, signal);
    expect(session.term.number).not.toBe(term.number);
  });

  it('begins no steps in a term that is over', async () => {
    const flows = new FlowTable(database);
    const names = { flow: 'f', version: '1', release: 'r', cluster: undefined, input: null };
    await flows.add([{ id: 'run', run: 'run', ...names }]);
    const attempts = new AttemptTable(database);
    const by = { worker: 'slot-0', term: session.term };
    const begun = { attempt: 1, isUnknown: false, detail: undefined };
    expect(await attempts.begin('run', 'one', by, signal)).toEqual(begun);
    await take();
    expect(await attempts.begin('run', 'one', by, signal)).toBeUndefined();
    // The worker is back, in another term.
    await expect(session.confirm(by.term, signal)).rejects.toMatchObject({ reason: 'overtaken' });
    expect(await attempts.begin('run', 'one', by, signal)).toBeUndefined();
    const ended = { state: 'done', output: 1 } as const;
    expect(await flows.end('run', ended, by)).toBe(false);
    expect((await flows.get('run'))?.isEnded).toBe(false);
  });

  it('is there as long as it has its lock, and leaves no trace when it is closed', async () => {
    const count = async () => (await database.query('select from talos_client.workers')).length;
    expect(await count()).toBe(1);
    await expect(open('slot-0')).rejects.toMatchObject({ reason: 'locked' });
    await session.close();
    expect(await count()).toBe(0);
    session = await open('slot-0');
  });

  it('waits for no database once its step is over', async () => {
    const ending = new AbortController();
    const name = new URL(url).pathname.slice(1);
    await withClient(inject('postgres'), async (client) => {
      await client.query(`alter database ${name} with allow_connections = false`);
      await client.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
        [name],
      );
    });
    const confirmed = session.confirm(session.term, ending.signal);
    ending.abort(new Error('the step took too long'));
    await expect(confirmed).rejects.toThrow('the step took too long');
  });
});

it('a process that is held within a transaction does not hold up others for longer than a lease', async () => {
  const { database: url } = await setting();
  const held = new Database(url, 1, 100, silent);
  const client = await held.pool.connect();
  await client.query('begin');
  await client.query('lock table talos_client.workers');
  const other = new Database(url, 1, 100, silent);
  expect(await other.query('select from talos_client.workers')).toEqual([]);
  client.release(true);
  await Promise.all([held.close(), other.close()]);
});

it('any number of processes make the tables at once', async () => {
  const { database: url } = await settingOn(inject('postgres'));
  const databases = Array.from({ length: 5 }, () => new Database(url, 2, 30_000, silent));
  await Promise.all(databases.map(migrate));
  await Promise.all(databases.map((database) => database.close()));
  await withClient(url, async (client) => {
    const { rows } = await client.query('select number from talos_client.schema_version');
    expect(rows).toEqual([{ number: 2 }]);
  });
});

it.each([
  [{ code: 'ECONNREFUSED' }, true],
  [{ code: 'ENOENT' }, true],
  [{ code: '57P01' }, true],
  [{ code: '57P03' }, true],
  [{ code: '08006' }, true],
  [{ code: '53300' }, true],
  [{ message: 'Connection terminated unexpectedly' }, true],
  [{ code: '28P01' }, false],
  [{ code: '42P01' }, false],
  [{ code: '57014' }, false],
  [{ message: 'Converting circular structure to JSON' }, false],
])('an error that passes is told from one that stays: %o', (error, passes) => {
  expect(isPassing(error)).toBe(passes);
});
