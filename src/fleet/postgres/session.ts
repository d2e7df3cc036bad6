import pg from 'pg';
import type { Logger } from '../../observability/logging/index.js';
import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import { messageOf } from '../../runtime/errors/message-of.js';
import { clientConfig } from './connect.js';
import { pause } from './pause.js';
import type { DatabaseSettings } from './settings.js';
import { CHANNEL, type Wakeups } from './wakeups.js';

/** Who a worker is, and where. */
export interface WorkerOptions {
  readonly database: string | DatabaseSettings;
  /** Its id, which no other process has at the same time. */
  readonly worker: string;
  /** The flows and versions that it runs, as a name. */
  readonly release: string;
  /** How long it may be silent before others take its flows. */
  readonly leaseMs: number;
  readonly wakeups: Wakeups;
  readonly logger: Logger;
}

/** A time in which nobody took the flows of a worker from it. */
export interface Term {
  readonly number: string;
  /** Ends with the term. */
  readonly signal: AbortSignal;
}

interface Held {
  readonly client: pg.Client;
  readonly pid: number;
  readonly lost: AbortController;
  /** The last question over it: steps ask whenever they act, and pg takes one after the other. */
  last: Promise<unknown>;
}

/**
 * A worker's own connection. It holds the advisory lock of the worker's id, so that there is no second
 * process of this id, and so that others see at once when the process is gone: PostgreSQL gives up the
 * lock with the connection.
 *
 * Whoever takes the flows of a worker deletes its row first. A worker that lost its connection goes on
 * in its term if its row is still there, and begins another term else.
 */
export class WorkerSession {
  readonly worker: string;
  readonly #options: WorkerOptions;
  readonly #closing = new AbortController();
  #held: Held | undefined;
  #lastPid = 0;
  /** Aborted when there is a connection with the lock. */
  #ready = new AbortController();
  #ending = new AbortController();
  #term: Term = { number: '0', signal: this.#ending.signal };
  #beats: Promise<void> = Promise.resolve();

  private constructor(options: WorkerOptions) {
    this.#options = options;
    this.worker = options.worker;
  }

  /**
   * @throws {TalosFlowError} with the reason `locked` when another process has this id
   */
  static async open(options: WorkerOptions): Promise<WorkerSession> {
    const session = new WorkerSession(options);
    for (let attempt = 0; !(await session.#connect()); attempt += 1) {
      if (attempt === OPEN_ATTEMPTS) throw locked(options.worker);
      await pause(OPEN_WAIT_MS);
    }
    session.#beats = session.#beat();
    return session;
  }

  /** The term that the worker is in. */
  get term(): Term {
    return this.#term;
  }

  /**
   * Makes sure that the flows of a term are still this worker's, by a question over the connection that
   * holds its lock. Waits while the database is gone.
   *
   * @throws {TalosFlowError} with the reason `overtaken`
   */
  async confirm(term: Term, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      this.#closing.signal.throwIfAborted();
      term.signal.throwIfAborted();
      const held = this.#held;
      if (held === undefined) {
        await pause(LONGEST_WAIT_MS, this.#ready.signal, this.#closing.signal, signal);
      } else if (
        await this.#ask(held, 'select from talos_client.workers where id = $1 and term = $2')
      ) {
        return;
      }
    }
  }

  /** Gives the id up, so that others need not wait. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(closed(this.worker));
    await this.#beats;
    const held = this.#held;
    if (held === undefined) return;
    await this.#ask(held, 'delete from talos_client.workers where id = $1 and term = $2');
    await held.client.end().catch(() => {});
  }

  /** Keeps the heartbeat young, and the connection. */
  async #beat(): Promise<void> {
    const { leaseMs, logger } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const held = this.#held;
      if (held !== undefined) {
        await this.#ask(
          held,
          `update talos_client.workers set heartbeat = clock_timestamp() where id = $1 and term = $2`,
        );
        await pause(leaseMs / BEATS_OF_LEASE, signal, held.lost.signal);
        continue;
      }
      try {
        if (await this.#connect()) continue;
        logger.debug({ worker: this.worker }, 'the lock of the worker is not free yet');
      } catch (error) {
        logger.debug({ worker: this.worker, reason: messageOf(error) }, 'still no connection');
      }
      await pause(RECONNECT_MS, signal);
    }
  }

  /** Whether a statement over the connection found the worker in its term. If not, it is lost. */
  #ask(held: Held, text: string): Promise<boolean> {
    const answer = held.last.then(() => this.#askNow(held, text));
    held.last = answer;
    return answer;
  }

  async #askNow(held: Held, text: string): Promise<boolean> {
    // Lost by the question before.
    if (this.#held !== held) return false;
    try {
      const { rowCount } = await held.client.query(text, [this.worker, this.#term.number]);
      if (rowCount === 1) return true;
      this.#lose(held, 'its flows were taken up by another worker');
    } catch (error) {
      this.#lose(held, messageOf(error));
    }
    return false;
  }

  /** Whether the lock could be had. */
  async #connect(): Promise<boolean> {
    const { database, leaseMs, wakeups } = this.#options;
    const client = new pg.Client({
      ...clientConfig(database, `talos-client worker ${this.worker}`),
      query_timeout: leaseMs,
    });
    let held: Held | undefined;
    const lose = (reason: string): void => {
      if (held !== undefined) this.#lose(held, reason);
    };
    client.on('error', ({ message }) => lose(message));
    client.on('end', () => lose('the connection ended'));
    client.on('notification', ({ payload = '' }) => wakeups.wake(payload));
    try {
      await client.connect();
      const pid = await this.#lock(client);
      if (pid === undefined) return false;
      await this.#enter(client);
      await client.query(`listen ${CHANNEL}`);
      held = { client, pid, lost: new AbortController(), last: Promise.resolve() };
    } finally {
      if (held === undefined) await client.end().catch(() => {});
    }
    this.#held = held;
    this.#ready.abort();
    wakeups.wakeAll();
    return true;
  }

  /**
   * The number of the session, if it has the lock now. A session is ended that holds the lock although
   * its worker is silent, or that is this worker's own from before.
   */
  async #lock(client: pg.Client): Promise<number | undefined> {
    const { rows } = await client.query<{ pid: number; has: boolean }>(
      'select pg_backend_pid() as pid, pg_try_advisory_lock(talos_client.lock_of($1)) as has',
      [this.worker],
    );
    if (rows[0]?.has === true) return rows[0].pid;
    await client.query(
      `select pg_terminate_backend(holder) from talos_client.workers, talos_client.holder_of(id) holder
       where id = $1
         and (talos_client.is_silent(heartbeat, lease) or (term = $2 and holder = $3))`,
      [this.worker, this.#term.number, this.#lastPid],
    );
    return undefined;
  }

  /** Goes on in the term in which the worker was, if that lasts; else begins another. */
  async #enter(client: pg.Client): Promise<void> {
    const { release, leaseMs } = this.#options;
    const kept = await client.query(
      `update talos_client.workers set heartbeat = clock_timestamp(), pid = pg_backend_pid()
       where id = $1 and term = $2`,
      [this.worker, this.#term.number],
    );
    if (kept.rowCount === 1) return;
    const { rows } = await client.query<{ term: string }>(
      `insert into talos_client.workers (id, release, term, pid, lease, heartbeat, started_at)
       values ($1, $2, nextval('talos_client.terms'), pg_backend_pid(), $3 * interval '1 millisecond',
         clock_timestamp(), clock_timestamp())
       on conflict (id) do update set release = excluded.release, term = excluded.term,
         pid = excluded.pid, lease = excluded.lease, heartbeat = excluded.heartbeat,
         started_at = excluded.started_at
       returning term`,
      [this.worker, release, leaseMs],
    );
    this.#ending.abort(overtaken(this.worker));
    this.#ending = new AbortController();
    this.#term = { number: rows[0]?.term ?? '0', signal: this.#ending.signal };
  }

  #lose(held: Held, reason: string): void {
    if (this.#held !== held) return;
    this.#held = undefined;
    this.#lastPid = held.pid;
    this.#ready = new AbortController();
    held.lost.abort();
    held.client.end().catch(() => {});
    if (this.#closing.signal.aborted) return;
    this.#options.logger.warn(
      { worker: this.worker, reason },
      'the worker lost its lock, and does not act until it has it again',
    );
  }
}

function overtaken(worker: string): TalosFlowError {
  return new TalosFlowError(
    `${worker} was silent for longer than its lease, and another worker has taken its flows up`,
    { reason: 'overtaken' },
  );
}

function closed(worker: string): TalosFlowError {
  return new TalosFlowError(`the runner of ${worker} was closed`, { reason: 'closed' });
}

function locked(worker: string): TalosFlowError {
  return new TalosFlowError(`another process works as ${worker}`, {
    reason: 'locked',
    hint: 'give each process an id of its own, such as the name of its pod; the id of a process that is gone is free at once, that of a host that is gone after its lease',
  });
}

const OPEN_ATTEMPTS = 5;
const OPEN_WAIT_MS = 300;
const RECONNECT_MS = 300;
const LONGEST_WAIT_MS = 60_000;
/** Two heartbeats may be lost. */
const BEATS_OF_LEASE = 3;
