import { expect, it } from 'vitest';
import { Random } from '../../../testkit/src/base/random.js';
import { setting, until } from '../support/setting.js';
import type { Worker } from '../support/worker.js';

it.each([1, 2, 3])(
  'brings 24 flows to their end although workers die all the while, and acts once in each (%i)',
  async (seed) => {
    const { folder, world, worker } = await setting();
    const random = new Random(seed);
    const workers: Worker[] = [];
    for (const name of ['w0', 'w1', 'w2']) workers.push(await worker(name, { leaseMs: 3_000 }));
    const input = { world: folder, levels: [4, 6], limit: 6, gate: null };
    await workers[0]?.begin('tree', input, 'run');
    const acts = () => world.lines().filter((line) => line.startsWith('act')).length;
    for (let deaths = 0; deaths < 5; deaths += 1) {
      const before = acts();
      await until(() => acts() > before || acts() === 24);
      const victim = random.int(0, 2);
      if (random.float() < 0.7) await workers[victim]?.kill();
      else workers[victim]?.suspend();
      const name = `w${victim}-${deaths}`;
      workers[victim] = await worker(name, { leaseMs: 3_000 });
    }
    expect(await workers[0]?.result('run')).toBe(24);
    expect(acts()).toBe(24);
  },
);
