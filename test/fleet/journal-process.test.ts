import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { machineFlowParts } from '../../src/fleet/engine/parts.js';
import type { Flow } from '../../src/fleet/flow.js';
import { machineDisk } from '../../src/fleet/journal/disk.js';
import { thisHost } from '../../src/fleet/journal/host.js';
import { openJournal } from '../../src/fleet/journal/index.js';

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'talos-journal-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A process of journal-process.ts, and the lines that it says. */
class Worker {
  readonly child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;

  constructor(path: string, { leaseMs = 15_000, waitMs = 60_000 } = {}) {
    const program = 'test/fleet/support/journal-process.ts';
    const options = [join(path, 'journal'), join(path, 'acts'), String(leaseMs), String(waitMs)];
    this.child = spawn(process.execPath, ['--import', 'tsx', program, ...options]);
    this.child.stderr.on('data', (text) => process.stderr.write(text));
    this.#lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.#ended = once(this.child, 'exit');
    onTestFinished(() => this.kill());
  }

  /** The next line. */
  async said(): Promise<string | undefined> {
    const { value, done } = await this.#lines.next();
    return done ? undefined : value;
  }

  act(): void {
    this.child.stdin.write('act\n');
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#ended;
  }
}

function actsIn(path: string): readonly string[] {
  const file = join(path, 'acts');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

describe('processes that share a directory', () => {
  it('one killed leaves its run to the next, at once', async () => {
    const path = await directory();
    const first = new Worker(path);
    expect(await first.said()).toBe('open');
    expect(await first.said()).toBe('acting none');
    await first.kill();
    const second = new Worker(path, { waitMs: 0 });
    expect(await second.said()).toBe('open');
    expect(await second.said()).toBe('acting unknown');
    second.act();
    expect(await second.said()).toBe(`result ${second.child.pid}`);
    expect(actsIn(path)).toEqual([String(second.child.pid)]);
  });

  it('of two who want it at once, one works and the other is refused', async () => {
    const path = await directory();
    const workers = [new Worker(path, { waitMs: 0 }), new Worker(path, { waitMs: 0 })];
    const said = await Promise.all(workers.map((worker) => worker.said()));
    expect([...said].sort()).toEqual([
      expect.stringMatching(/^error locked fleet: process \d+ on .* works with the runs in/),
      'open',
    ]);
    const holder = workers[said.indexOf('open')] as Worker;
    const refused = said.find((line) => line?.startsWith('error'));
    expect(refused).toContain(`process ${holder.child.pid} on`);
    expect(refused).toContain(join(path, 'journal'));
  });

  it('one that was paused and overtaken acts no more when it wakes up', async () => {
    const path = await directory();
    const paused = new Worker(path, { leaseMs: 1000 });
    expect(await paused.said()).toBe('open');
    expect(await paused.said()).toBe('acting none');
    paused.child.kill('SIGSTOP');
    // It lives, and who sees that does not take it over. A process of another container does not see it.
    const host = { ...thisHost, lifeOf: async () => 'unknown' as const };
    const flow: Flow = {
      name: 'act',
      version: '1',
      run: (context) => context.step('act', async ({ previous }) => `here, ${previous}`),
    };
    const runner = await openJournal(
      { directory: join(path, 'journal'), flows: [flow] },
      { flow: machineFlowParts, disk: machineDisk, host },
    );
    const [taken] = await runner.resume();
    expect(await taken?.result()).toBe('here, unknown');
    paused.act();
    paused.child.kill('SIGCONT');
    expect(await paused.said()).toMatch(/^error overtaken .*has taken over the runs in/);
    expect(actsIn(path)).toEqual([]);
    await runner.close();
  });

  it('leave files that only their owner can read', async () => {
    const path = await directory();
    const worker = new Worker(path);
    await worker.said();
    await worker.said();
    worker.act();
    await worker.said();
    const all = readdirSync(join(path, 'journal'), { recursive: true, encoding: 'utf8' });
    expect(all.sort()).toEqual(['lock-1', 'runs', 'runs/one', 'runs/one/journal-1-1.jsonl']);
    for (const name of ['', ...all]) {
      const stat = statSync(join(path, 'journal', name));
      expect(stat.mode & 0o777, name).toBe(stat.isDirectory() ? 0o700 : 0o600);
    }
  });
});

describe('what is known of another process', () => {
  const hasProc = existsSync('/proc/self/stat');

  it.skipIf(!hasProc)(
    'tells one that lives from another that has its number (needs /proc)',
    async () => {
      const facts = await thisHost.facts();
      expect(facts).toMatchObject({ pid: process.pid, startTime: expect.stringMatching(/^\d+$/) });
      expect(await thisHost.lifeOf(facts)).toBe('lives');
      expect(await thisHost.lifeOf({ ...facts, startTime: '1' })).toBe('dead');
      expect(await thisHost.lifeOf({ ...facts, bootId: 'other' })).toBe('unknown');
      expect(await thisHost.lifeOf({ ...facts, pidNamespace: 'pid:[1]' })).toBe('unknown');
      // The name of the program may hold what looks like other fields.
      const child = spawn('sleep', ['600'], { argv0: 'a) Z (b' });
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
      const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] as string;
      const other = { ...facts, pid: child.pid as number, startTime };
      expect(await thisHost.lifeOf(other)).toBe('lives');
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(await thisHost.lifeOf(other)).toBe('dead');
    },
  );

  it('without /proc, one whose number nobody has is dead, and of others nothing is known', async () => {
    const { host } = await thisHost.facts();
    const child = spawn(process.execPath, ['-e', '0']);
    await once(child, 'exit');
    expect(await thisHost.lifeOf({ pid: child.pid as number, host })).toBe('dead');
    expect(await thisHost.lifeOf({ pid: child.pid as number, host: 'elsewhere' })).toBe('unknown');
    expect(await thisHost.lifeOf({ pid: process.pid, host })).toBe('unknown');
  });
});
