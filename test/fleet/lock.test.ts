import { describe, expect, it } from 'vitest';
import type { Flow, StepAttempt } from '../../src/fleet/flow.js';
import type { JournalRunner } from '../../src/fleet/journal/index.js';
import type { Json } from '../../src/fleet/json.js';
import { DIRECTORY, JournalWorld, segments } from './support/journal-world.js';

/** A flow whose step waits until it is told to act, and acts only after it has confirmed. */
class Act {
  acts = 0;
  /** How often the step after it has run. */
  afters = 0;
  /** Whether it makes sure that the run is its own. */
  confirms = true;
  readonly attempts: StepAttempt[] = [];
  readonly #waiting: (() => void)[] = [];

  readonly flow: Flow = {
    name: 'act',
    version: '1',
    run: async (context) => {
      const acts = await context.step('act', async (attempt): Promise<Json> => {
        this.attempts.push(attempt);
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        if (this.confirms) await attempt.confirm();
        this.acts += 1;
        return this.acts;
      });
      await context.step('after', async () => ++this.afters);
      return acts;
    },
  };

  /** The attempt of this number goes on to its act. */
  async goOn(attempt: number): Promise<void> {
    while (this.#waiting.length < attempt) await turn();
    this.#waiting[attempt - 1]?.();
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const OTHER_CONTAINER = { pidNamespace: 'pid:[2]' };

async function startAct(runner: JournalRunner, act: Act) {
  const run = await runner.start(act.flow, null, { id: 'one' });
  const result = run.result();
  result.catch(() => undefined);
  return { run, result };
}

describe('the lock of a directory', () => {
  it('is refused while its holder lives, naming it', async () => {
    const world = new JournalWorld();
    const holder = world.worker();
    await holder.open([]);
    const before = world.parts.clock.now();
    await expect(world.worker().open([])).rejects.toMatchObject({
      code: 'flow',
      reason: 'locked',
      message: expect.stringContaining(
        `process ${holder.facts.pid} on here works with the runs in ${DIRECTORY}`,
      ),
      hint: expect.stringContaining('end that one'),
    });
    // A little longer than the lease.
    expect(world.parts.clock.now() - before).toBeGreaterThanOrEqual(20_000);
    const impatient = world.worker();
    const asked = world.parts.clock.now();
    await expect(impatient.open([], { waitMs: 0 })).rejects.toMatchObject({ reason: 'locked' });
    expect(world.parts.clock.now() - asked).toBeLessThan(1000);
  });

  it('is taken over at once when its holder is dead, or has released it', async () => {
    const world = new JournalWorld();
    const first = world.worker();
    const runner = await first.open([]);
    await runner.close();
    const before = world.parts.clock.now();
    const second = world.worker();
    await second.open([]);
    second.kill();
    await world.worker().open([]);
    expect(world.parts.clock.now() - before).toBeLessThan(1000);
    expect(world.disk.named('lock-')).toEqual([`${DIRECTORY}/lock-3`]);
  });

  it.each([
    ['another container', OTHER_CONTAINER],
    ['another boot', { bootId: 'boot-2' }],
    ['no /proc', { bootId: undefined, pidNamespace: undefined, startTime: undefined }],
  ])('of %s is taken over when it was silent for its lease', async (_, facts) => {
    const world = new JournalWorld();
    const holder = world.worker(facts);
    await holder.open([], { leaseMs: 9000 });
    holder.kill();
    const before = world.parts.clock.now();
    await world.worker().open([], { leaseMs: 15_000 });
    const waited = world.parts.clock.now() - before;
    expect(waited).toBeGreaterThanOrEqual(9000);
    expect(waited).toBeLessThan(11_000);
  });

  it('of another container is kept while its holder renews it', async () => {
    const world = new JournalWorld();
    await world.worker(OTHER_CONTAINER).open([]);
    await expect(world.worker().open([], { waitMs: 120_000 })).rejects.toMatchObject({
      reason: 'locked',
    });
  });

  it('is not kept by a clock that jumps', async () => {
    const world = new JournalWorld();
    const holder = world.worker(OTHER_CONTAINER);
    await holder.open([]);
    world.parts.jumpMs = 86_400_000;
    await expect(world.worker().open([], { waitMs: 1000 })).rejects.toMatchObject({
      reason: 'locked',
    });
    holder.kill();
    world.parts.jumpMs = -86_400_000;
    await world.worker().open([]);
  });

  it('is taken by one of several who want it', async () => {
    for (let round = 0; round < 20; round += 1) {
      const world = new JournalWorld();
      const dead = world.worker();
      await dead.open([]);
      dead.kill();
      const workers = Array.from({ length: 5 }, () => world.worker());
      const opened = await Promise.allSettled(
        workers.map((worker) => worker.open([], { waitMs: 1000 })),
      );
      expect(opened.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
  });

  it('whose number was used and removed meanwhile is not taken', async () => {
    const world = new JournalWorld();
    const dead = world.worker();
    await dead.open([]);
    dead.kill();
    const other = world.worker();
    const holder = JSON.stringify({ ...other.facts, leaseMs: 15_000 });
    world.disk.before = (what, path) => {
      if (what !== 'create' || !path.endsWith('lock-2')) return;
      world.disk.before = () => {};
      // Others have made number 2, given it back, made number 3 and removed those before.
      world.disk.put(`${DIRECTORY}/lock-3`, Buffer.from(`held 000000000000\n${holder}\n`));
      world.disk.files.delete(`${DIRECTORY}/lock-1`);
    };
    await expect(world.worker().open([], { waitMs: 1000 })).rejects.toMatchObject({
      reason: 'locked',
      message: expect.stringContaining(`process ${other.facts.pid} on here`),
    });
    expect(world.disk.named('lock-')).toEqual([`${DIRECTORY}/lock-3`]);
  });

  it('that is half written, or no lock at all, is waited for and then taken over', async () => {
    for (const text of ['', 'held 0000', 'held 000000000000\n{"pid":', 'held 000000000000\n7\n']) {
      const world = new JournalWorld();
      world.disk.put(`${DIRECTORY}/lock-7`, Buffer.from(text));
      const before = world.parts.clock.now();
      await world.worker().open([]);
      expect(world.parts.clock.now() - before, text).toBeGreaterThanOrEqual(15_000);
      expect(world.disk.named('lock-')).toEqual([`${DIRECTORY}/lock-8`]);
    }
  });

  it('that was removed under its holder ends its work', async () => {
    const world = new JournalWorld();
    const act = new Act();
    const runner = await world.open([act.flow]);
    const { result } = await startAct(runner, act);
    for (const path of world.disk.named('lock-')) world.disk.files.delete(path);
    await act.goOn(1);
    await expect(result).rejects.toMatchObject({
      reason: 'journal',
      message: expect.stringContaining('lock-1 was removed'),
    });
    expect(act.acts).toBe(0);
  });
});

describe('a process that was only paused', () => {
  /** A holder that stands still, and another process that has taken its run over meanwhile. */
  async function overtaken() {
    const world = new JournalWorld();
    const act = new Act();
    const paused = world.pausable(OTHER_CONTAINER);
    const first = await paused.open([act.flow]);
    const before = await startAct(first, act);
    await act.goOn(0);
    paused.pause();
    const second = await world.open([act.flow]);
    const [taken] = await second.resume();
    while (act.attempts.length < 2) await turn();
    return { world, act, paused, first, before, second, taken };
  }

  it('finds that it was overtaken before it acts, and acts no more', async () => {
    const { act, paused, first, before, taken, world } = await overtaken();
    expect(act.attempts.map(({ previous }) => previous)).toEqual(['none', 'unknown']);
    paused.wake();
    await act.goOn(1);
    await expect(world.parts.turnUntil(before.result)).rejects.toMatchObject({
      reason: 'overtaken',
      message: expect.stringContaining('has taken over the runs'),
    });
    expect(act.acts).toBe(0);
    expect(act.attempts[0]?.signal.aborted).toBe(true);
    await expect(first.start(act.flow, null, { id: 'two' })).rejects.toMatchObject({
      reason: 'overtaken',
    });
    await expect(before.run.cancel()).rejects.toMatchObject({ reason: 'overtaken' });
    await act.goOn(2);
    expect(await taken?.result()).toBe(1);
    expect(act.acts).toBe(1);
    await first.close();
  });

  it('begins no other step, also where it did not ask', async () => {
    const { act, paused, before, taken, world } = await overtaken();
    act.confirms = false;
    paused.wake(false);
    await act.goOn(1);
    await expect(world.parts.turnUntil(before.result)).rejects.toMatchObject({
      reason: 'overtaken',
    });
    expect(act.afters).toBe(0);
    await act.goOn(2);
    await taken?.result();
    expect(act.afters).toBe(1);
  });

  it('also finds it by itself, when it renews its lock', async () => {
    const { paused, before, world, act } = await overtaken();
    paused.wake();
    await world.parts.turn(6000);
    await expect(before.result).rejects.toMatchObject({ reason: 'overtaken' });
    expect(act.attempts[0]?.signal.aborted).toBe(true);
  });

  it('writes what nobody reads', async () => {
    const { act, world, taken, second } = await overtaken();
    const [old = ''] = segments(world.disk, 'one');
    const file = world.disk.files.get(old);
    if (file !== undefined) file.bytes = Buffer.concat([file.bytes, Buffer.from('late\nlate\n')]);
    await act.goOn(2);
    expect(await taken?.result()).toBe(1);
    await second.close();
    const third = await world.open([act.flow]);
    expect(await (await third.get('one'))?.result()).toBe(1);
  });

  it('goes on when nobody has taken its runs over, however long it was', async () => {
    const world = new JournalWorld();
    const act = new Act();
    const paused = world.pausable(OTHER_CONTAINER);
    const { result } = await startAct(await paused.open([act.flow]), act);
    await act.goOn(0);
    paused.pause();
    await world.parts.turn(3_600_000);
    paused.wake();
    await act.goOn(1);
    expect(await world.parts.turnUntil(result)).toBe(1);
  });
});
