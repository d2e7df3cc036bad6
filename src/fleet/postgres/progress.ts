import { rowKey } from '../engine/row-key.js';
import type { ProgressRow } from '../runner.js';
import type { Database } from './database.js';
import { CHANNEL, PROGRESS } from './wakeups.js';

/**
 * How far nodes and flows are. Rows are written a few times a second, and the last state of each alone:
 * nothing depends on them.
 */
export class ProgressTable {
  readonly #database: Database;
  #told = new Map<string, ProgressRow>();
  #timer: NodeJS.Timeout | undefined;
  #written: Promise<void> = Promise.resolve();

  constructor(database: Database) {
    this.#database = database;
  }

  tell(row: ProgressRow): void {
    this.#told.set(rowKey(row), row);
    this.#timer ??= setTimeout(() => this.flush(), WRITE_EVERY_MS);
  }

  /** Writes what was told, and waits for that. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const rows = [...this.#told.values()];
    this.#told = new Map();
    if (rows.length > 0) {
      // In one order everywhere, so that no two workers wait for each other's rows.
      rows.sort((a, b) => (rowKey(a) < rowKey(b) ? -1 : 1));
      this.#written = this.#written.then(() => this.#write(rows)).catch(() => {});
    }
    return this.#written;
  }

  /** The rows of a run, in the order of clusters and nodes. */
  async rows(run: string): Promise<readonly ProgressRow[]> {
    return this.#read('run = $1', [run]);
  }

  /** The rows of a run that have changed since a time that `now` gave, and those of the moment before. */
  async changed(run: string, since: string): Promise<readonly ProgressRow[]> {
    const condition = `run = $1 and changed_at > $2::timestamptz - interval '${OVERLAP}'`;
    return this.#read(condition, [run, since]);
  }

  /** The time of the database. */
  async now(): Promise<string> {
    const [row] = await this.#database.query<{ now: string }>(
      'select clock_timestamp()::text as now',
    );
    return row?.now ?? '-infinity';
  }

  async #write(rows: readonly ProgressRow[]): Promise<void> {
    await this.#database.query(
      `with written as (
         insert into talos_client.progress as known (run, flow, node, cluster, step, state, since, attempt,
           last_error, changed_at)
         select run, flow, coalesce(node, ''), cluster, step, state, to_timestamp("sinceMs" / 1000.0),
           attempt, "lastError", clock_timestamp()
         from json_to_recordset($1) as given (run text, flow text, node text, cluster text, step text,
           state text, "sinceMs" float8, attempt integer, "lastError" text)
         on conflict (flow, node) do update set cluster = excluded.cluster, step = excluded.step,
           state = excluded.state, since = excluded.since, attempt = excluded.attempt,
           last_error = excluded.last_error, changed_at = excluded.changed_at
         returning run
       )
       select pg_notify('${CHANNEL}', '${PROGRESS}' || run) from (select distinct run from written) as runs`,
      [JSON.stringify(rows)],
    );
  }

  async #read(condition: string, values: readonly unknown[]): Promise<readonly ProgressRow[]> {
    type Read = { [Column in keyof ProgressRow]: ProgressRow[Column] | null };
    const rows = await this.#database.query<Read>(
      `select run, flow, cluster, nullif(node, '') as node, step, state,
         round(extract(epoch from since) * 1000)::float8 as "sinceMs", attempt,
         last_error as "lastError"
       from talos_client.progress where ${condition}
       order by flow, progress.node`,
      values,
    );
    return rows.map((row) => ({
      ...(row as ProgressRow),
      cluster: row.cluster ?? undefined,
      node: row.node ?? undefined,
      lastError: row.lastError ?? undefined,
    }));
  }
}

const WRITE_EVERY_MS = 150;
/** How long a row that another worker writes may take until it is seen. */
const OVERLAP = '10 seconds';
