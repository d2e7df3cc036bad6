import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { foldersOf, isProgram } from '../../support/programs.js';

/** A PostgreSQL of its own, on loopback, with its data in a temporary folder. */
export interface Server {
  /** Of the database `postgres`, as its owner. */
  readonly url: string;
  /** Makes an empty database, and gives its URL. */
  createDatabase(name: string): Promise<string>;
  /** Ends all connections without waiting for anybody. */
  halt(): Promise<void>;
  start(): Promise<void>;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Whether commits reach the disk. Tests do without, measurements do not. */
  readonly fsync: boolean;
}

/** Finds the programs of the system's package. @throws what to install where they are missing */
export function postgresPrograms(): string {
  const packaged = '/usr/lib/postgresql';
  let versions: string[] = [];
  try {
    versions = readdirSync(packaged).sort((a, b) => Number(b) - Number(a));
  } catch {
    // Elsewhere they are in the path.
  }
  const folders = [
    ...versions.map((version) => join(packaged, version, 'bin')),
    ...foldersOf(process.env.PATH),
  ];
  const found = folders.find((folder) =>
    ['initdb', 'postgres'].every((program) => isProgram(join(folder, program))),
  );
  if (found !== undefined) return found;
  throw new Error(
    `There is no PostgreSQL in ${packaged} or the path. On Debian and Ubuntu: apt-get install postgresql`,
  );
}

export async function startServer({ fsync }: ServerOptions): Promise<Server> {
  const programs = postgresPrograms();
  const folder = mkdtempSync(join(tmpdir(), 'talos-client-postgres-'));
  const password = randomBytes(16).toString('hex');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const user = ownerOf(folder, passwordFile);
  const data = join(folder, 'data');
  const initdb = ['-D', data, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  execFileSync(join(programs, 'initdb'), [...initdb, '--no-sync', '-E', 'UTF8', '--locale=C'], {
    ...user,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const port = await freePort();
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: folder,
    fsync: fsync ? 'on' : 'off',
    max_connections: 200,
    log_min_messages: 'fatal',
  };
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    server = spawn(join(programs, 'postgres'), ['-D', data, ...args], {
      ...user,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    const ended = once(server, 'exit').then(([code]) => {
      throw new Error(`PostgreSQL ended with ${code} before it took connections`);
    });
    await Promise.race([ready(url), ended]);
    ended.catch(() => {});
  }

  async function halt(signal: 'SIGQUIT' | 'SIGINT' = 'SIGQUIT'): Promise<void> {
    if (server === undefined) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
    server = undefined;
  }

  await start();
  return {
    url,
    start,
    halt: () => halt(),
    createDatabase: (name) => createDatabase(url, name),
    async stop() {
      await halt('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Makes a database on the server of a URL, and gives its URL.
 *
 * @param template what it is a copy of; default: it has no tables yet
 */
export async function createDatabase(
  url: string,
  name: string,
  template = 'template1',
): Promise<string> {
  await withClient(url, (client) => client.query(`create database ${name} template ${template}`));
  return url.replace(/postgres$/, name);
}

/** Runs statements over a connection of its own. */
export async function withClient<T>(
  url: string,
  run: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

async function ready(url: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await withClient(url, (client) => client.query('select'));
      return;
    } catch (error) {
      if (attempt === 300) throw error;
      await sleep(100);
    }
  }
}

/** PostgreSQL refuses to run as root, which tests in containers do. */
function ownerOf(...paths: readonly string[]): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      const user = { uid: id('-u'), gid: id('-g') };
      for (const path of paths) chownSync(path, user.uid, user.gid);
      return user;
    } catch {
      // The next one.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody');
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
