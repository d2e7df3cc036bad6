import type { ConnectionOptions } from 'node:tls';
import { isRecord } from '../../runtime/arguments/record.js';

/** How PostgreSQL is reached. What is left out is taken from `PGHOST`, `PGUSER` and so on. */
export interface DatabaseSettings {
  /** A name or address, or the folder of a Unix socket. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  /** A function is asked for each connection: for passwords that change. */
  readonly password?: string | (() => string | Promise<string>) | undefined;
  readonly database?: string | undefined;
  /** As `tls.connect` takes it; `true` is TLS with the authorities that Node trusts. */
  readonly ssl?: boolean | ConnectionOptions | undefined;
}

/** What the settings may be, in words, if they are something else. */
export function databaseKind(value: unknown): string | undefined {
  if (typeof value === 'string') {
    return /^postgres(ql)?:\/\//.test(value)
      ? undefined
      : 'a URL such as postgres://user@host/name';
  }
  return isRecord(value) ? undefined : 'a URL, or an object such as { host: …, database: … }';
}
