import { describe, expect, it } from 'vitest';
import { setting, until } from '../support/setting.js';

describe('a worker that is gone', () => {
  it('is followed by another one, and the step that was under way begins again as unknown', async () => {
    const { folder, world, worker } = await setting();
    const first = await worker('first');
    const input = { world: folder, steps: ['one', 'two', 'three'], gates: ['two'] };
    await first.begin('steps', input, 'run');
    await until(() => world.has('begin two 1 none first'));
    const second = await worker('second');
    await first.kill();
    world.open('two');
    expect(await second.result('run')).toBe('version 1');
    expect(world.lines()).toEqual([
      'begin one 1 none first',
      'act one first',
      'begin two 1 none first',
      'begin two 2 unknown second',
      'act two second',
      'begin three 1 none second',
      'act three second',
    ]);
  });

  it('is followed at once where all others wait for what it held', async () => {
    const { folder, world, worker } = await setting();
    const first = await worker('first', { limit: 1 });
    const input = { world: folder, steps: ['one'], gates: ['one'], holding: 'cluster prod' };
    await first.begin('steps', input, 'holds');
    await until(() => world.has('begin one 1 none first'));
    // The one place for runs that the second worker has is taken by a run that waits.
    const second = await worker('second', { limit: 1 });
    await second.begin('steps', { ...input, steps: ['two'] }, 'waits');
    await until(async () => (await second.rows('waits')).some(({ lastError }) => lastError));
    await first.kill();
    world.open('one');
    expect(await second.result('holds')).toBe('version 1');
    expect(await second.result('waits')).toBe('version 1');
    expect(world.lines().filter((line) => line.startsWith('act'))).toEqual([
      'act one second',
      'act two second',
    ]);
    expect((await second.lines()).filter((line) => line.startsWith('warn'))).toEqual([]);
  });

  it('has places for what those start that hold something, where all others wait for them', async () => {
    const { folder, world, worker } = await setting();
    const only = await worker('only', { limit: 2 });
    const prod = 'cluster prod';
    const none = { world: folder, holding: null, gate: null, below: null };
    await only.begin('holding', { ...none, holding: prod, gate: 'one', children: 1 }, 'holds');
    await until(() => world.has('begin holds 1 none only'));
    // Both places for children are taken by those that wait.
    await only.begin('holding', { ...none, children: 2, below: prod }, 'waits');
    await until(async () => (await only.rows('waits')).filter((row) => row.lastError).length === 2);
    world.open('one');
    expect(await only.result('holds')).toBe('1 below');
    expect(await only.result('waits')).toBe('2 below');
  });

  it('goes on by itself when it is back with its id', async () => {
    const { folder, world, worker } = await setting();
    const first = await worker('slot-0');
    await first.begin('steps', { world: folder, steps: ['one'], gates: ['one'] }, 'run');
    await until(() => world.has('begin one 1 none slot-0'));
    await first.kill();
    const again = await worker('slot-0');
    world.open('one');
    expect(await again.result('run')).toBe('version 1');
    expect(world.has('begin one 2 unknown slot-0')).toBe(true);
  });

  it('hands its flows over at once when it is closed', async () => {
    const { folder, world, worker } = await setting();
    const first = await worker('first');
    await first.begin('steps', { world: folder, steps: ['one'], gates: ['one'] }, 'run');
    await until(() => world.has('begin one 1 none first'));
    const second = await worker('second');
    world.open('one');
    await first.close();
    expect(await second.result('run')).toBe('version 1');
    expect(world.lines().filter((line) => line.startsWith('act'))).toHaveLength(1);
  });
});

describe('a worker that was only silent', () => {
  it('does not act when it wakes up, since another one has taken over', async () => {
    const { folder, world, worker } = await setting();
    const leaseMs = 2_000;
    const first = await worker('first', { leaseMs });
    await first.begin('steps', { world: folder, steps: ['one', 'two'], gates: ['one'] }, 'run');
    await until(() => world.has('begin one 1 none first'));
    const second = await worker('second', { leaseMs });
    first.suspend();
    await until(() => world.has('begin one 2 unknown second'));
    // The second one waits at the gate as well, so that both come to their action.
    world.open('one');
    first.wakeUp();
    expect(await second.result('run')).toBe('version 1');
    await until(() => world.lines().some((line) => line.startsWith('refused one first')));
    expect(world.lines().filter((line) => line.startsWith('act'))).toEqual([
      'act one second',
      'act two second',
    ]);
    expect(await first.result('run')).toBe('version 1');
  });
});
