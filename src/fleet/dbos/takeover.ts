import type { Logger } from '../../observability/logging/index.js';
import { messageOf } from '../../runtime/errors/message-of.js';
import type { Executions } from '../postgres/executions.js';
import { pause } from '../postgres/pause.js';
import type { Store } from '../postgres/store.js';
import type { DbosEngine } from './engine.js';

/** What a watch over the other workers works with. */
export interface TakeoverParts {
  readonly store: Store;
  readonly engine: DbosEngine;
  readonly executions: Executions;
  readonly leaseMs: number;
  readonly logger: Logger;
}

/**
 * Has the flows of workers that are gone run by others: DBOS by itself leaves them until the same
 * executor is back. A worker is gone when its lock is free, or when it was silent for its lease.
 */
export class Takeover {
  readonly #parts: TakeoverParts;
  readonly #closing = new AbortController();
  #rounds: Promise<void> = Promise.resolve();
  /**
   * Who was gone in the round before: a worker that lost its connection is back soon. After a restart
   * of the database all of them are gone for a moment.
   */
  #gone = new Set<string>();
  /** Flows that DBOS says run here, and did not in the round before. */
  #idle = new Set<string>();

  constructor(parts: TakeoverParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#rounds = this.#watch();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#rounds;
  }

  /** Looks once, and takes what there is. */
  async takeUpAll(): Promise<void> {
    await this.#takeUpGone();
    await this.#takeUpUnknown();
  }

  async #watch(): Promise<void> {
    const { leaseMs, logger } = this.#parts;
    const { signal } = this.#closing;
    const everyMs = Math.min(leaseMs / LOOKS_OF_LEASE, LONGEST_LOOK_MS);
    for (let round = 1; !signal.aborted; round += 1) {
      await pause(everyMs, signal);
      if (signal.aborted) return;
      try {
        await this.#takeUpGone();
        await this.#takeUpIdle();
        if (round % ROUNDS_OF_ALL === 0) await this.#takeUpUnknown();
      } catch (error) {
        if (!signal.aborted) logger.warn({ reason: messageOf(error) }, 'the look for flows failed');
      }
    }
  }

  async #takeUpGone(): Promise<void> {
    const { store } = this.#parts;
    const rows = await store.database.query<{ id: string; silent: boolean }>(
      `select id, talos_client.is_silent(heartbeat, lease) as silent
       from talos_client.workers
       where id <> $1 and (talos_client.is_silent(heartbeat, lease)
         or (talos_client.holder_of(id) is null
           and talos_client.is_silent('-infinity', least(lease, interval '5 seconds'))))`,
      [store.session.worker],
      this.#closing.signal,
    );
    const before = this.#gone;
    this.#gone = new Set(rows.map(({ id }) => id));
    for (const { id, silent } of rows) {
      if (silent || before.has(id)) await this.#takeUp(id);
    }
  }

  /** Flows of workers that left no trace in our tables: whoever took them up did not come to an end. */
  async #takeUpUnknown(): Promise<void> {
    const { engine, store } = this.#parts;
    const { signal } = this.#closing;
    const executors = await engine.executors(signal);
    const rows = await store.database.query<{ id: string }>(
      'select id from talos_client.workers',
      [],
      signal,
    );
    const known = new Set(rows.map(({ id }) => id));
    for (const executor of executors) if (!known.has(executor)) await this.#takeUp(executor);
  }

  /** Flows that DBOS gave to this worker, and that did not begin: the database went in between. */
  async #takeUpIdle(): Promise<void> {
    const { engine, executions, store, logger } = this.#parts;
    const { signal } = this.#closing;
    const ids = await engine.runningOn(store.session.worker, signal);
    const before = this.#idle;
    this.#idle = new Set(ids.filter((id) => !executions.has(id)));
    for (const id of this.#idle) {
      if (!before.has(id)) continue;
      logger.warn({ flow: id }, 'the flow did not begin, and is taken up again');
      await engine.requeueFlow(id, signal);
      this.#idle.delete(id);
    }
  }

  /** Takes all flows of a worker from it, unless it is there. */
  async #takeUp(executor: string): Promise<void> {
    const { store, engine, logger } = this.#parts;
    const { signal } = this.#closing;
    const client = await store.database.outlive(() => store.database.pool.connect(), signal);
    let isOpen = false;
    try {
      // While this is held, the worker cannot come back and have flows that are taken from it.
      const locked = 'select pg_try_advisory_lock(talos_client.lock_of($1)) as has';
      let { rows } = await client.query<{ has: boolean }>(locked, [executor]);
      if (rows[0]?.has !== true) {
        const ended = await client.query(
          `select pg_terminate_backend(holder, $2)
           from talos_client.workers, talos_client.holder_of(id) holder
           where id = $1 and holder is not null and talos_client.is_silent(heartbeat, lease)`,
          [executor, TERMINATE_MS],
        );
        if (ended.rowCount === 0) return;
        ({ rows } = await client.query<{ has: boolean }>(locked, [executor]));
        if (rows[0]?.has !== true) return;
      }
      await client.query('delete from talos_client.workers where id = $1', [executor]);
      const taken = await engine.requeue(executor, signal);
      await client.query('select pg_advisory_unlock(talos_client.lock_of($1))', [executor]);
      isOpen = true;
      logger.info({ worker: executor, flows: taken.length }, 'a worker is gone, its flows go on');
    } finally {
      // A connection that may still hold the lock is ended.
      client.release(!isOpen);
    }
  }
}

const LOOKS_OF_LEASE = 10;
const LONGEST_LOOK_MS = 2_000;
const ROUNDS_OF_ALL = 15;
const TERMINATE_MS = 2_000;
