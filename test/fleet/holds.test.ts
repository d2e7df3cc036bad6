import { describe, expect, it } from 'vitest';
import type { Flow } from '../../src/fleet/flow.js';
import type { JournalRunner } from '../../src/fleet/journal/index.js';
import type { Json } from '../../src/fleet/json.js';
import type { FleetRun } from '../../src/fleet/runner.js';
import { JournalWorld, segments } from './support/journal-world.js';

/** A flow that works on `cluster prod` alone, until it is told to end; with the input `ends`, at once. */
function holderOf({ version = '1', step }: { version?: string; step?: string } = {}): Flow {
  return {
    name: 'walk',
    version,
    async run(context, input) {
      await context.mayGoOn('begin', { holding: 'cluster prod' });
      if (step !== undefined) await context.step(step, async () => 1);
      return input === 'ends' ? input : ((await context.waitFor('end')) as Json);
    },
  };
}

const alone = holderOf();

/** Comes back until something is so. */
async function until(is: () => Promise<boolean>): Promise<void> {
  while (!(await is())) await new Promise((resolve) => setImmediate(resolve));
}

/** Leaves a run `first` that holds the cluster. */
async function leave(world: JournalWorld, flow: Flow): Promise<void> {
  const runner = await world.open([flow]);
  const run = await runner.start(flow, null, { id: 'first' });
  await world.parts.turnUntil(until(async () => (await run.status()).waitsFor.length > 0));
  await runner.close();
}

/** Waits until a run says that another one holds the cluster. */
function untilHeldBack(world: JournalWorld, run: FleetRun<Json>): Promise<void> {
  return world.parts.turnUntil(until(async () => (await run.rows())[0]?.lastError !== undefined));
}

describe('a run that works on something alone', () => {
  it('waits while another one holds what it is to work on, also one that nobody works on', async () => {
    const world = new JournalWorld();
    const rowOf = async (runner: JournalRunner, id: string) =>
      (await (await runner.get(id))?.rows())?.at(-1);
    await leave(world, alone);

    // Nobody takes the first one up.
    const runner = await world.open([alone]);
    const second = await runner.start(alone, 'ends', { id: 'second' });
    const third = await runner.start(alone, 'ends', { id: 'third' });
    const isToldOf = async (id: string) => (await rowOf(runner, id))?.lastError !== undefined;
    await world.parts.turnUntil(until(() => isToldOf('third')));
    const waits = {
      step: 'begin',
      state: 'waiting',
      lastError: 'first holds cluster prod',
    };
    expect(await rowOf(runner, 'second')).toMatchObject(waits);
    expect((await second.status()).state).toBe('running');
    await third.cancel();
    await expect(third.result()).rejects.toMatchObject({ reason: 'cancelled', step: 'begin' });
    await runner.resume();
    await (await runner.get('first'))?.send('end', 'at last');
    expect(await world.parts.turnUntil(second.result())).toBe('ends');
    expect(await (await runner.get('first'))?.result()).toBe('at last');
    expect(await rowOf(runner, 'second')).toMatchObject({ state: 'done', lastError: undefined });
    const fourth = await runner.start(alone, 'ends', { id: 'fourth' });
    expect(await world.parts.turnUntil(fourth.result())).toBe('ends');
  });

  it('holds nothing any more when it is cancelled where it stood', async () => {
    const world = new JournalWorld();
    await leave(world, alone);
    const newer = holderOf({ version: '2' });
    const runner = await world.open([newer]);
    const second = await runner.start(newer, null, { id: 'second' });
    await untilHeldBack(world, second);
    await (await runner.get('first'))?.cancel();
    await second.send('end', 'mine');
    expect(await world.parts.turnUntil(second.result())).toBe('mine');
  });

  it('that cannot go on because of its order is over when it is cancelled, and holds nothing', async () => {
    const world = new JournalWorld();
    await leave(world, holderOf({ step: 'a' }));
    const other = holderOf({ step: 'b' });
    const runner = await world.open([other]);
    const [again] = await runner.resume();
    await expect(again?.result()).rejects.toMatchObject({ reason: 'order' });
    const second = await runner.start(other, 'ends', { id: 'second' });
    await untilHeldBack(world, second);
    await again?.cancel();
    expect((await again?.status())?.state).toBe('cancelled');
    expect(await world.parts.turnUntil(second.result())).toBe('ends');
  });

  it('that could not be read is not taken up while another one holds what it held', async () => {
    const world = new JournalWorld();
    await leave(world, alone);
    const files = segments(world.disk, 'first').map((path) => {
      const bytes = world.disk.files.get(path)?.bytes as Buffer;
      world.disk.put(path, Buffer.from('?'));
      return { path, bytes };
    });
    const runner = await world.open([alone]);
    const second = await runner.start(alone, null, { id: 'second' });
    await world.parts.turnUntil(until(async () => (await second.status()).waitsFor.length > 0));
    for (const { path, bytes } of files) world.disk.put(path, bytes);
    expect(await runner.resume()).toEqual([]);
    const again = await runner.get('first');
    expect(await again?.status()).toMatchObject({
      state: 'left',
      error: {
        reason: 'held',
        message: 'second holds cluster prod, which this run was at work on',
        hint: expect.stringContaining('resume()'),
      },
    });
    await second.send('end', 2);
    expect(await world.parts.turnUntil(second.result())).toBe(2);
    expect((await runner.resume()).map(({ id }) => id)).toEqual(['first']);
    await again?.send('end', 1);
    expect(await world.parts.turnUntil(again?.result() as Promise<Json>)).toBe(1);
  });

  it('that cannot be read any more holds nothing once it is forgotten', async () => {
    const world = new JournalWorld();
    await leave(world, alone);
    const runner = await world.open([alone]);
    const second = await runner.start(alone, 'ends', { id: 'second' });
    await untilHeldBack(world, second);
    for (const path of segments(world.disk, 'first')) world.disk.put(path, Buffer.from('?'));
    await runner.forget('first');
    expect(await world.parts.turnUntil(second.result())).toBe('ends');
  });
});
