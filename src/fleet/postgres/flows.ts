import type { ChildStart, Ended } from '../engine/memory.js';
import type { FlowFailure } from '../flow.js';
import type { Json } from '../json.js';
import type { RunStatus } from '../runner.js';
import type { Database } from './database.js';
import type { Term } from './session.js';
import { CHANNEL } from './wakeups.js';

/** A flow as it is begun. */
export interface NewFlow extends ChildStart {
  readonly run: string;
  /** The flows and versions of the workers that may run it. */
  readonly release: string;
}

/** A flow as it was begun. */
export interface FlowRow extends NewFlow {
  readonly isEnded: boolean;
}

/** A worker in one of its terms. */
export interface InTerm {
  readonly worker: string;
  readonly term: Term;
}

/** The flows, and what is asked of runs. */
export class FlowTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps the flows that are not there yet. */
  async add(flows: readonly NewFlow[], signal?: AbortSignal): Promise<void> {
    await this.#database.query(
      `insert into talos_client.flows (id, run, flow, version, release, cluster, input)
       select id, run, flow, version, release, cluster, input::json
       from json_to_recordset($1) as given
         (id text, run text, flow text, version text, release text, cluster text, input text)
       on conflict do nothing`,
      // The input as a text in a text: PostgreSQL takes a null in JSON for one of its own.
      [JSON.stringify(flows.map((each) => ({ ...each, input: JSON.stringify(each.input) })))],
      signal,
    );
  }

  /** A flow that a worker begins or goes on with. */
  async take(id: string, signal: AbortSignal): Promise<FlowRow | undefined> {
    await this.#database.query(
      'update talos_client.flows set stopped = null where id = $1 and stopped is not null',
      [id],
      signal,
    );
    return this.get(id, signal);
  }

  /** Its worker cannot go on with it, and somebody has to do something. */
  async stop(id: string, why: FlowFailure): Promise<void> {
    await this.#database.query(
      `with stopped as (
         update talos_client.flows set stopped = $2 where id = $1 and state = 'running' returning run
       )
       select pg_notify('${CHANNEL}', run) from stopped`,
      [id, JSON.stringify(why)],
    );
  }

  async get(id: string, signal?: AbortSignal): Promise<FlowRow | undefined> {
    const [row] = await this.#database.query<{ [Column in keyof FlowRow]: FlowRow[Column] | null }>(
      `select id, run, flow, version, release, cluster, input, state <> 'running' as "isEnded"
       from talos_client.flows where id = $1`,
      [id],
      signal,
    );
    if (row === undefined) return undefined;
    return { ...(row as FlowRow), cluster: row.cluster ?? undefined };
  }

  /**
   * Remembers how a flow ended, and tells those who wait for it.
   *
   * @param by nothing where it was ended by other means than its worker
   * @returns whether it was still to be ended, and by this worker
   */
  async end(
    id: string,
    ended: Ended,
    by: InTerm | undefined,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const rows = await this.#database.query(
      `with ended as (
         update talos_client.flows
         set state = $2, output = $3, error = $4, ended_at = clock_timestamp()
         where id = $1 and state = 'running' and ($5::text is null or exists (
           select from talos_client.workers where workers.id = $5 and term = $6))
         returning run, id
       ), unneeded as (
         delete from talos_client.waits where flow in (select id from ended)
       )
       select pg_notify('${CHANNEL}', run) from ended`,
      [id, stateOf(ended), outputOf(ended), errorOf(ended), by?.worker, by?.term.number],
      signal,
    );
    return rows.length === 1;
  }

  /** Those of `ids` that have ended. */
  async ended(ids: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Ended>> {
    const rows = await this.#database.query<{
      id: string;
      state: string;
      output: string | null;
      error: FlowFailure | null;
    }>(
      `select id, state, output::text as output, error
       from talos_client.flows where id = any($1) and state <> 'running'`,
      [ids],
      signal,
    );
    return new Map(
      rows.map(({ id, state, output, error }) => [
        id,
        state === 'done'
          ? { state, output: output === null ? undefined : (JSON.parse(output) as Json) }
          : { state: 'failed', error: error ?? { message: 'no reason is known' } },
      ]),
    );
  }

  /** Why a flow of the run stopped, if one did. */
  async stopped(run: string): Promise<FlowFailure | undefined> {
    const [row] = await this.#database.query<{ stopped: FlowFailure }>(
      `select stopped from talos_client.flows
       where run = $1 and state = 'running' and stopped is not null order by id limit 1`,
      [run],
    );
    return row?.stopped;
  }

  /** What is asked of a run. */
  async asked(
    run: string,
    signal?: AbortSignal,
  ): Promise<{ readonly paused: boolean; readonly cancelled: boolean }> {
    const [row] = await this.#database.query<{ paused: boolean; cancelled: boolean }>(
      'select paused, cancelled from talos_client.flows where id = $1',
      [run],
      signal,
    );
    return row ?? { paused: false, cancelled: true };
  }

  /** Asks a run that has not ended to be held, to go on, or to be cancelled. */
  async ask(run: string, what: { paused?: boolean; cancelled?: boolean }): Promise<void> {
    await this.#database.query(
      `with asked as (
         update talos_client.flows
         set paused = coalesce($2, paused), cancelled = coalesce($3, cancelled)
         where id = $1 and state = 'running' returning run
       )
       select pg_notify('${CHANNEL}', run) from asked`,
      [run, what.paused, what.cancelled],
    );
  }

  /**
   * Ends those flows of a run that nobody can bring to their end: they stopped, or the workers that live
   * are of other releases. Where no worker lives, one may come that can.
   */
  async endLeft(run: string): Promise<void> {
    const error: FlowFailure = {
      message: 'it was cancelled where it stood, since no worker can go on with it',
      code: 'flow',
      reason: 'cancelled',
      hint: 'look at its nodes: some may be cordoned or half done',
    };
    await this.#database.query(
      `with ${LIVING}, ended as (
         update talos_client.flows
         set state = 'cancelled', error = $2, ended_at = clock_timestamp()
         where run = $1 and state = 'running' and (stopped is not null
           or (release not in (select release from living) and exists (select from living)))
         returning run
       )
       select pg_notify('${CHANNEL}', run) from ended`,
      [run, JSON.stringify(error)],
    );
  }

  /** How one run is, or all of them in the order in which they were begun. */
  async statuses(run?: string): Promise<readonly RunStatus[]> {
    const rows = await this.#database.query<StatusRow>(
      `with ${LIVING}
       select id, flow, version, state, error, paused, cancelled,
         round(extract(epoch from started_at) * 1000)::float8 as started,
         round(extract(epoch from ended_at) * 1000)::float8 as ended,
         release in (select release from living) as "isWorkedOn",
         array(select release from living order by release) as releases,
         array(select distinct name from talos_client.waits where waits.run = flows.id order by name)
           as waits,
         (select stopped from talos_client.flows as parts
          where parts.run = flows.id and stopped is not null order by id limit 1) as stopped
       from talos_client.flows
       where id = run and ($1::text is null or id = $1)
       order by started_at, id`,
      [run],
    );
    return rows.map(statusOf);
  }
}

/** The releases of workers that are there. */
const LIVING = `living as (
  select distinct release from talos_client.workers
  where not talos_client.is_silent(heartbeat, lease) and talos_client.holder_of(id) is not null
)`;

interface StatusRow {
  readonly id: string;
  readonly flow: string;
  readonly version: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly error: FlowFailure | null;
  readonly paused: boolean;
  readonly cancelled: boolean;
  readonly started: number;
  readonly ended: number | null;
  readonly isWorkedOn: boolean;
  readonly releases: readonly string[];
  readonly waits: readonly string[];
  /** Why a flow of the run stopped, if one did. */
  readonly stopped: FlowFailure | null;
}

function statusOf(row: StatusRow): RunStatus {
  const isLeft = row.state === 'running' && (row.stopped !== null || !row.isWorkedOn);
  return {
    id: row.id,
    flow: row.flow,
    version: row.version,
    state: isLeft ? 'left' : stateNow(row),
    startedAtMs: row.started,
    endedAtMs: row.ended ?? undefined,
    waitsFor: row.waits,
    error: isLeft ? whyLeft(row) : (row.error ?? undefined),
  };
}

function stateNow({ state, paused, cancelled }: StatusRow): RunStatus['state'] {
  if (state !== 'running') return state;
  if (cancelled) return 'cancelling';
  return paused ? 'paused' : 'running';
}

function whyLeft({ flow, version, releases, stopped }: StatusRow): FlowFailure {
  if (stopped !== null) return stopped;
  const now =
    releases.length === 0
      ? 'no worker lives'
      : `the workers that live have ${releases.join(' and ')}`;
  return {
    message: `nobody works on it: ${now}`,
    hint: `start a worker with ${flow} of version ${version}, and the other flows of its release`,
  };
}

function stateOf(ended: Ended): StatusRow['state'] {
  if (ended.state === 'done') return 'done';
  return ended.error.reason === 'cancelled' ? 'cancelled' : 'failed';
}

function outputOf(ended: Ended): string | null {
  return ended.state === 'done' && ended.output !== undefined ? JSON.stringify(ended.output) : null;
}

function errorOf(ended: Ended): string | null {
  return ended.state === 'failed' ? JSON.stringify(ended.error) : null;
}
