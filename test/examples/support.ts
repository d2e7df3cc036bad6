import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterOptions } from 'talos-client-testkit';
import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { onTestFinished } from 'vitest';

/** How a program ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** A program of the project, running. */
export interface Running {
  readonly pid: number;
  /** Resolves when it has written `text`; rejects when it ends before. */
  wrote(text: string): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  /** Stops reading, as `head` does. */
  closeOutput(): void;
  readonly ended: Promise<Ended>;
}

/** Starts a TypeScript program as a user does, in a process of its own that ends with the test. */
export function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  command: readonly string[] = [process.execPath, '--import', 'tsx'],
): Running {
  const [program = '', ...first] = command;
  const { TALOSCONFIG: _, NODE_OPTIONS: __, ...inherited } = process.env;
  const child = spawn(program, [...first, ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, output, errors }) as Ended);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    pid: child.pid as number,
    ended,
    kill: (signal) => child.kill(signal),
    closeOutput: () => child.stdout.destroy(),
    async wrote(text) {
      while (!output.includes(text)) {
        const over = await Promise.race([once(child.stdout, 'data').then(() => undefined), ended]);
        if (over !== undefined && !output.includes(text)) {
          throw new Error(`it ended with ${over.code} before it wrote ${text}: ${over.errors}`);
        }
      }
      return output;
    },
  };
}

/** Runs a program of the project to its end. */
export function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return start(args, env).ended;
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'talos-client-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

/** A cluster over TLS with its talosconfig in a file. */
export async function clusterWithFile(
  options: ClusterOptions,
): Promise<{ readonly cluster: SimulatedCluster; readonly talosconfig: string }> {
  const cluster = await simulateCluster({ ...options, transport: 'tls' });
  onTestFinished(() => cluster.close());
  const talosconfig = join(await temporaryFolder(), 'talosconfig');
  await cluster.writeTalosconfig(talosconfig);
  return { cluster, talosconfig };
}
