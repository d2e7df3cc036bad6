import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { system } from '../../../generated/features/system.js';
import { createTalosClient } from '../../../src/runtime/client.js';
import { loadTalosconfig } from '../../../src/talosconfig/index.js';

describe('two hundred nodes', () => {
  it('answer, and fit into 500 MB', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'testkit-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'talosconfig');
    const args = ['--control-planes', '3', '--workers', '197', '--talosconfig', path];
    const program = spawn(
      process.execPath,
      ['--import', 'tsx', 'testkit/src/program/cli.ts', ...args],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    onTestFinished(async () => {
      program.kill('SIGKILL');
    });
    let output = '';
    while (!output.includes('ready')) output += (await once(program.stdout, 'data'))[0];
    const options = await loadTalosconfig({ path });
    await using talos = createTalosClient(options);
    const results = await talos.nodes().each((node) => system(node).hostname());
    expect(new Set(results.map((result) => result.ok && result.value.hostname)).size).toBe(200);
    // One connection to each node, which makes each issue its certificate.
    const endpoints = [...output.matchAll(/127\.0\.0\.1:\d+(?= +(?:controlplane|worker)$)/gm)];
    expect(endpoints).toHaveLength(200);
    await Promise.all(
      endpoints.map(async ([endpoint]) => {
        await using one = createTalosClient({ ...options, endpoints: [endpoint] });
        await system(one).version();
      }),
    );
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(program.pid)]);
    expect(Number(stdout) / 1024).toBeLessThan(500);
  });
});
