import pg from 'pg';
import type { Logger } from '../../observability/logging/index.js';
import { clientConfig } from './connect.js';
import { pause } from './pause.js';
import type { DatabaseSettings } from './settings.js';

/**
 * Statements to PostgreSQL that outlive a restart of it: where the connection is lost, a statement is
 * made again until it was answered or the work is over. So every statement here may be made twice.
 */
export class Database {
  /** For what talks to the database by itself. */
  readonly pool: pg.Pool;
  readonly #closed = new AbortController();

  /**
   * @param leaseMs how long a process that is held in the middle of a transaction keeps others from the
   * rows that it has locked
   */
  constructor(
    database: string | DatabaseSettings,
    connections: number,
    leaseMs: number,
    logger: Logger,
  ) {
    this.pool = new pg.Pool({
      ...clientConfig(database, 'talos-client'),
      max: connections,
      idle_in_transaction_session_timeout: leaseMs,
    });
    // Without listeners, a connection that is lost while no statement is under way ends the process.
    this.pool.on('error', () => {});
    this.pool.on('connect', (client) => {
      client.on('error', ({ message }) => {
        logger.debug({ reason: message }, 'a connection to the database was lost');
      });
    });
  }

  /**
   * @param signal ends the wait for a database that is gone
   */
  async query<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
    signal?: AbortSignal,
  ): Promise<readonly Row[]> {
    return (await this.outlive(() => this.pool.query<Row>(text, [...values]), signal)).rows;
  }

  /** Does the same for what talks to the database by itself. */
  async outlive<T>(run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const signals = signal === undefined ? [this.#closed.signal] : [this.#closed.signal, signal];
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      for (const each of signals) each.throwIfAborted();
      try {
        return await run();
      } catch (error) {
        if (!isPassing(error)) throw error;
        await pause(waitMs, ...signals);
      }
    }
  }

  /** Ends all statements that wait. */
  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(new Error('the runner was closed'));
    await this.pool.end();
  }
}

/** Whether a statement failed because of the connection or the load, and may succeed later. */
export function isPassing(error: unknown): boolean {
  const { code, message = '' } = error as { readonly code?: string; readonly message?: string };
  if (code !== undefined) return passing.test(code);
  return lost.test(message);
}

/**
 * Codes of Node for connections, and of PostgreSQL: connections (class 08), shutting down and
 * starting (57P), too many connections, and transactions that were in each other's way (class 40).
 */
const passing =
  /^(?:E(?:CONN|PIPE|TIMEDOUT|HOST|NET|AI_AGAIN|NOENT)|08|57P0[1-5]|53300|40001|40P01)/;

/** pg says by words alone that a connection ended under a statement. */
const lost = /connection terminated|connection timeout|timeout exceeded|client has encountered/i;

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;
