import type { Database } from './database.js';

/** The flows that run of those that hold something, and of those that they started. */
const KEEPERS = `
  select flows.id from talos_client.flows
  where flows.run = split_part(held.flow, '/', 1) and flows.state = 'running'
    and (flows.id = held.flow or starts_with(flows.id, held.flow || '/'))`;

/**
 * Which flow holds what, among the runs of all workers. What a flow holds is free once it has ended, and with
 * it all that it started.
 */
export class HoldTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Has a flow hold something, unless another one does. A flow that was started by the holder has what that
   * holds.
   *
   * @returns the flow that holds it now; nothing where that changed at the same moment
   */
  async take(what: string, flow: string, signal: AbortSignal): Promise<string | undefined> {
    const [row] = await this.#database.query<{ flow: string }>(
      `with taken as (
         insert into talos_client.holds as held (what, flow) values ($1, $2)
         -- Only in place of the holder that this statement sees: it knows nothing of the flows of a later one.
         on conflict (what) do update set flow = excluded.flow, since = clock_timestamp()
         where held.flow = (select flow from talos_client.holds where what = $1)
           and not exists (${KEEPERS})
         returning flow
       )
       select flow from taken
       union all
       select flow from talos_client.holds where what = $1 and not exists (select from taken)`,
      [what, flow],
      signal,
    );
    return row?.flow;
  }

  /** The flows because of which something is held. */
  async keepers(what: string, signal: AbortSignal): Promise<readonly string[]> {
    const rows = await this.#database.query<{ id: string }>(
      `select keepers.id from talos_client.holds as held, lateral (${KEEPERS}) as keepers
       where held.what = $1`,
      [what],
      signal,
    );
    return rows.map(({ id }) => id);
  }

  /** Those of some flows that hold something. */
  async holdersAmong(flows: readonly string[], signal?: AbortSignal): Promise<ReadonlySet<string>> {
    const rows = await this.#database.query<{ flow: string }>(
      'select distinct flow from talos_client.holds where flow = any($1)',
      [flows],
      signal,
    );
    return new Set(rows.map(({ flow }) => flow));
  }
}
