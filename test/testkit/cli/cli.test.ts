import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cluster } from '../../../generated/features/cluster.js';
import { configuration } from '../../../generated/features/configuration.js';
import { lifecycle } from '../../../generated/features/lifecycle.js';
import { system } from '../../../generated/features/system.js';
import { createTalosClient } from '../../../src/runtime/client.js';
import { maintenance } from '../../../src/runtime/credentials/maintenance.js';
import type { TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import { collect } from '../../../src/runtime/streams/collect.js';
import { fromMs } from '../../../src/runtime/time.js';
import { loadTalosconfig } from '../../../src/talosconfig/index.js';

interface Program {
  readonly process: ChildProcess;
  /** What it printed so far. */
  readonly output: () => string;
  readonly errors: () => string;
  readonly exit: Promise<number | null>;
}

const command = [process.execPath, '--import', 'tsx', 'testkit/src/program/cli.ts'];

function start(args: readonly string[], by: readonly string[] = [], env = process.env): Program {
  const [file = '', ...rest] = [...by, ...command, ...args];
  // In a group of its own, which ends with the test whoever is in it.
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const exit = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // All of them have ended.
    }
    await exit;
  });
  return { process: child, output: () => output, errors: () => errors, exit };
}

async function ready(program: Program): Promise<string> {
  while (!program.output().includes('ready')) {
    const ended = await Promise.race([
      once(program.process.stdout as NodeJS.ReadableStream, 'data').then(() => undefined),
      program.exit,
    ]);
    if (ended !== undefined) throw new Error(`it ended with ${ended}: ${program.errors()}`);
  }
  return program.output();
}

async function temporaryFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'testkit-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'talosconfig');
}

describe('the program', () => {
  it('serves a cluster to another process, with a talosconfig, until SIGTERM', async () => {
    const path = await temporaryFile();
    const kubeconfig = join(path, '..', 'kubeconfig');
    const files = ['--talosconfig', path, '--kubeconfig', kubeconfig];
    const program = start(['--control-planes', '3', '--workers', '2', ...files]);
    const output = await ready(program);
    expect(output).toContain('nodes        10.5.0.2 10.5.0.3 10.5.0.4 10.5.0.5 10.5.0.6');
    expect(output).toContain(path);
    expect(output).toContain(`kubeconfig   ${kubeconfig}`);
    const server = /kubernetes {3}(https:\S+)/.exec(output)?.[1];
    expect(await readFile(kubeconfig, 'utf8')).toContain(`server: ${server}\n`);
    {
      await using talos = createTalosClient(await loadTalosconfig({ path }));
      const results = await talos.nodes().each((node) => system(node).hostname());
      const names = results.map((result) => result.ok && result.value.hostname);
      expect(names).toEqual(['cp-1', 'cp-2', 'cp-3', 'worker-1', 'worker-2']);
      program.process.kill('SIGTERM');
      expect(await program.exit).toBe(0);
      expect(program.errors()).toBe('');
    }
  });

  it('prints the fingerprints of nodes in maintenance, and ends on SIGINT', async () => {
    const program = start(['--maintenance', '--workers', '1']);
    const output = await ready(program);
    const rows = [...output.matchAll(/^(\S+) +10\.5\.0\.\d+ +(127\.0\.0\.1:\d+) +(\S{44})$/gm)];
    expect(rows.map(([, name]) => name)).toEqual(['cp-1', 'worker-1']);
    for (const [, name, endpoint, fingerprint] of rows) {
      await using talos = createTalosClient({
        endpoints: [endpoint ?? ''],
        credentials: maintenance({ fingerprints: [fingerprint ?? ''] }),
      });
      expect(await system(talos).hostname()).toMatchObject({ hostname: name });
    }
    program.process.kill('SIGINT');
    expect(await program.exit).toBe(0);
  });

  it('ends when the shell ends that a package manager started it in', async () => {
    // As `npx` does it: SIGTERM reaches the shell alone, and the program holds the output.
    const env = { ...process.env, npm_config_user_agent: 'npm' };
    const program = start(['--workers', '1'], ['sh', '-c', '"$@"; true', 'sh'], env);
    await ready(program);
    program.process.kill('SIGTERM');
    expect(await program.exit).toBeNull();
    expect(program.errors()).toBe('');
  });

  it('writes what it takes to set up the nodes that it starts in maintenance', async () => {
    const path = await temporaryFile();
    const configs = join(path, '..', 'configs');
    const args = ['--maintenance', '--workers', '1', '--talosconfig', path];
    const output = await ready(start([...args, '--machine-configs', configs]));
    expect(output).toContain(`configs      ${configs}/controlplane.yaml ${configs}/worker.yaml`);
    const machines = [...output.matchAll(/^(cp|worker)-1 +\S+ +(127\.0\.0\.1:\d+) +(\S{44})$/gm)];
    expect(machines).toHaveLength(2);
    for (const [, kind, endpoint = '', fingerprint = ''] of machines) {
      await using machine = createTalosClient({
        endpoints: [endpoint],
        credentials: maintenance({ fingerprints: [fingerprint] }),
      });
      const file = kind === 'cp' ? 'controlplane.yaml' : 'worker.yaml';
      const data = await readFile(join(configs, file));
      await configuration(machine).apply({ data, mode: 'AUTO' });
    }
    await using talos = createTalosClient(await loadTalosconfig({ path }));
    for (;;) {
      const error = await lifecycle(talos)
        .bootstrap({ recoverEtcd: false })
        .then(
          () => undefined,
          (failure: TalosRpcError) => failure,
        );
      if (error === undefined) break;
      // It installs itself and boots first.
      expect(['unavailable', 'failed-precondition']).toContain(error.status);
      await sleep(50);
    }
    const told = await collect(cluster(talos).healthCheck({ waitTimeout: fromMs(60_000) }));
    expect(told[0]?.message).toContain('discovered nodes: ["10.5.0.2" "10.5.0.3"]');
    expect(told.at(-1)?.message).toContain('OK');
  });

  it('says how to use it', async () => {
    const program = start(['--help']);
    expect(await program.exit).toBe(0);
    expect(program.output()).toContain('--control-planes N');
  });

  it('ends with 2 and the reason when the command line makes no sense', async () => {
    const program = start(['--workers', 'many']);
    expect(await program.exit).toBe(2);
    expect(program.errors()).toContain('--workers: "many" is no number');
    expect(program.output()).toBe('');
  });
});
