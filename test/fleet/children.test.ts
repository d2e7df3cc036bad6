import { describe, expect, it } from 'vitest';
import type { Flow, FlowContext } from '../../src/fleet/flow.js';
import type { Json } from '../../src/fleet/json.js';
import { Died, PlainEngine, PlainStore } from './support/plain-engine.js';

/** Clusters that end when they are told to. */
class World {
  readonly begun: string[] = [];
  readonly #ends = new Map<string, (fails: boolean) => void>();
  running = 0;
  most = 0;

  readonly cluster: Flow<Json, string> = {
    name: 'cluster',
    version: '1',
    run: (context, input) =>
      context.step('work', async () => {
        this.begun.push(context.id);
        this.running += 1;
        this.most = Math.max(this.most, this.running);
        const fails = await new Promise<boolean>((resolve) => this.#ends.set(context.id, resolve));
        this.running -= 1;
        if (fails) throw new Error(`${context.id} failed`);
        return `${context.id} got ${JSON.stringify(input)}`;
      }),
  };

  /** Ends a cluster, as soon as it has begun. */
  async end(id: string, fails = false): Promise<void> {
    while (!this.#ends.has(id)) await turn();
    this.#ends.get(id)?.(fails);
    await turn();
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

function fleet(
  world: World,
  ids: readonly string[],
  options: { readonly limit?: number; readonly maxFailures?: number },
) {
  const flow: Flow = {
    name: 'fleet',
    version: '1',
    run: async (context: FlowContext) => {
      const list = ids.map((id, index) => ({ id, input: index }));
      const outcomes = await context.children('clusters', world.cluster, list, options);
      return outcomes.map((outcome) =>
        outcome.state === 'failed'
          ? [outcome.id, outcome.error.message]
          : [outcome.id, outcome.state],
      );
    },
  };
  return { flow, flows: [flow, world.cluster] };
}

describe('children', () => {
  it('that hold the same go one after the other, and say which one they wait for', async () => {
    const world = new World();
    const alone: Flow<Json, string> = {
      ...world.cluster,
      run: async (context, input) => {
        await context.mayGoOn('begin', { holding: 'cluster prod' });
        return world.cluster.run(context, input);
      },
    };
    const flow: Flow = {
      name: 'fleet',
      version: '1',
      run: async (context) => {
        const list = ['a', 'b', 'c'].map((id) => ({ id, input: null }));
        await context.children('clusters', alone, list, { limit: 3, maxFailures: 3 });
        return null;
      },
    };
    const engine = new PlainEngine(new PlainStore(), { flows: [flow, alone] });
    const ended = engine.run(flow, null);
    await world.end('run/a', true);
    const begin = { flow: 'run/b', step: 'begin', state: 'waiting' };
    const said = { ...begin, lastError: 'run/a holds cluster prod' };
    expect(engine.told.filter(({ lastError }) => lastError === said.lastError)).toMatchObject([
      said,
      { ...said, flow: 'run/c' },
    ]);
    await world.end('run/b');
    await world.end('run/c');
    await ended;
    expect(world.begun).toEqual(['run/a', 'run/b', 'run/c']);
    expect(world.most).toBe(1);
    expect(engine.rows.get('run/b ')).toMatchObject({ step: 'work', state: 'done' });
  });

  it('run so many at a time, and give what became of each in the order of the list', async () => {
    const world = new World();
    const { flow, flows } = fleet(world, ['a', 'b', 'c', 'd'], { limit: 2 });
    const engine = new PlainEngine(new PlainStore(), { flows });
    const ended = engine.run(flow, null);
    await world.end('run/b');
    await world.end('run/c');
    await world.end('run/a');
    await world.end('run/d');
    expect(await ended).toEqual({
      state: 'done',
      output: ['a', 'b', 'c', 'd'].map((id) => [id, 'done']),
    });
    expect(world.begun).toEqual(['run/a', 'run/b', 'run/c', 'run/d']);
    expect(world.most).toBe(2);
  });

  it('get the input, the cluster and give the output', async () => {
    const seen: Json[] = [];
    const child: Flow<Json, Json> = {
      name: 'child',
      version: '1',
      run: async (context, input) => {
        const got = await context.step('x', async () => 1, { node: '10.0.0.2' });
        return { input, got };
      },
    };
    const flow: Flow = {
      name: 'parent',
      version: '1',
      run: async (context) => {
        const outcomes = await context.children('all', child, [
          { id: 'a', input: { n: 1 }, cluster: 'berlin' },
          { id: 'b', input: { n: 2 } },
        ]);
        seen.push(outcomes as never);
        return null;
      },
    };
    const engine = new PlainEngine(new PlainStore(), { flows: [flow, child] });
    await engine.run(flow, null, 'run', 'home');
    expect(seen).toEqual([
      [
        { id: 'a', state: 'done', output: { input: { n: 1 }, got: 1 } },
        { id: 'b', state: 'done', output: { input: { n: 2 }, got: 1 } },
      ],
    ]);
    expect(
      [...engine.rows.values()].map(({ flow: id, cluster, node }) => [id, cluster, node]),
    ).toEqual([
      ['run', 'home', undefined],
      ['run/a', 'berlin', '10.0.0.2'],
      ['run/b', 'home', '10.0.0.2'],
    ]);
  });

  it('begin no others once too many have failed, and those that run come to their end', async () => {
    const world = new World();
    const { flow, flows } = fleet(world, ['a', 'b', 'c', 'd', 'e'], { limit: 2, maxFailures: 1 });
    const engine = new PlainEngine(new PlainStore(), { flows });
    const ended = engine.run(flow, null);
    await world.end('run/a', true);
    await world.end('run/b', true);
    await world.end('run/c');
    expect(await ended).toMatchObject({
      output: [
        ['a', 'run/a failed'],
        ['b', 'run/b failed'],
        ['c', 'done'],
        ['d', 'not begun'],
        ['e', 'not begun'],
      ],
    });
  });

  it('begin no others once the run is cancelled, nor while it is paused', async () => {
    const world = new World();
    const { flow, flows } = fleet(world, ['a', 'b', 'c'], { limit: 1 });
    const engine = new PlainEngine(new PlainStore(), { flows });
    const ended = engine.run(flow, null);
    await turn();
    engine.pause();
    await world.end('run/a');
    expect(world.begun).toEqual(['run/a']);
    engine.continue();
    await turn();
    engine.cancel();
    await world.end('run/b');
    expect(await ended).toMatchObject({
      output: [
        ['a', 'done'],
        ['b', 'done'],
        ['c', 'not begun'],
      ],
    });
  });

  it('that began before a death are waited for, although the run was cancelled meanwhile', async () => {
    const child: Flow<Json, string> = {
      name: 'child',
      version: '1',
      run: (context) => context.step('x', async () => 'ran'),
    };
    const flow: Flow = {
      name: 'parent',
      version: '1',
      run: async (context) => {
        const list = ['a', 'b', 'c'].map((id) => ({ id, input: null }));
        const outcomes = await context.children('all', child, list, { limit: 2 });
        return outcomes.map(({ state }) => state);
      },
    };
    const flows = [flow, child];
    const whole = new PlainEngine(new PlainStore(), { flows });
    await whole.run(flow, null);
    for (let dieAt = 1; dieAt <= whole.moments; dieAt += 1) {
      const store = new PlainStore();
      await new PlainEngine(store, { flows, dieAt }).run(flow, null).catch(() => undefined);
      store.isCancelled = true;
      const hadBegun = store.flows.size - 1;
      const ended = await new PlainEngine(store, { flows }).run(flow, null);
      const states = (ended as { output?: unknown }).output as string[];
      const done = states.filter((state) => state === 'done').length;
      expect(done, `died at ${dieAt}`).toBeGreaterThanOrEqual(hadBegun);
      expect([...store.flows.values()].every((entry) => entry.ended !== undefined)).toBe(true);
    }
  });

  it('that outlive a round, and then the process, are gone on with', async () => {
    const store = new PlainStore();
    const before = new World();
    const ids = ['a', 'b', 'c'];
    const first = fleet(before, ids, { limit: 2 });
    const engine = new PlainEngine(store, { flows: first.flows });
    const died = engine.run(first.flow, null);
    await before.end('run/a');
    await turn();
    // The first round is over: c has begun, b goes on since then.
    expect(before.begun).toEqual(['run/a', 'run/b', 'run/c']);
    engine.die();
    await expect(died).rejects.toBeInstanceOf(Died);
    const after = new World();
    const second = fleet(after, ids, { limit: 2 });
    const ended = new PlainEngine(store, { flows: second.flows }).run(second.flow, null);
    await after.end('run/c');
    await after.end('run/b');
    expect(await ended).toMatchObject({
      output: [
        ['a', 'done'],
        ['b', 'done'],
        ['c', 'done'],
      ],
    });
    expect(after.begun.toSorted()).toEqual(['run/b', 'run/c']);
  });

  it('with the same id twice are refused', async () => {
    const child: Flow<Json, null> = { name: 'child', version: '1', run: async () => null };
    const flow: Flow = {
      name: 'parent',
      version: '1',
      run: async (context) => {
        await context.children('first', child, [{ id: 'a', input: null }]);
        await context.children('second', child, [{ id: 'a', input: null }]);
        return null;
      },
    };
    const engine = new PlainEngine(new PlainStore(), { flows: [flow, child] });
    await expect(engine.run(flow, null)).rejects.toMatchObject({
      reason: 'order',
      message: expect.stringContaining('two children with the id "a"'),
    });
  });
});

it('wherever the process dies, the run ends the same, and ended steps are not run again', async () => {
  const runs = new Map<string, number>();
  const ended = new Map<string, number>();
  const node: Flow<Json, Json> = {
    name: 'node',
    version: '1',
    run: async (context) => {
      await context.mayGoOn('gate');
      for (const name of ['drain', 'install', 'uncordon']) {
        await context.step(name, async () => {
          const key = `${context.id} ${name}`;
          runs.set(key, (runs.get(key) ?? 0) + 1);
          return name;
        });
      }
      return context.id;
    },
  };
  const flow: Flow = {
    name: 'fleet',
    version: '1',
    run: async (context) => {
      const canary = await context.children('canary', node, [{ id: 'a', input: null }]);
      const list = ['b', 'c', 'd'].map((id) => ({ id, input: null }));
      const rest = await context.children('rest', node, list, { limit: 2 });
      return [...canary, ...rest] as unknown as Json;
    },
  };
  const flows = [flow, node];
  const whole = new PlainEngine(new PlainStore(), { flows });
  const expected = await whole.run(flow, null);
  expect(whole.moments).toBeGreaterThan(60);
  for (let dieAt = 1; dieAt <= whole.moments; dieAt += 1) {
    runs.clear();
    ended.clear();
    const store = new PlainStore();
    const first = new PlainEngine(store, { flows, dieAt });
    await first.run(flow, null).catch((error) => expect(error).toBeInstanceOf(Died));
    for (const [id, entry] of store.flows) {
      for (const step of entry.steps) {
        const key = `${id} ${step.name}`;
        if (step.ended !== undefined && runs.has(key)) ended.set(key, runs.get(key) as number);
      }
    }
    expect(await new PlainEngine(store, { flows }).run(flow, null), `at ${dieAt}`).toEqual(
      expected,
    );
    for (const [key, count] of ended) expect(runs.get(key), `${key} at ${dieAt}`).toBe(count);
    expect(Math.max(...runs.values())).toBeLessThanOrEqual(2);
  }
});
