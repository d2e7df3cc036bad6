import { describe, expect, it } from 'vitest';
import type { Flow, FlowContext } from '../../src/fleet/flow.js';
import type { JournalRunner } from '../../src/fleet/journal/index.js';
import type { Json } from '../../src/fleet/json.js';
import { TalosConfigError } from '../../src/runtime/errors/config-error.js';
import { JournalWorld, segments } from './support/journal-world.js';
import { Nodes } from './support/nodes.js';

const INPUT = { clusters: 3, nodes: 2 };

function flowOf(run: (context: FlowContext, input: Json) => Promise<Json>, version = '1'): Flow {
  return { name: 'walk', version, run };
}

async function startFleet(runner: JournalRunner, nodes: Nodes) {
  return runner.start(nodes.fleet, INPUT, { id: 'roll' });
}

function expectRebootedOnce(nodes: Nodes): void {
  expect([...nodes.reboots.values()]).toEqual(Array(6).fill(1));
  expect(nodes.cordoned.size).toBe(0);
}

describe('a run', () => {
  it('comes to its end, and stays readable after another start', async () => {
    const world = new JournalWorld();
    const nodes = new Nodes();
    const startedAtMs = world.parts.wallMs();
    const runner = await world.open([nodes.fleet]);
    const run = await startFleet(runner, nodes);
    const result = await world.parts.turnUntil(run.result());
    expectRebootedOnce(nodes);
    const status = await run.status();
    expect(status).toMatchObject({
      id: 'roll',
      flow: 'fleet',
      version: '1',
      state: 'done',
      waitsFor: [],
      error: undefined,
    });
    expect(status.startedAtMs).toBeGreaterThanOrEqual(startedAtMs);
    expect(status.endedAtMs).toBeGreaterThanOrEqual(status.startedAtMs + 1000);
    const rows = await run.rows();
    await runner.close();
    const later = await world.open([nodes.fleet]);
    expect(await later.list()).toEqual([status]);
    expect(await later.resume()).toEqual([]);
    const again = await startFleet(later, nodes);
    expect(await again.result()).toEqual(result);
    expect(await again.rows()).toEqual(rows);
    expect(await (await later.get('roll'))?.result()).toEqual(result);
    expect(await later.get('other')).toBeUndefined();
  });

  it('of the same id is the same run', async () => {
    const world = new JournalWorld();
    let runs = 0;
    const flow = flowOf(async (context) => context.step('x', async () => ++runs));
    const runner = await world.open([flow]);
    const both = await Promise.all([
      runner.start(flow, { a: 1, b: 2 }, { id: 'one' }),
      runner.start(flow, { b: 2, a: 1 }, { id: 'one' }),
    ]);
    expect(await Promise.all(both.map((run) => run.result()))).toEqual([1, 1]);
    await expect(runner.start(flow, { a: 2 }, { id: 'one' })).rejects.toMatchObject({
      reason: 'different',
      message:
        'walk one: there is a run of this id with another input (give the new run an id of its own)',
    });
  });

  it('of another flow or version is refused, with what to do', async () => {
    const world = new JournalWorld();
    const never = flowOf((context) => context.waitFor('word') as Promise<Json>);
    const first = world.worker();
    const before = await first.open([never]);
    await before.start(never, 1, { id: 'one' });
    await before.close();
    const newer = flowOf(async () => 'new', '2');
    const other: Flow = { name: 'other', version: '1', run: async () => 1 };
    const runner = await world.open([newer, other]);
    await expect(runner.start(newer, 1, { id: 'one' })).rejects.toMatchObject({
      reason: 'version',
      message: expect.stringContaining('begun by version "1" of the flow, and this is version "2"'),
      hint: expect.stringContaining('let the release that began it bring it to its end'),
    });
    await expect(runner.start(other, 1, { id: 'one' })).rejects.toMatchObject({
      reason: 'different',
    });
    expect(await runner.resume()).toEqual([]);
    const run = await runner.get('one');
    expect(await run?.status()).toMatchObject({
      state: 'left',
      error: { reason: 'version', message: expect.stringContaining('version "1"') },
    });
    await expect(run?.result()).rejects.toMatchObject({ reason: 'version' });
    await run?.cancel();
    expect(await run?.status()).toMatchObject({
      state: 'cancelled',
      error: { hint: expect.stringContaining('some may be cordoned') },
    });
    await expect(run?.result()).rejects.toMatchObject({ reason: 'cancelled' });
    await runner.close();
    const third = await world.open([never]);
    expect(await third.resume()).toEqual([]);
    expect((await third.list())[0]).toMatchObject({ state: 'cancelled' });
  });

  it('that failed throws what is known, also after another start', async () => {
    const world = new JournalWorld();
    const flow = flowOf((context) =>
      context.step('drain', () => Promise.reject(new Error('no')), { node: '10.0.0.2' }),
    );
    const runner = await world.open([flow]);
    const run = await runner.start(flow, null, { id: 'one' });
    const expected = {
      code: 'flow',
      reason: 'failed',
      flow: 'walk',
      id: 'one',
      step: 'drain',
      node: '10.0.0.2',
      message: 'walk one: drain of 10.0.0.2: no',
    };
    await expect(run.result()).rejects.toMatchObject(expected);
    await runner.close();
    const later = await world.open([flow]);
    await expect((await later.get('one'))?.result()).rejects.toMatchObject(expected);
  });

  it('is paused, goes on and is cancelled by words that are remembered', async () => {
    const world = new JournalWorld();
    const done: number[] = [];
    const flow = flowOf(async (context) => {
      for (let number = 1; number < 100; number += 1) {
        await context.mayGoOn(`before ${number}`);
        await context.step(`${number}`, async () => done.push(number));
        await context.sleep(`after ${number}`, 1000);
      }
      return null;
    });
    const first = world.worker();
    const runner = await first.open([flow]);
    const run = await runner.start(flow, null, { id: 'one' });
    await world.parts.turn(2500);
    await run.pause();
    await world.parts.turn(60_000);
    expect(await run.status()).toMatchObject({ state: 'paused' });
    const paused = done.length;
    first.kill();
    const later = await world.open([flow]);
    const [again] = await later.resume();
    await world.parts.turn(60_000);
    expect(done).toHaveLength(paused);
    expect(await again?.status()).toMatchObject({ state: 'paused' });
    await again?.continue();
    await world.parts.turn(10_000);
    expect(done.length).toBeGreaterThan(paused);
    await again?.cancel();
    expect(await again?.status()).toMatchObject({ state: 'cancelling' });
    await expect(world.parts.turnUntil(again?.result() as Promise<Json>)).rejects.toMatchObject({
      reason: 'cancelled',
      message: expect.stringContaining('the run was cancelled'),
    });
    expect(await again?.status()).toMatchObject({ state: 'cancelled' });
    expect(new Set(done).size).toBe(done.length);
    // It has ended: words change nothing.
    await again?.continue();
    expect(await again?.status()).toMatchObject({ state: 'cancelled' });
  });

  it('gets what is sent to it, while it is worked on and while it is left', async () => {
    const world = new JournalWorld();
    const flow = flowOf(async (context) => [
      (await context.waitFor('first')) ?? null,
      (await context.waitFor('second')) ?? null,
    ]);
    const first = world.worker();
    const runner = await first.open([flow]);
    const run = await runner.start(flow, null, { id: 'one' });
    await world.parts.turn(0);
    expect(await run.status()).toMatchObject({ state: 'running', waitsFor: ['first'] });
    await run.send('first', { by: 'eve' });
    first.kill();
    const later = await world.open([flow]);
    const left = await later.get('one');
    expect(await left?.status()).toMatchObject({ state: 'left', waitsFor: [] });
    await left?.send('second', 2);
    await expect(left?.send('x', 1n as never)).rejects.toBeInstanceOf(TalosConfigError);
    await expect(left?.result()).rejects.toMatchObject({
      reason: 'closed',
      hint: 'take it up with resume()',
    });
    const [again] = await later.resume();
    expect(await again?.result()).toEqual([{ by: 'eve' }, 2]);
  });

  it('that is left can be cancelled, and ends when it is taken up', async () => {
    const world = new JournalWorld();
    const flow = flowOf(async (context) => {
      await context.sleep('night', 60_000);
      await context.mayGoOn('morning');
      return null;
    });
    const first = world.worker();
    await (await first.open([flow])).start(flow, null, { id: 'one' });
    await world.parts.turn(100);
    first.kill();
    const later = await world.open([flow]);
    await (await later.get('one'))?.cancel();
    expect(await later.list()).toMatchObject([{ state: 'left', error: undefined }]);
    const [run] = await later.resume();
    await expect(world.parts.turnUntil(run?.result() as Promise<Json>)).rejects.toMatchObject({
      reason: 'cancelled',
      step: 'morning',
    });
  });

  it('whose child is unknown, or has another version, waits for a runner that knows it', async () => {
    const child = (version: string): Flow => ({
      name: 'child',
      version,
      run: (context) => context.step('x', async () => version),
    });
    const parent = (children: readonly Flow[]): Flow => ({
      name: 'parent',
      version: '1',
      children,
      run: async (context) => {
        const list = [{ id: 'a', input: null }];
        return (await context.children('all', child('1'), list)) as never;
      },
    });
    const world = new JournalWorld();
    const first = await world.open([parent([])]);
    const run = await first.start(parent([]), null, { id: 'one' });
    await expect(run.result()).rejects.toMatchObject({
      reason: 'version',
      flow: 'child',
      id: 'one/a',
      hint: expect.stringContaining('`children`'),
    });
    expect(await run.status()).toMatchObject({ state: 'left', error: { reason: 'version' } });
    await first.close();
    const second = await world.open([parent([child('2')])]);
    expect(await second.resume()).toEqual([]);
    await second.close();
    const third = await world.open([parent([child('1')])]);
    const [again] = await third.resume();
    expect(await again?.result()).toEqual([{ id: 'a', state: 'done', output: '1' }]);
  });

  it('whose flow does something else than before is stopped, and goes on with the right one', async () => {
    const world = new JournalWorld();
    const walk = (names: readonly string[]): Flow =>
      flowOf(async (context) => {
        const done: Json[] = [];
        for (const name of names) done.push(await context.step(name, async () => name));
        await context.waitFor('word');
        return done;
      });
    const first = world.worker();
    await (await first.open([walk(['a', 'b'])])).start(walk(['a', 'b']), null, { id: 'one' });
    await world.parts.turn(100);
    first.kill();
    const short: Flow = flowOf((context) => context.step('a', async () => 'a'));
    for (const wrong of [walk(['b', 'a']), walk(['a', 'c']), short]) {
      const runner = await world.open([wrong]);
      const [run] = await runner.resume();
      await expect(run?.result()).rejects.toMatchObject({ reason: 'order', flow: 'walk' });
      expect(await run?.status()).toMatchObject({ state: 'left', error: { reason: 'order' } });
      await runner.close();
    }
    const [run] = await (await world.open([walk(['a', 'b'])])).resume();
    await run?.send('word', 1);
    expect(await run?.result()).toEqual(['a', 'b']);
  });

  it('can be forgotten once it has ended', async () => {
    const world = new JournalWorld();
    const flow = flowOf((context) => context.waitFor('word') as Promise<Json>);
    const runner = await world.open([flow]);
    const run = await runner.start(flow, null, { id: 'one' });
    await expect(runner.forget('one')).rejects.toThrow('has not ended: cancel it first');
    await run.send('word', 1);
    await run.result();
    await runner.forget('one');
    expect(await runner.list()).toEqual([]);
    expect(world.disk.named('journal-')).toEqual([]);
    expect(await (await runner.start(flow, null, { id: 'one' })).status()).toMatchObject({
      state: 'running',
    });
  });

  it('is stopped when the runner is closed, and taken up by the next', async () => {
    const world = new JournalWorld();
    let signal: AbortSignal | undefined;
    const flow = flowOf((context) =>
      context.step('x', async (attempt) => {
        if (attempt.previous === 'unknown') return 'second';
        signal = attempt.signal;
        return new Promise<Json>((_, reject) =>
          attempt.signal.addEventListener('abort', () => reject(attempt.signal.reason)),
        );
      }),
    );
    const runner = await world.open([flow]);
    const run = await runner.start(flow, null, { id: 'one' });
    const result = run.result();
    result.catch(() => undefined);
    await world.parts.turn(100);
    await runner.close();
    expect(signal?.aborted).toBe(true);
    await expect(result).rejects.toMatchObject({ reason: 'closed' });
    await expect(runner.start(flow, null, { id: 'two' })).rejects.toMatchObject({
      reason: 'closed',
    });
    const later = await world.open([flow]);
    const [again] = await later.resume();
    expect(await again?.result()).toBe('second');
  });

  it('that begins while the runner is closed is refused, is remembered, and leaves no file open', async () => {
    const world = new JournalWorld();
    const flow = flowOf((context) => context.step('x', async () => 'ran'));
    const runner = await world.open([flow]);
    let closing: Promise<void> | undefined;
    world.disk.before = (what) => {
      if (what === 'sync') closing ??= runner.close();
    };
    await expect(runner.start(flow, null, { id: 'one' })).rejects.toMatchObject({
      reason: 'closed',
    });
    await closing;
    expect(world.disk.opened).toBe(0);
    const [run] = await (await world.open([flow])).resume();
    expect(await run?.result()).toBe('ran');
  });

  it('tells how far it is: all rows, then each that changes, until its end', async () => {
    const world = new JournalWorld();
    const nodes = new Nodes();
    const runner = await world.open([nodes.fleet]);
    const run = await startFleet(runner, nodes);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const row of run.progress()) seen.push(`${row.cluster} ${row.node} ${row.state}`);
    })();
    await world.parts.turnUntil(run.result());
    await reading;
    expect(seen).toContain('cluster 2 roll/c2 n1 running');
    expect(seen).toContain('cluster 2 roll/c2 n2 done');
    const rows = await run.rows();
    expect(rows.filter(({ node }) => node !== undefined)).toHaveLength(6);
    expect(rows.find(({ node }) => node === 'roll/c3 n2')).toMatchObject({
      run: 'roll',
      flow: 'roll/c3',
      cluster: 'cluster 3',
      step: 'uncordon:2',
      state: 'done',
      attempt: 1,
    });
    const late: string[] = [];
    for await (const row of run.progress()) late.push(row.flow);
    expect(late).toHaveLength(rows.length);
  });

  it('progress ends with its signal, and with its reader', async () => {
    const world = new JournalWorld();
    const flow = flowOf((context) => context.waitFor('word') as Promise<Json>);
    const runner = await world.open([flow]);
    const run = await runner.start(flow, null, { id: 'one' });
    const ending = new AbortController();
    const reading = (async () => {
      for await (const _ of run.progress({ signal: ending.signal }))
        ending.abort(new Error('enough'));
    })();
    await expect(reading).rejects.toThrow('enough');
    for await (const row of run.progress()) {
      expect(row).toMatchObject({ step: 'word', state: 'waiting' });
      break;
    }
    const other = new AbortController();
    const result = run.result({ signal: other.signal });
    other.abort(new Error('no longer'));
    await expect(result).rejects.toThrow('no longer');
  });
});

describe('the death of a process', () => {
  it('at each moment: every node is rebooted once, all take work again, the result is the same', async () => {
    const nodes = new Nodes();
    const whole = new JournalWorld();
    let moments = 0;
    whole.disk.before = () => {
      moments += 1;
    };
    const once = await startFleet(await whole.open([nodes.fleet]), nodes);
    const expected = await whole.parts.turnUntil(once.result());
    expect(moments).toBeGreaterThan(100);
    for (let moment = 1; moment <= moments; moment += 1) {
      await diesAt(moment, expected);
    }
  });

  async function diesAt(moment: number, expected: Json): Promise<void> {
    const world = new JournalWorld();
    const nodes = new Nodes();
    const first = world.worker();
    let left = moment;
    let isDead = () => {};
    const dead = new Promise<void>((resolve) => {
      isDead = resolve;
    });
    world.disk.before = () => {
      left -= 1;
      if (left !== 0) return;
      first.kill();
      isDead();
    };
    const work = async () => {
      const run = await startFleet(await first.open([nodes.fleet]), nodes);
      await run.result();
    };
    work().catch(() => undefined);
    await world.parts.turnUntil(dead);
    // Every second time the power fails as well.
    if (moment % 2 === 0) world.disk.losePower();
    const later = await world.open([nodes.fleet]);
    await later.resume();
    const run = await startFleet(later, nodes);
    expect(await world.parts.turnUntil(run.result()), `died at ${moment}`).toEqual(expected);
    expectRebootedOnce(nodes);
  }

  it('inside of an act that nobody remembers: the step looks, and does not act twice', async () => {
    for (const when of ['before', 'after'] as const) {
      const world = new JournalWorld();
      const nodes = new Nodes();
      const first = world.worker();
      let isDead = () => {};
      const dead = new Promise<void>((resolve) => {
        isDead = resolve;
      });
      nodes.within = (now) => {
        if (now !== when) return;
        first.kill();
        isDead();
        nodes.within = () => {};
        if (when === 'before') throw new Error('died');
      };
      await startFleet(await first.open([nodes.fleet]), nodes);
      await dead;
      const later = await world.open([nodes.fleet]);
      const [run] = await later.resume();
      await world.parts.turnUntil(run?.result() as Promise<Json>);
      expectRebootedOnce(nodes);
      expect(nodes.ran.get('reboot')).toBe(7);
    }
  });
});

describe('a full disk', () => {
  it('stops the run with what to do, and leaves it to be taken up when there is space', async () => {
    const world = new JournalWorld();
    const nodes = new Nodes();
    const runner = await world.open([nodes.fleet]);
    for (let space = 200; ; space += 997) {
      world.disk.space = space;
      const run = await startFleet(runner, nodes).catch((error) => error);
      const ended =
        run instanceof Error
          ? run
          : await world.parts.turnUntil(run.result().catch((error: unknown) => error));
      if (!(ended instanceof Error)) break;
      expect(ended).toMatchObject({
        reason: 'journal',
        message: expect.stringContaining('ENOSPC'),
        hint: expect.stringContaining('see that the disk has space'),
      });
      const status = await (await runner.get('roll'))?.status();
      if (status !== undefined) expect(status).toMatchObject({ state: 'left' });
    }
    expectRebootedOnce(nodes);
    expect(segments(world.disk, 'roll').length).toBeGreaterThan(3);
  });
});

describe('what is written', () => {
  it('is on the disk before a step acts, and before its flow gets what it gave', async () => {
    const world = new JournalWorld();
    const flow = flowOf(async (context) => {
      const given = await context.step('act', async () => {
        world.disk.losePower();
        expect(world.disk.text(segments(world.disk, 'one')[0] as string)).toContain('"begin"');
        return 'word';
      });
      world.disk.losePower();
      expect(world.disk.text(segments(world.disk, 'one')[0] as string)).toContain('"word"');
      return given;
    });
    const runner = await world.open([flow]);
    expect(await (await runner.start(flow, null, { id: 'one' })).result()).toBe('word');
  });

  it('at once is brought to the disk together', async () => {
    const world = new JournalWorld();
    const child = { ...flowOf(async (context) => context.step('x', async () => 1)), name: 'child' };
    const flow: Flow = {
      ...flowOf(async (context) => {
        const list = Array.from({ length: 100 }, (_, index) => ({ id: `c${index}`, input: null }));
        return (await context.children('all', child, list, { limit: 100 })).length;
      }),
      children: [child],
    };
    const runner = await world.open([flow]);
    expect(await (await runner.start(flow, null, { id: 'one' })).result()).toBe(100);
    const records =
      world.disk.text(segments(world.disk, 'one')[0] as string).match(/"kind":/g) ?? [];
    expect(records.length).toBeGreaterThan(400);
    expect(world.disk.syncs).toBeLessThan(100);
  });
});

describe('options that cannot be used', () => {
  const flow = flowOf(async () => 1);
  it.each([
    ['directory', { directory: '' }],
    ['flows', { flows: undefined }],
    ['flows[0]', { flows: [{ name: 'x' }] }],
    ['flows[1]', { flows: [flow, flowOf(async () => 2)] }],
    ['flows[0].children[0]', { flows: [{ ...flow, children: [7] }] }],
    ['waitMs', { waitMs: -1 }],
    ['leaseMs', { leaseMs: 0 }],
    ['dir', { dir: 'x' }],
  ])('are refused by name: %s', async (field, options) => {
    const world = new JournalWorld();
    const opened = world.worker().open([flow], options as never);
    await expect(opened).rejects.toMatchObject({ code: 'config', field });
  });

  it('of a start are refused by name', async () => {
    const runner = await new JournalWorld().open([flow]);
    const other = flowOf(async () => 1, '2');
    const refused: [() => Promise<unknown>, string][] = [
      [() => runner.start(flow, null, { id: '../x' }), 'id'],
      [() => runner.start(flow, null, { id: '' }), 'id'],
      [() => runner.start(flow, 1n as never, { id: 'x' }), 'input'],
      [() => runner.start(other, null, { id: 'x' }), 'flow'],
      [() => runner.start({} as never, null, { id: 'x' }), 'flow'],
      [() => runner.start(undefined as never, null, { id: 'x' }), 'flow'],
      [() => runner.get('a/b'), 'id'],
      [() => runner.forget('..'), 'id'],
    ];
    for (const [call, field] of refused) {
      await expect(call(), field).rejects.toMatchObject({ code: 'config', field });
    }
  });
});
