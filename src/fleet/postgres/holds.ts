import type { Database } from './database.js';

/** Which flow holds what, among the runs of all workers. What a flow holds is free once it has ended. */
export class HoldTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Has a flow hold something, unless another one does.
   *
   * @returns the flow that holds it now; nothing where that changed at the same moment
   */
  async take(what: string, flow: string, signal: AbortSignal): Promise<string | undefined> {
    const [row] = await this.#database.query<{ flow: string }>(
      `with taken as (
         insert into talos_client.holds as held (what, flow) values ($1, $2)
         on conflict (what) do update set flow = excluded.flow, since = clock_timestamp()
         where held.flow = excluded.flow or exists (
           select from talos_client.flows where flows.id = held.flow and state <> 'running')
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
}
