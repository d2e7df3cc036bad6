import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { deathsIn } from './places.js';
import type { WorkerTask } from './worker.js';

/** A new folder from which packages are found. */
export function workFolder(): string {
  const cache = resolve('node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  return mkdtempSync(join(cache, 'talos-client-kills-'));
}

/**
 * Makes one file of the worker and all that it needs, since hundreds of them are started. Packages stay
 * outside, so the file has to be in a folder from which they are found.
 */
export async function bundleWorker(file: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL('worker.ts', import.meta.url))],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  });
}

/** How a worker ended. */
export type WorkerEnd =
  | { readonly kind: 'killed' }
  | { readonly kind: 'done'; readonly output: string }
  | { readonly kind: 'failed'; readonly text: string };

/** A worker in a process of its own. */
export class Worker {
  readonly ended: Promise<WorkerEnd>;
  readonly #child: ChildProcess;
  #output = '';
  #errors = '';

  constructor(file: string, task: WorkerTask) {
    const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    child.stdout.on('data', (chunk) => {
      this.#output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      this.#errors += chunk;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(JSON.stringify(task));
    this.ended = once(child, 'close').then(([code, signal]): WorkerEnd => {
      if (signal === 'SIGKILL') return { kind: 'killed' };
      if (code === 0) return { kind: 'done', output: this.#output };
      return { kind: 'failed', text: `ended with ${code ?? signal}: ${this.#errors}` };
    });
  }

  /** Waits until it noted a place in its file; fails when it ends before. */
  async reached(file: string): Promise<void> {
    const ended = this.ended.then((end) => {
      throw new Error(`it ended before it reached a place: ${JSON.stringify(end)}`);
    });
    ended.catch(() => {});
    while (deathsIn(file).length === 0) await Promise.race([sleep(50), ended]);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** Runs one worker after the other until one is not killed. Gives how many were, and what the last one said. */
export async function untilDone(
  file: string,
  task: WorkerTask,
  limits: {
    readonly deaths: number;
    readonly onDeath?: ((deaths: number) => void) | undefined;
  },
): Promise<{ readonly deaths: number; readonly said: string }> {
  for (let deaths = 0; deaths <= limits.deaths; deaths += 1) {
    const end = await new Worker(file, task).ended;
    if (end.kind === 'done') return { deaths, said: end.output.trim() };
    if (end.kind === 'failed') return { deaths, said: end.text };
    limits.onDeath?.(deaths + 1);
  }
  return { deaths: limits.deaths, said: 'killed like all before it, and the run has not ended' };
}
