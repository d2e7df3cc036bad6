import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What may be asked at the door. */
export type Question = 'report' | 'end';

/** What was done to the nodes of a cluster. */
export interface ClusterReport {
  readonly cluster: string;
  readonly nodes: readonly {
    readonly node: string;
    readonly version: string;
    /** How often the installer was called, and how often a reboot. */
    readonly installs: number;
    readonly reboots: number;
    readonly schedulable: boolean;
  }[];
}

/** The files of the example in its folder. */
export function filesOf(folder: string) {
  return {
    /** A context for each cluster. */
    talosconfig: join(folder, 'talosconfig'),
    /** Where the clusters are reached: port, token and process. */
    door: join(folder, 'door.json'),
    /** What the process of the clusters has to complain about. */
    log: join(folder, 'world.txt'),
    /** What the runner remembers. */
    journal: join(folder, 'journal'),
  };
}

/** The simulated clusters, from outside. They stay as long as somebody is here. */
export class Door {
  /** Whether the clusters are those of an earlier process. */
  readonly isOld: boolean;
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;

  constructor(socket: Socket, isOld: boolean) {
    this.isOld = isOld;
    this.#socket = socket;
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    // The process may end although the door is open.
    socket.unref();
  }

  /** What was done to the nodes so far. */
  async report(): Promise<readonly ClusterReport[]> {
    this.#socket.ref();
    this.#ask('report');
    const { value, done } = await this.#lines.next();
    this.#socket.unref();
    if (done === true) throw new Error('the simulated clusters have ended');
    return JSON.parse(value) as readonly ClusterReport[];
  }

  /** Ends the clusters, since nobody needs them any more. */
  async end(): Promise<void> {
    this.#socket.ref();
    const closed = once(this.#socket, 'close');
    this.#ask('end');
    await closed;
  }

  #ask(question: Question): void {
    this.#socket.write(`${question}\n`);
  }
}

/**
 * Enters the simulated clusters of a folder. Where there are none, or those of an earlier process have
 * ended, starts new ones in an empty folder: what was remembered of others is of no use.
 *
 * @param clusters how many to start
 */
export async function enterWorld(folder: string, clusters: number): Promise<Door> {
  const old = await knock(folder);
  if (old !== undefined) return new Door(old, true);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await startWorld(folder, clusters);
  const socket = await knock(folder);
  if (socket === undefined) throw new Error(`the simulated clusters of ${folder} do not answer`);
  return new Door(socket, false);
}

/** A connection to the clusters of a folder; nothing where there are none. */
async function knock(folder: string): Promise<Socket | undefined> {
  let port: number;
  let token: string;
  try {
    ({ port, token } = JSON.parse(await readFile(filesOf(folder).door, 'utf8')));
  } catch {
    return undefined;
  }
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } catch {
    return undefined;
  }
  socket.write(`${token}\n`);
  return socket;
}

/**
 * Starts the clusters in a process that is not of the group of this one, so that Ctrl-C ends the worker
 * and leaves them alone. Resolves when they are up.
 */
async function startWorld(folder: string, clusters: number): Promise<void> {
  const { log } = filesOf(folder);
  const file = await open(log, 'a', 0o600);
  const world = fork(fileURLToPath(new URL('world.ts', import.meta.url)), [folder, `${clusters}`], {
    execArgv: ['--import', 'tsx'],
    detached: true,
    stdio: ['ignore', file.fd, file.fd, 'ipc'],
    env: { ...process.env, FLEET_WORLD_TOKEN: randomBytes(32).toString('hex') },
  });
  await file.close();
  const ready = await Promise.race([
    once(world, 'message').then(() => true),
    once(world, 'exit').then(() => false),
  ]);
  if (!ready)
    throw new Error(`the simulated clusters did not start: ${await readFile(log, 'utf8')}`);
  world.unref();
}
