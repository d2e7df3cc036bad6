import type pg from 'pg';
import type { Database } from './database.js';
import { pause } from './pause.js';

/**
 * Everything that runners keep in PostgreSQL beside the tables of the engine, in the schema
 * `talos_client`. Programs may read it; its comments say what is in it.
 *
 * Each text brings the schema from one number to the next. They are never changed, only followed by
 * others: some database has them.
 */
const migrations: readonly string[] = [
  `
  create sequence talos_client.terms;
  create table talos_client.workers (
    id text primary key,
    release text not null,
    term bigint not null,
    pid integer not null,
    lease interval not null,
    heartbeat timestamptz not null,
    started_at timestamptz not null
  );
  comment on table talos_client.workers is 'Processes that run flows, each as long as it lives';
  comment on column talos_client.workers.release is 'The flows and versions that it runs';
  comment on column talos_client.workers.term is 'A number that no other worker has or had';
  comment on column talos_client.workers.pid is 'The session that holds its advisory lock';
  comment on column talos_client.workers.lease is 'How old the heartbeat may be until others act';

  create function talos_client.lock_of(worker text) returns bigint
    language sql immutable
    as $$ select hashtextextended('talos-client worker ' || worker, 0) $$;

  create function talos_client.holder_of(worker text) returns integer
    language sql stable
    as $$
      select pid from pg_locks
      where locktype = 'advisory' and granted and objsubid = 1
        and database = (select oid from pg_database where datname = current_database())
        and classid::bigint = (talos_client.lock_of(worker) >> 32) & 4294967295
        and objid::bigint = talos_client.lock_of(worker) & 4294967295
    $$;
  comment on function talos_client.holder_of is 'The session that holds the lock of a worker';

  create function talos_client.is_silent(heartbeat timestamptz, lease interval) returns boolean
    language sql volatile
    as $$
      select greatest(heartbeat, pg_postmaster_start_time()) < clock_timestamp() - lease
    $$;
  comment on function talos_client.is_silent is
    'Whether a worker did not report although it could: after a restart all get their lease anew';

  create table talos_client.flows (
    id text primary key,
    run text not null references talos_client.flows on delete cascade,
    flow text not null,
    version text not null,
    release text not null,
    cluster text,
    input json not null,
    state text not null default 'running',
    output json,
    error json,
    stopped json,
    paused boolean not null default false,
    cancelled boolean not null default false,
    started_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz
  );
  create index on talos_client.flows (run);
  comment on table talos_client.flows is 'Runs (where id = run) and the flows that they started';
  comment on column talos_client.flows.state is 'running, done, failed or cancelled';
  comment on column talos_client.flows.stopped is 'Why its worker could not go on with it';
  comment on column talos_client.flows.paused is 'Asked for; counts in the row of the run';
  comment on column talos_client.flows.cancelled is 'Asked for; counts in the row of the run';

  create table talos_client.step_attempts (
    flow text not null references talos_client.flows on delete cascade,
    step text not null,
    attempt integer not null,
    state text not null,
    is_unknown boolean not null,
    detail json,
    last_error json,
    worker text not null,
    began_at timestamptz not null,
    primary key (flow, step)
  );
  comment on table talos_client.step_attempts is
    'The last attempt at each step. How steps ended is in the tables of the engine';
  comment on column talos_client.step_attempts.state is 'begun, or failed and to be repeated';
  comment on column talos_client.step_attempts.is_unknown is
    'Whether the attempt before began, and nobody knows how it ended';

  create table talos_client.progress (
    run text not null,
    flow text not null references talos_client.flows on delete cascade,
    node text not null,
    cluster text,
    step text not null,
    state text not null,
    since timestamptz not null,
    attempt integer not null,
    last_error text,
    changed_at timestamptz not null,
    primary key (flow, node)
  );
  create index on talos_client.progress (run, changed_at);
  comment on table talos_client.progress is 'How far each node and each flow is';
  comment on column talos_client.progress.node is 'Empty in the row of the flow itself';
  comment on column talos_client.progress.step is 'The step under way, or the last one';
  comment on column talos_client.progress.state is 'running, waiting, done or failed';

  create table talos_client.sent (
    run text not null references talos_client.flows on delete cascade,
    name text not null,
    value json not null,
    sent_at timestamptz not null default clock_timestamp(),
    primary key (run, name)
  );
  comment on table talos_client.sent is 'Values from outside, such as approvals';

  create table talos_client.waits (
    run text not null,
    flow text not null references talos_client.flows on delete cascade,
    name text not null,
    primary key (flow, name)
  );
  create index on talos_client.waits (run);
  comment on table talos_client.waits is 'What flows wait for from outside';
  `,
  `
  create table talos_client.holds (
    what text primary key,
    flow text not null references talos_client.flows on delete cascade,
    since timestamptz not null default clock_timestamp()
  );
  create index on talos_client.holds (flow);
  comment on table talos_client.holds is
    'What one flow at a time works on, such as a cluster. It is free once the flow has ended';
  `,
];

/** Creates what is missing. Any number of processes may do so at once. */
export function migrate(database: Database): Promise<void> {
  // Also creating a schema that exists fails where two do it at once.
  return inTurn(database, async (client) => {
    await client.query('begin');
    try {
      const missing = migrations.slice(await versionOf(client));
      for (const text of missing) await client.query(text);
      if (missing.length > 0) {
        await client.query('update talos_client.schema_version set number = $1', [
          migrations.length,
        ]);
      }
      await client.query('commit');
    } catch (error) {
      await client.query('rollback');
      throw error;
    }
  });
}

/** Runs what changes schemas while no other worker does. */
export async function inTurn(
  database: Database,
  run: (client: pg.PoolClient) => Promise<void>,
): Promise<void> {
  const client = await database.pool.connect();
  let isFree = false;
  try {
    // A statement that waits would be waited for by those that make an index beside others.
    while (!(await isOurTurn(client))) await pause(TURN_MS);
    await run(client);
    await client.query('select pg_advisory_unlock($1)', [SCHEMA_LOCK]);
    isFree = true;
  } finally {
    // The lock goes with the connection.
    client.release(!isFree);
  }
}

async function isOurTurn(client: pg.PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ is: boolean }>('select pg_try_advisory_lock($1) as is', [
    SCHEMA_LOCK,
  ]);
  return rows[0]?.is === true;
}

/** One number of many. */
const SCHEMA_LOCK = 7_205_759_403_792;
const TURN_MS = 100;

async function versionOf(client: pg.PoolClient): Promise<number> {
  const known = await client.query<{ exists: boolean }>(
    `select to_regclass('talos_client.schema_version') is not null as exists`,
  );
  // A role that may not create anything can still work where everything is there.
  if (known.rows[0]?.exists !== true) {
    await client.query(`
      create schema if not exists talos_client;
      create table talos_client.schema_version (number integer not null);
      insert into talos_client.schema_version values (0);
    `);
  }
  const { rows } = await client.query<{ number: number }>(
    'select number from talos_client.schema_version',
  );
  return rows[0]?.number ?? 0;
}
