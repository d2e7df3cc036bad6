import type { Json } from '../json.js';
import type { Database } from './database.js';
import { CHANNEL } from './wakeups.js';

/** Values from outside, and who waits for them. */
export class SentTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async send(run: string, name: string, value: Json): Promise<void> {
    await this.#database.query(
      `with sent as (
         insert into talos_client.sent (run, name, value) values ($1, $2, $3)
         on conflict (run, name) do update set value = excluded.value, sent_at = excluded.sent_at
         returning run
       )
       select pg_notify('${CHANNEL}', run) from sent`,
      [run, name, JSON.stringify(value)],
    );
  }

  async get(
    run: string,
    name: string,
    signal: AbortSignal,
  ): Promise<{ readonly value: Json } | undefined> {
    const [row] = await this.#database.query<{ value: string }>(
      'select value::text as value from talos_client.sent where run = $1 and name = $2',
      [run, name],
      signal,
    );
    return row === undefined ? undefined : { value: JSON.parse(row.value) as Json };
  }

  /** A flow waits for a value. */
  async waits(run: string, flow: string, name: string, signal: AbortSignal): Promise<void> {
    await this.#database.query(
      'insert into talos_client.waits (run, flow, name) values ($1, $2, $3) on conflict do nothing',
      [run, flow, name],
      signal,
    );
  }

  /** It waits no longer. */
  async waited(flow: string, name: string): Promise<void> {
    await this.#database.query('delete from talos_client.waits where flow = $1 and name = $2', [
      flow,
      name,
    ]);
  }
}
