import pg from 'pg';
import { described } from '../../runtime/arguments/described.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import type { DatabaseSettings } from './settings.js';

/** What pg is told for each connection. Sessions are named, so that they can be told apart there. */
export function clientConfig(database: string | DatabaseSettings, name: string): pg.ClientConfig {
  const common = {
    application_name: name,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
  };
  if (typeof database === 'string') return { connectionString: database, ...common };
  const given = Object.entries(database).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), ...common };
}

/**
 * Fails where the database cannot be reached at all, before anything waits for it to come back.
 *
 * @throws {TalosConfigError}
 */
export async function checkDatabase(
  database: string | DatabaseSettings,
  where: string,
): Promise<void> {
  const client = new pg.Client(clientConfig(database, 'talos-client'));
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number; name: string }>(
      `select current_setting('server_version_num')::integer as version,
         current_setting('server_version') as name`,
    );
    const { version = 0, name = '' } = rows[0] ?? {};
    if (version < OLDEST) throw new Error(`expected PostgreSQL 14 or newer, got ${name}`);
  } catch (cause) {
    const reason = cause instanceof Error ? reasonOf(cause) : described(cause);
    throw new TalosConfigError(
      `${where}: database: ${placeOf(client)}: ${reason}`,
      { field: 'database' },
      { cause },
    );
  } finally {
    await client.end().catch(() => {});
  }
}

/** Connecting to a name with several addresses fails with one error for each. */
function reasonOf(error: Error): string {
  const { errors } = error as { readonly errors?: readonly Error[] };
  return errors?.[0]?.message ?? error.message;
}

function placeOf({ host, port, database }: pg.Client): string {
  return `${host}:${port}/${database ?? ''}`;
}

const CONNECT_MS = 10_000;
const OLDEST = 140_000;
