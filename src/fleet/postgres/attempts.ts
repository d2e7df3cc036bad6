import type { Begun } from '../engine/memory.js';
import type { FlowFailure } from '../flow.js';
import type { Json } from '../json.js';
import type { Database } from './database.js';
import type { InTerm } from './flows.js';

/** What is known of steps that have begun and not ended, which engines do not keep. */
export class AttemptTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @returns nothing where the term of the worker is over */
  async begin(
    flow: string,
    step: string,
    by: InTerm,
    signal: AbortSignal,
  ): Promise<Begun | undefined> {
    const [row] = await this.#database.query<{
      attempt: number;
      isUnknown: boolean;
      detail: string | null;
    }>(
      `insert into talos_client.step_attempts as known
         (flow, step, attempt, state, is_unknown, worker, began_at)
       select $1, $2, 1, 'begun', false, id, clock_timestamp()
       from talos_client.workers where id = $3 and term = $4
       on conflict (flow, step) do update set
         attempt = known.attempt + 1, is_unknown = known.state = 'begun', state = 'begun',
         worker = excluded.worker, began_at = excluded.began_at
       returning attempt, is_unknown as "isUnknown", detail::text as detail`,
      [flow, step, by.worker, by.term.number],
      signal,
    );
    if (row === undefined) return undefined;
    const { attempt, isUnknown, detail } = row;
    return {
      attempt,
      isUnknown,
      detail: detail === null ? undefined : (JSON.parse(detail) as Json),
    };
  }

  /** The attempt failed, and another one follows. */
  async failed(flow: string, step: string, error: FlowFailure, signal: AbortSignal): Promise<void> {
    await this.#database.query(
      `update talos_client.step_attempts set state = 'failed', last_error = $3
       where flow = $1 and step = $2`,
      [flow, step, JSON.stringify(error)],
      signal,
    );
  }

  async heartbeat(flow: string, step: string, detail: Json, signal: AbortSignal): Promise<void> {
    await this.#database.query(
      'update talos_client.step_attempts set detail = $3 where flow = $1 and step = $2',
      [flow, step, JSON.stringify(detail)],
      signal,
    );
  }
}
