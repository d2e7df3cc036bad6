import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { DBOS } from '@dbos-inc/dbos-sdk';
import type { Logger } from '../../observability/logging/index.js';
import { duration, record, text, wholeFrom } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { quoted } from '../../runtime/errors/quoted.js';
import { FlowTable } from '../engine/flow-table.js';
import type { Flow } from '../flow.js';
import { checkDatabase } from '../postgres/connect.js';
import { Database } from '../postgres/database.js';
import { Executions } from '../postgres/executions.js';
import { pause } from '../postgres/pause.js';
import { releaseOf } from '../postgres/release.js';
import { PostgresRunner } from '../postgres/runner.js';
import { inTurn, migrate } from '../postgres/schema.js';
import { WorkerSession } from '../postgres/session.js';
import { type DatabaseSettings, databaseKind } from '../postgres/settings.js';
import { silent } from '../postgres/silent.js';
import { Store } from '../postgres/store.js';
import { Wakeups } from '../postgres/wakeups.js';
import type { FleetRunner } from '../runner.js';
import { APPLICATION, DbosEngine, POOLED, QUEUES } from './engine.js';
import { dbosLogger } from './log.js';
import { Takeover } from './takeover.js';
import { register, workWith } from './worker.js';

export type { DatabaseSettings } from '../postgres/settings.js';

/** How a worker on PostgreSQL is set up. Only `database` and `flows` have to be given. */
export interface DbosRunnerOptions {
  /**
   * PostgreSQL 14 or newer, as a URL such as `postgres://user@host/name` or as settings. Sessions have to
   * last: not through a pooler that gives each transaction another one.
   */
  readonly database: string | DatabaseSettings;
  /** The flows that may be run, with all that they run as children. All workers have the same. */
  readonly flows: readonly Flow[];
  /**
   * A name that no other process has at the same time, and that the process has again after a restart,
   * such as that of a pod of a StatefulSet. Default: another one with each start.
   */
  readonly worker?: string | undefined;
  /**
   * How many flows of one level (runs; their children; children of those) each worker runs at once, and
   * how many more of those that hold something (`mayGoOn`) and what they start. It is a setting of the
   * database: that of the worker that started last counts for all. Default: 100.
   */
  readonly limit?: number | undefined;
  /** Milliseconds that a worker may be silent before others take its flows up. Default: 30000. */
  readonly leaseMs?: number | undefined;
  /** The most connections of each of its two pools; one more holds its lock. Default: 10. */
  readonly connections?: number | undefined;
  /** Takes what happens beside results, such as takeovers. Default: nothing does. */
  readonly logger?: Logger | undefined;
}

const shape: Shape<DbosRunnerOptions> = {
  database: databaseKind,
  flows: (value) => (Array.isArray(value) ? undefined : 'a list of flows'),
  worker: text,
  limit: wholeFrom(1),
  leaseMs: duration,
  connections: wholeFrom(1),
  logger: record,
};

let isTaken = false;

/**
 * Starts a worker that runs flows with DBOS Transact on PostgreSQL, together with all other workers on
 * the same database. Each of them takes runs and their children, and takes over what a worker leaves
 * behind that died. A process has one such runner, and nothing else in it uses DBOS.
 *
 * @example
 * ```ts
 * await using runner = await dbosRunner({
 *   database: process.env.DATABASE_URL,
 *   flows: [upgradeFleet, upgradeCluster],
 *   worker: process.env.POD_NAME,
 * });
 * const run = await runner.start(upgradeFleet, input, { id: 'talos-1.14.1' });
 * ```
 * @throws {TalosConfigError} when an option cannot be used, or the database cannot be reached
 * @throws {TalosFlowError} with the reason `locked` when a process with the same `worker` lives
 */
export async function dbosRunner(options: DbosRunnerOptions): Promise<FleetRunner> {
  checkOptions(
    options,
    shape,
    NAME,
    '{ database: process.env.DATABASE_URL, flows: [upgradeFleet] }',
  );
  const { database, worker = `${hostname()}-${randomUUID().slice(0, 8)}` } = options;
  if (database === undefined) throw refused('database', 'expected a URL or settings, got none');
  if (!/^[\w.:-]{1,200}$/.test(worker) || worker === 'local') {
    throw refused(
      'worker',
      `${quoted(worker)} must be letters, digits, ".", ":", "_" and "-", and not "local"`,
    );
  }
  if (options.flows === undefined || options.flows.length === 0) {
    throw refused('flows', 'expected a list of flows such as [upgradeFleet], got none');
  }
  const flows = new FlowTable(options.flows, NAME);
  if (isTaken || DBOS.isInitialized()) {
    throw refused(
      'options',
      'this process has another runner, or uses DBOS itself: close that first',
    );
  }
  isTaken = true;
  const undo: (() => Promise<unknown>)[] = [
    async () => {
      isTaken = false;
    },
  ];
  try {
    await checkDatabase(database, NAME);
    return await open({ ...options, database, worker }, flows, undo);
  } catch (error) {
    for (const each of undo.reverse()) await each().catch(() => {});
    throw error;
  }
}

type Opened = DbosRunnerOptions & { readonly worker: string };

async function open(
  options: Opened,
  flows: FlowTable,
  undo: (() => Promise<unknown>)[],
): Promise<FleetRunner> {
  const { worker, leaseMs = 30_000, connections = 10, limit = 100, logger = silent } = options;
  const release = releaseOf(flows.values());
  const ours = new Database(options.database, connections, leaseMs, logger);
  undo.push(() => ours.close());
  const theirs = new Database(options.database, connections, leaseMs, logger);
  undo.push(() => theirs.close());
  await migrate(ours);
  const wakeups = new Wakeups();
  const { database } = options;
  const session = await WorkerSession.open({ database, worker, release, leaseMs, wakeups, logger });
  undo.push(() => session.close());
  const engine = await DbosEngine.create(ours, dbosLogger(logger));
  undo.push(() => engine.close());
  const store = new Store(flows, ours, session, wakeups, engine);
  const executions = new Executions(store, logger);
  const takeover = new Takeover({ store, engine, executions, leaseMs, logger });
  register(flows.values());
  DBOS.setConfig({
    name: APPLICATION,
    systemDatabaseUrl: POOLED,
    systemDatabasePool: theirs.pool,
    applicationVersion: release,
    executorID: worker,
    listenQueues: QUEUES.map(({ name }) => name),
    useListenNotify: false,
    enableOTLP: false,
    tracingEnabled: false,
    logger: dbosLogger(logger),
  });
  workWith({ id: worker, engine, executions });
  undo.push(
    async () => workWith(undefined),
    () => DBOS.shutdown(),
  );
  await requeueOwn(engine, worker);
  // Where several create the tables of DBOS at once, it fails in all but one.
  await inTurn(ours, () => launch(limit));
  takeover.start();
  return new PostgresRunner({
    release,
    store,
    takeUp: () => takeover.takeUpAll(),
    close: async (reason) => {
      await takeover.close();
      await executions.close(reason, CLOSE_MS);
      workWith(undefined);
      await DBOS.shutdown();
      // While the database is gone, this waits, and the flows go on when others miss the worker.
      const handed = new AbortController();
      const handOver = async (): Promise<void> => {
        await store.progress.flush();
        await engine.requeue(worker);
        await session.close();
      };
      handOver().then(
        () => handed.abort(),
        () => handed.abort(),
      );
      await pause(CLOSE_MS, handed.signal);
      await engine.close();
      await Promise.all([ours.close(), theirs.close()]);
      isTaken = false;
    },
  });
}

async function launch(limit: number): Promise<void> {
  await DBOS.launch();
  for (const { name, hasLimit } of QUEUES) {
    const limits = hasLimit ? { workerConcurrency: limit } : {};
    await DBOS.registerQueue(name, {
      ...limits,
      minPollingIntervalMs: POLL_MS,
      onConflict: 'always_update',
    });
  }
}

/**
 * What the process of this id left behind when it died, also in other releases: DBOS would take up its
 * own release alone, and past the limits.
 */
async function requeueOwn(engine: DbosEngine, worker: string): Promise<void> {
  try {
    await engine.requeue(worker);
  } catch (error) {
    // The tables of DBOS come with its launch.
    if (!/^(?:42P01|42703|3F000)$/.test((error as { readonly code?: string }).code ?? ''))
      throw error;
  }
}

function refused(field: string, problem: string): TalosConfigError {
  return new TalosConfigError(`${NAME}: ${field}: ${problem}`, { field });
}

const NAME = 'dbosRunner';
const POLL_MS = 500;
const CLOSE_MS = 10_000;
