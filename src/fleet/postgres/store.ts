import type { FlowTable as KnownFlows } from '../engine/flow-table.js';
import { AttemptTable } from './attempts.js';
import type { Database } from './database.js';
import type { PostgresEngine } from './engine.js';
import { FlowTable } from './flows.js';
import { HoldTable } from './holds.js';
import { ProgressTable } from './progress.js';
import { SentTable } from './sent.js';
import type { WorkerSession } from './session.js';
import type { Wakeups } from './wakeups.js';

/** What a worker has: the flows it knows, the tables, its own session, and the engine. */
export class Store {
  readonly known: KnownFlows;
  readonly database: Database;
  readonly session: WorkerSession;
  readonly wakeups: Wakeups;
  readonly engine: PostgresEngine;
  readonly flows: FlowTable;
  readonly attempts: AttemptTable;
  readonly progress: ProgressTable;
  readonly sent: SentTable;
  readonly holds: HoldTable;

  constructor(
    known: KnownFlows,
    database: Database,
    session: WorkerSession,
    wakeups: Wakeups,
    engine: PostgresEngine,
  ) {
    this.known = known;
    this.database = database;
    this.session = session;
    this.wakeups = wakeups;
    this.engine = engine;
    this.flows = new FlowTable(database);
    this.attempts = new AttemptTable(database);
    this.progress = new ProgressTable(database);
    this.sent = new SentTable(database);
    this.holds = new HoldTable(database);
  }

  /** Ends those of the flows that the engine will not run any more. */
  async endStopped(ids: readonly string[], signal: AbortSignal): Promise<void> {
    if (ids.length === 0) return;
    for (const [id, error] of await this.engine.stopped(ids, signal)) {
      await this.flows.end(id, { state: 'failed', error }, undefined, signal);
    }
  }
}
