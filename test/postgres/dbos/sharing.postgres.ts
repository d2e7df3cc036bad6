import { expect, inject, it } from 'vitest';
import { setting, settingOn, until } from '../support/setting.js';

it('shares the children of a run among all workers, up to the limit of each', async () => {
  // Without tables: all of them start at once, and each finds what it needs.
  const { folder, world, worker } = await settingOn(inject('postgres'));
  const names = ['first', 'second', 'third'];
  const [first] = await Promise.all(names.map((name) => worker(name, { limit: 10 })));
  const input = { world: folder, levels: [30], limit: 30, gate: 'leaves' };
  await first?.begin('tree', input, 'run');
  // All of them wait at the gate: no worker has more than its limit.
  const begun = () => world.lines().filter((line) => line.startsWith('begin'));
  await until(() => begun().length === 30);
  for (const name of names) {
    expect(begun().filter((line) => line.endsWith(` ${name}`))).toHaveLength(10);
  }
  world.open('leaves');
  expect(await first?.result('run')).toBe(30);
  expect(world.lines().filter((line) => line.startsWith('act'))).toHaveLength(30);
});

it('lets children begin although each worker runs one flow of a level, and all parents wait', async () => {
  const { folder, worker } = await setting();
  const only = await worker('only', { limit: 1 });
  // Four levels and one below them, where queues have no limit any more.
  const input = { world: folder, levels: [2, 2, 1, 1], limit: 2, gate: null };
  await Promise.all(['one', 'two'].map((id) => only.begin('tree', input, id)));
  expect(await Promise.all([only.result('one'), only.result('two')])).toEqual([4, 4]);
});
