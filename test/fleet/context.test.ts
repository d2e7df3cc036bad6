import { describe, expect, it } from 'vitest';
import type { Ended } from '../../src/fleet/engine/memory.js';
import type { Flow, FlowContext, StepAttempt } from '../../src/fleet/flow.js';
import type { Json } from '../../src/fleet/json.js';
import { TalosConfigError } from '../../src/runtime/errors/config-error.js';
import { TalosFlowError } from '../../src/runtime/errors/flow-error.js';
import { TalosRpcError } from '../../src/runtime/errors/rpc-error.js';
import { Died, PlainEngine, type PlainOptions, PlainStore } from './support/plain-engine.js';
import { turnedParts } from './support/turned-parts.js';

type Body = (context: FlowContext, input: Json) => Promise<Json>;

function flowOf(run: Body, name = 'walk'): Flow {
  return { name, version: '1', run };
}

function engineOf(run: Body, options: Partial<PlainOptions> & { store?: PlainStore } = {}) {
  const flow = flowOf(run);
  const { store = new PlainStore(), flows = [], ...rest } = options;
  const engine = new PlainEngine(store, { flows: [flow, ...flows], ...rest });
  return { engine, store, run: (input: Json = null) => engine.run(flow, input) };
}

/** Runs a flow once to its end, without deaths. */
async function endOf(run: Body, options: Partial<PlainOptions> = {}): Promise<Ended> {
  return engineOf(run, options).run();
}

/** Something that waits until it is told to go on. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}

describe('a step', () => {
  it('gives what its function gave, and the flow what it returned', async () => {
    const ended = await endOf(async (context) => {
      const version = await context.step('version', async () => ({ tag: 'v1.14.1' }));
      return [version.tag, context.id];
    });
    expect(ended).toEqual({ state: 'done', output: ['v1.14.1', 'run'] });
  });

  it('is not run again after a death, and gives the same', async () => {
    let runs = 0;
    const body: Body = async (context) => {
      const first = await context.step('first', async () => {
        runs += 1;
        return { runs };
      });
      await context.step('second', async () => (runs > 1 ? 'no' : 'yes'));
      return first;
    };
    const before = engineOf(body, { dieAt: 5 });
    await expect(before.run()).rejects.toBeInstanceOf(Died);
    const { run } = engineOf(body, { store: before.store });
    expect(await run()).toEqual({ state: 'done', output: { runs: 1 } });
    expect(runs).toBe(1);
  });

  it('gives a copy without what JSON does not have, the first time as after a death', async () => {
    const given = { a: undefined, b: -0, list: [1] };
    const ended = await endOf(async (context) => {
      const got = await context.step('x', async () => given as never as Json);
      expect(got).not.toBe(given);
      return [JSON.stringify(got), Object.is((got as { b: number }).b, 0)];
    });
    expect(ended).toMatchObject({ output: ['{"b":0,"list":[1]}', true] });
  });

  it.each([
    ['a bigint', { size: 1n }, 'output.size: a bigint is not JSON: write it as a decimal text'],
    ['bytes', [new Uint8Array(1)], 'output[0]: bytes are not JSON: write them as base64'],
    ['undefined in a list', [1, undefined], 'output[1]: undefined is not JSON'],
    ['a hole', Array.from({ length: 1 }).concat(2), 'output[0]: undefined is not JSON'],
    ['a date', { at: new Date(0) }, 'output.at: a Date is not JSON: write its values'],
    ['a map', new Map(), 'output: a Map is not JSON: write its values'],
    ['not a number', Number.NaN, 'output: NaN is not JSON'],
    ['a function', { run: () => 1 }, 'output.run: a function is not JSON'],
  ])('that gives %s fails, naming the place, and is not repeated', async (_, value, problem) => {
    let runs = 0;
    const ended = await endOf(async (context) =>
      context.step(
        'x',
        async () => {
          runs += 1;
          return value as never;
        },
        { retries: 3 },
      ),
    );
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'config', step: 'x' } });
    expect((ended as { error: { message: string } }).error.message).toContain(problem);
    expect(runs).toBe(1);
  });

  it('that gives something that holds itself, is too deep or too long fails', async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    let deep: Json = 1;
    for (let level = 0; level < 500; level += 1) deep = [deep];
    const long = 'x'.repeat(1024 * 1024);
    const messages: string[] = [];
    for (const value of [circle, deep, long]) {
      const ended = await endOf(async (context) => context.step('x', async () => value as never));
      messages.push(ended.state === 'failed' ? ended.error.message : 'done');
    }
    expect(messages).toEqual([
      expect.stringContaining('output.self: holds itself'),
      expect.stringContaining('deeper than 200 levels'),
      expect.stringContaining('write it to a file'),
    ]);
  });

  it('that fails throws an error that says where, and the flow may go on', async () => {
    const ended = await endOf(async (context) => {
      const error = await context
        .step('drain', () => Promise.reject(new TypeError('no such thing')), { node: '10.0.0.2' })
        .catch((thrown) => thrown);
      expect(error).toBeInstanceOf(TalosFlowError);
      const { message, reason, step, node, flow, id, code } = error;
      expect({ message, reason, step, node, flow, id, code }).toEqual({
        message: 'walk run: drain of 10.0.0.2: TypeError: no such thing',
        reason: 'failed',
        step: 'drain',
        node: '10.0.0.2',
        flow: 'walk',
        id: 'run',
        code: 'flow',
      });
      return 'went on';
    });
    expect(ended).toEqual({ state: 'done', output: 'went on' });
  });

  it('that fails ends the flow with what is known of the error', async () => {
    const rpc = new TalosRpcError('it is down', {
      status: 'unavailable',
      rpc: 'machine.MachineService/Reboot',
      node: '10.0.0.3',
      endpoint: undefined,
      outcome: 'unknown',
    } as never);
    const ended = await endOf((context) => context.step('reboot', () => Promise.reject(rpc)));
    expect(ended).toMatchObject({
      state: 'failed',
      error: { code: 'rpc', step: 'reboot', node: '10.0.0.3', outcome: 'unknown' },
    });
  });

  it('refuses a name that was used before, and the run can be taken up with a better flow', async () => {
    const { run, store } = engineOf(async (context) => {
      await context.step('x', async () => 1);
      // Whatever the flow makes of the error.
      await context.step('x', async () => 2).catch(() => undefined);
      return 'ended';
    });
    await expect(run()).rejects.toMatchObject({
      reason: 'order',
      step: 'x',
      message: expect.stringContaining('uses this name twice (give each step a name of its own'),
    });
    const better = engineOf(async (context) => context.step('x', async () => 3), { store });
    expect(await better.run()).toEqual({ state: 'done', output: 1 });
  });

  it('refuses names that cannot be told apart', async () => {
    for (const name of ['', 'a\nb', 'a#1', 'x'.repeat(201), 7, undefined]) {
      const ended = await endOf((context) => context.step(name as string, async () => 1));
      expect(ended, String(name)).toMatchObject({ state: 'failed', error: { code: 'config' } });
    }
  });

  it('refuses options that it does not have', async () => {
    for (const options of [{ retrys: 1 }, { retries: -1 }, { timeoutMs: 0 }, { onUnknown: 'no' }]) {
      const ended = await endOf((context) =>
        context.step('x', async () => 1, options as { retries: number }),
      );
      const [name = ''] = Object.keys(options);
      expect(ended).toMatchObject({ state: 'failed', error: { code: 'config' } });
      expect((ended as { error: { message: string } }).error.message).toContain(`: ${name}: `);
    }
  });

  it('that is called after the end of its flow is refused', async () => {
    let contexts: FlowContext | undefined;
    await endOf(async (context) => {
      contexts = context;
      return null;
    });
    await expect(contexts?.step('x', async () => 1)).rejects.toMatchObject({ reason: 'order' });
  });

  it('that its flow does not await ends before the flow does', async () => {
    const { open, opened } = gate();
    let hasEnded = false;
    const ended = endOf(async (context) => {
      void context.step('slow', async () => {
        await opened;
        hasEnded = true;
        return 1;
      });
      return 'early';
    });
    open();
    expect(await ended).toEqual({ state: 'done', output: 'early' });
    expect(hasEnded).toBe(true);
  });
});

describe('attempts at a step', () => {
  it('are repeated as often as asked for, with waits that double up to a minute', async () => {
    const parts = turnedParts();
    const times: number[] = [];
    const attempts: number[] = [];
    const { run, engine } = engineOf(
      (context) =>
        context.step(
          'x',
          async ({ attempt, previous }) => {
            times.push(parts.clock.now());
            attempts.push(attempt);
            expect(previous).toBe('none');
            throw new Error(`no ${attempt}`);
          },
          { retries: 4, backoffMs: 20_000 },
        ),
      { parts },
    );
    const ended = await parts.turnUntil(run());
    expect(ended).toMatchObject({ state: 'failed', error: { message: 'no 5', step: 'x' } });
    expect(attempts).toEqual([1, 2, 3, 4, 5]);
    expect(times.map((time) => time - (times[0] as number))).toEqual([
      0, 20_000, 60_000, 120_000, 180_000,
    ]);
    expect(engine.told.map(({ state, attempt, lastError }) => [state, attempt, lastError])).toEqual(
      [
        ['running', 1, undefined],
        ['waiting', 1, 'no 1'],
        ['running', 2, 'no 1'],
        ['waiting', 2, 'no 2'],
        ['running', 3, 'no 2'],
        ['waiting', 3, 'no 3'],
        ['running', 4, 'no 3'],
        ['waiting', 4, 'no 4'],
        ['running', 5, 'no 4'],
        ['failed', 5, 'no 5'],
      ],
    );
  });

  it('end when their time is over, and what still runs of one may not act', async () => {
    const parts = turnedParts();
    const seen: StepAttempt[] = [];
    const { run } = engineOf(
      (context) =>
        context.step(
          'x',
          (attempt) => {
            seen.push(attempt);
            return attempt.attempt === 1 ? new Promise<Json>(() => {}) : Promise.resolve('done');
          },
          { timeoutMs: 5000, retries: 1 },
        ),
      { parts },
    );
    expect(await parts.turnUntil(run())).toEqual({ state: 'done', output: 'done' });
    const [first, second] = seen;
    expect(first?.signal.aborted).toBe(true);
    await expect(first?.confirm()).rejects.toThrow('no end within 5000 ms');
    await expect(first?.heartbeat(1)).rejects.toThrow('no end within 5000 ms');
    // Nobody knows what became of the first.
    expect(second?.previous).toBe('unknown');
    expect(second?.signal.aborted).toBe(false);
    await expect(second?.confirm()).rejects.toThrow('is over');
    expect(parts.pending).toBe(0);
  });

  it('fail as unknown when the last one takes too long', async () => {
    const parts = turnedParts();
    const { run } = engineOf(
      (context) =>
        context.step('x', () => new Promise<Json>(() => {}), { timeoutMs: 5000, node: '10.0.0.2' }),
      { parts },
    );
    expect(await parts.turnUntil(run())).toEqual({
      state: 'failed',
      error: { message: 'no end within 5000 ms', step: 'x', node: '10.0.0.2', outcome: 'unknown' },
    });
  });

  it('after a death know that nobody knows, and how far it was', async () => {
    const seen: [number, string, Json | undefined][] = [];
    const started = gate();
    const body: Body = (context) =>
      context.step('x', async ({ attempt, previous, detail, heartbeat }) => {
        seen.push([attempt, previous, detail]);
        if (attempt === 2) return 'done';
        await heartbeat({ percent: 50 });
        started.open();
        return new Promise<Json>(() => {});
      });
    const before = engineOf(body);
    const died = before.run();
    await started.opened;
    before.engine.die();
    await expect(died).rejects.toBeInstanceOf(Died);
    expect(await engineOf(body, { store: before.store }).run()).toMatchObject({ output: 'done' });
    expect(seen).toEqual([
      [1, 'none', undefined],
      [2, 'unknown', { percent: 50 }],
    ]);
  });

  it('ask verify after a death, and take what it gives', async () => {
    let runs = 0;
    const body =
      (verify: (attempt: StepAttempt) => Promise<Json | undefined>): Body =>
      (context) =>
        context.step(
          'x',
          async () => {
            runs += 1;
            return `ran ${runs}`;
          },
          { verify },
        );
    const never = () => Promise.reject(new Error('verify was asked'));
    const died = async () => {
      runs = 0;
      // After the step has run, and before its end is remembered.
      const { run, store } = engineOf(body(never), { dieAt: 3 });
      await expect(run()).rejects.toBeInstanceOf(Died);
      return store;
    };
    const known = engineOf(
      body(async () => 'seen'),
      { store: await died() },
    );
    expect(await known.run()).toEqual({ state: 'done', output: 'seen' });
    expect(runs).toBe(1);
    const unknown = engineOf(
      body(async () => undefined),
      { store: await died() },
    );
    expect(await unknown.run()).toEqual({ state: 'done', output: 'ran 2' });
  });

  it('stay unknown when verify fails, and when a later attempt fails', async () => {
    const parts = turnedParts();
    const previous: string[] = [];
    let looks = 0;
    const body: Body = (context) =>
      context.step(
        'x',
        async (attempt) => {
          previous.push(attempt.previous);
          if (attempt.attempt < 5) throw new Error('cannot be reached');
          return 'done';
        },
        {
          retries: 9,
          verify: async () => {
            looks += 1;
            if (looks === 1) throw new Error('cannot look');
            return undefined;
          },
        },
      );
    const before = engineOf(body, { parts, dieAt: 2 });
    await expect(parts.turnUntil(before.run())).rejects.toBeInstanceOf(Died);
    const after = engineOf(body, { parts, store: before.store });
    expect(await parts.turnUntil(after.run())).toMatchObject({ output: 'done' });
    expect(previous).toEqual(['unknown', 'unknown', 'unknown']);
    expect(looks).toBe(4);
  });

  it('fail after a death when they are told to, saying that it is unknown', async () => {
    const body: Body = (context) =>
      context.step('x', async () => 'ran', { onUnknown: 'fail', retries: 3 });
    const before = engineOf(body, { dieAt: 3 });
    await expect(before.run()).rejects.toBeInstanceOf(Died);
    expect(await engineOf(body, { store: before.store }).run()).toEqual({
      state: 'failed',
      error: {
        message: 'an attempt before this one began, and it is not known how it ended',
        step: 'x',
        outcome: 'unknown',
      },
    });
  });

  it('do not fail when the worker stops: their signal ends, and nothing is remembered', async () => {
    let reason: unknown;
    const started = gate();
    const body: Body = (context) =>
      context.step('x', async ({ attempt, signal }) => {
        if (attempt === 2) return 'second';
        started.open();
        await new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        ).catch((error) => {
          reason = error;
          throw new Error('broken off');
        });
        return 'first';
      });
    const before = engineOf(body);
    const ended = before.run();
    await started.opened;
    before.engine.die();
    await expect(ended).rejects.toBeInstanceOf(Died);
    expect(reason).toBeInstanceOf(Died);
    expect(await engineOf(body, { store: before.store }).run()).toMatchObject({ output: 'second' });
  });
});

describe('a flow', () => {
  it('that does another step than before is stopped, and nothing of it is lost', async () => {
    const before = engineOf(
      async (context) => {
        await context.step('a', async () => 1);
        return context.step('b', async () => 2);
      },
      { dieAt: 6 },
    );
    await expect(before.run()).rejects.toBeInstanceOf(Died);
    const other = engineOf(async (context) => context.step('c', async () => 3), {
      store: before.store,
    });
    await expect(other.run()).rejects.toMatchObject({ reason: 'order' });
    expect(before.store.flows.get('run')?.ended).toBeUndefined();
  });

  it('that throws has failed', async () => {
    expect(await endOf(() => Promise.reject(new Error('no')))).toEqual({
      state: 'failed',
      error: { message: 'no' },
    });
    expect(await endOf((async () => 1n) as never)).toMatchObject({
      state: 'failed',
      error: { code: 'config' },
    });
  });

  it('waits until its time has come, and no longer when it died meanwhile', async () => {
    const parts = turnedParts();
    const started = parts.wallMs();
    const body: Body = async (context) => {
      await context.sleep('night', 3_600_000);
      return 'morning';
    };
    const before = engineOf(body, { parts });
    const died = before.run();
    await parts.turn(1_800_000);
    before.engine.die();
    await expect(died).rejects.toBeInstanceOf(Died);
    await parts.turn(900_000);
    const after = engineOf(body, { parts, store: before.store }).run();
    expect(await parts.turnUntil(after)).toMatchObject({ output: 'morning' });
    expect(parts.wallMs() - started).toBe(3_600_000);
  });

  it('waits no longer when the time of day is set back, and ends early when it is set forward', async () => {
    const body: Body = async (context) => {
      await context.sleep('night', 3_600_000);
      return null;
    };
    const back = turnedParts();
    const backStarted = back.clock.now();
    const first = engineOf(body, { parts: back }).run();
    await back.turn(1000);
    back.jumpMs = -86_400_000;
    await back.turnUntil(first);
    expect(back.clock.now() - backStarted).toBe(3_600_000);
    const forward = turnedParts();
    const forwardStarted = forward.clock.now();
    const second = engineOf(body, { parts: forward }).run();
    await forward.turn(1000);
    forward.jumpMs = 86_400_000;
    await forward.turnUntil(second);
    expect(forward.clock.now() - forwardStarted).toBeLessThanOrEqual(61_000);
  });

  it('waits longer than timers can', async () => {
    const parts = turnedParts();
    const started = parts.wallMs();
    const month = 31 * 86_400_000;
    const ended = engineOf(
      async (context) => {
        await context.sleep('month', month);
        return parts.wallMs() - started;
      },
      { parts },
    ).run();
    await parts.turn(month);
    expect(await parts.turnUntil(ended)).toMatchObject({ output: month });
  });

  it('gets what is sent to it, also after a death and without a second word', async () => {
    const body: Body = (context) => context.waitFor('approval').then((got) => got ?? 'nothing');
    const before = engineOf(body);
    const died = before.run();
    before.engine.send('approval', { by: 'eve' });
    await expect(died).resolves.toEqual({ state: 'done', output: { by: 'eve' } });
    const left = engineOf(body);
    const gone = left.run();
    left.engine.die();
    await expect(gone).rejects.toBeInstanceOf(Died);
    left.store.sent.set('approval', null);
    expect(await engineOf(body, { store: left.store }).run()).toMatchObject({ output: 'nothing' });
  });

  it('goes on without a word when the time for it is over', async () => {
    const parts = turnedParts();
    const body: Body = async (context) =>
      (await context.waitFor('approval', { timeoutMs: 60_000 })) === undefined;
    const { run, engine } = engineOf(body, { parts });
    const ended = run();
    await parts.turn(0);
    expect(engine.rows.get('run ')).toMatchObject({ step: 'approval', state: 'waiting' });
    expect(await parts.turnUntil(ended)).toMatchObject({ output: true });
    expect(parts.pending).toBe(0);
  });

  it('gets what was sent while nobody worked on it, though its time is over since', async () => {
    const parts = turnedParts();
    const body: Body = async (context) =>
      (await context.waitFor('approval', { timeoutMs: 60_000 })) ?? 'nothing';
    const before = engineOf(body, { parts });
    const died = before.run();
    await parts.turn(1000);
    before.engine.die();
    await expect(died).rejects.toBeInstanceOf(Died);
    await parts.turn(3_600_000);
    before.store.sent.set('approval', 'yes');
    const after = engineOf(body, { parts, store: before.store });
    expect(await parts.turnUntil(after.run())).toMatchObject({ output: 'yes' });
  });

  it('is held where it may be held, and goes on when it may', async () => {
    const steps: string[] = [];
    const reached = gate();
    const { run, engine } = engineOf(async (context) => {
      await context.step('one', async () => {
        steps.push('one');
        reached.open();
        return null;
      });
      await context.mayGoOn('between');
      steps.push('two');
      return null;
    });
    engine.pause();
    const ended = run();
    await reached.opened;
    await new Promise((resolve) => setImmediate(resolve));
    expect(steps).toEqual(['one']);
    expect(engine.rows.get('run ')).toMatchObject({ step: 'between', state: 'waiting' });
    engine.continue();
    await ended;
    expect(steps).toEqual(['one', 'two']);
  });

  it('fails where it may be held once it is cancelled, and not where it has gone on before', async () => {
    const body: Body = async (context) => {
      await context.mayGoOn('first');
      await context.step('work', async () => 1);
      await context.mayGoOn('second');
      return 'end';
    };
    const before = engineOf(body, { dieAt: 5 });
    await expect(before.run()).rejects.toBeInstanceOf(Died);
    before.store.isCancelled = true;
    const ended = await engineOf(body, { store: before.store }).run();
    expect(ended).toEqual({
      state: 'failed',
      error: {
        message: 'the run was cancelled',
        code: 'flow',
        reason: 'cancelled',
        step: 'second',
      },
    });
    expect(before.store.flows.get('run')?.steps.map(({ name }) => name)).toContain('work');
  });
});

it('arguments that are no flow are refused by name', async () => {
  const ended = await endOf(async (context) => {
    const wrong = [
      () => context.step('a', 7 as never),
      () => context.sleep('b', Number.NaN),
      () => context.waitFor('c', { timeoutMs: -1 }),
      () => context.mayGoOn('c', { holding: '' }),
      () => context.mayGoOn('c', { held: 'cluster prod' } as never),
      () =>
        context.children(
          'd',
          flowOf(async () => 1),
          7 as never,
        ),
      () =>
        context.children(
          'e',
          flowOf(async () => 1),
          [{ id: 'a/b', input: 1 }],
        ),
      () =>
        context.children(
          'f',
          flowOf(async () => 1),
          [{ id: 'a', input: 1n as never }],
        ),
      () =>
        context.children(
          'g',
          flowOf(async () => 1),
          [],
          { limit: 0 },
        ),
    ];
    const fields: Json[] = [];
    for (const call of wrong) {
      const error = await call().catch((thrown) => thrown);
      expect(error).toBeInstanceOf(TalosConfigError);
      fields.push(error.field);
    }
    return fields;
  });
  expect(ended).toMatchObject({
    output: ['run', 'ms', 'timeoutMs', 'holding', 'held', 'list', 'id', 'input', 'limit'],
  });
});
