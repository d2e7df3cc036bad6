import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChildOutcome, Flow, FlowContext, StepAttempt } from '../../src/fleet/flow.js';
import type { Json } from '../../src/fleet/json.js';
import type { FleetRun, FleetRunner, ProgressRow } from '../../src/fleet/runner.js';
import { TalosFlowError } from '../../src/runtime/errors/flow-error.js';
import { deferred } from '../support/lifecycle.js';
import { setting, until } from './support/setting.js';

/** Starts a runner of an engine on a database. */
export type Open = (database: string, flows: readonly Flow[]) => Promise<FleetRunner>;

type Body = (context: FlowContext, input: never) => Promise<Json>;

/** What the flows of a case do: the flows that runners know look it up here. */
let body: Body = async () => null;
let childBody: Body = async () => null;

const flow: Flow = {
  name: 'flow',
  version: '1',
  run: (context, input) => body(context, input as never),
};
const child: Flow = {
  name: 'child',
  version: '1',
  run: (context, input) => childBody(context, input as never),
};

/** What every engine on PostgreSQL has to do. */
export function runnerCases(engine: string, open: Open): void {
  describe(`a runner over ${engine}`, () => {
    let database: string;
    let runner: FleetRunner;
    let count = 0;

    beforeAll(async () => {
      database = (await setting()).database;
      runner = await open(database, [flow, child]);
    });
    afterAll(() => runner.close());

    async function begin(run: Body, input: Json = null): Promise<FleetRun<Json>> {
      body = run;
      count += 1;
      return runner.start(flow, input, { id: `run-${count}` });
    }

    /** Closes the runner and opens another one, as after a deployment. */
    async function reopen(): Promise<void> {
      await runner.close();
      runner = await open(database, [flow, child]);
    }

    it('gives what the flow made of its input and its steps, as it came back from JSON', async () => {
      const input = { text: 'a\u0000b\ud800', list: [1.5, 1e300, null], deep: { key: true } };
      const run = await begin(async (context, given: Json) => {
        const one = await context.step('one', async () => ({ given, gone: undefined }));
        await context.sleep('a moment', 10);
        return [one, await context.step('two', async () => 2), context.id];
      }, input);
      expect(await run.result()).toEqual([{ given: input }, 2, run.id]);
      const status = await run.status();
      expect(status).toMatchObject({ id: run.id, flow: 'flow', version: '1', state: 'done' });
      expect(status.endedAtMs).toBeGreaterThanOrEqual(status.startedAtMs);
      expect((await runner.list()).map(({ id }) => id)).toContain(run.id);
      expect(await runner.get('no-such-run')).toBeUndefined();
    });

    it('gives the run that there is, and refuses another one of its id', async () => {
      let starts = 0;
      const run = await begin((context) => context.step('one', async () => ++starts), {
        a: 1,
        b: 2,
      });
      const same = await runner.start(flow, { b: 2, a: 1 }, { id: run.id });
      expect([await run.result(), await same.result(), starts]).toEqual([1, 1, 1]);
      const other = runner.start(flow, { a: 2, b: 2 }, { id: run.id });
      await expect(other).rejects.toMatchObject({ reason: 'different' });
      const otherFlow = runner.start(child, { a: 1, b: 2 }, { id: run.id });
      await expect(otherFlow).rejects.toMatchObject({ reason: 'different' });
    });

    it('remembers what failed, with the step and the node', async () => {
      const fails = async (): Promise<never> => {
        throw new Error('the disk is full');
      };
      const run = await begin((context) => context.step('install', fails, { node: '10.0.0.2' }));
      const failure = { reason: 'failed', problem: 'the disk is full', step: 'install' };
      await expect(run.result()).rejects.toMatchObject({ ...failure, node: '10.0.0.2' });
      expect(await run.status()).toMatchObject({
        state: 'failed',
        error: { message: 'the disk is full', step: 'install', node: '10.0.0.2' },
      });
    });

    it('counts the attempts at a step, and knows of each that failed how it ended', async () => {
      const attempts: [number, string][] = [];
      const run = await begin((context) => {
        const sometimes = async ({ attempt, previous }: StepAttempt): Promise<string> => {
          attempts.push([attempt, previous]);
          if (attempt < 3) throw new Error(`not yet ${attempt}`);
          return 'now';
        };
        return context.step('try', sometimes, { retries: 5, backoffMs: 1 });
      });
      expect(await run.result()).toBe('now');
      expect(attempts).toEqual([
        [1, 'none'],
        [2, 'none'],
        [3, 'none'],
      ]);
    });

    it('runs children up to a limit, and begins no others after too many failures', async () => {
      const begun: Json[] = [];
      childBody = async (context, name: string) => {
        begun.push(name);
        if (name.startsWith('bad')) throw new Error(`${name} is broken`);
        return `${context.id} is ${name}`;
      };
      const names = ['good-1', 'bad-1', 'bad-2', 'good-2', 'good-3'];
      const run = await begin(async (context) => {
        const list = names.map((id) => ({ id, input: id, cluster: `cluster of ${id}` }));
        const outcomes = await context.children('all', child, list, { limit: 1, maxFailures: 1 });
        return outcomes as readonly ChildOutcome<Json>[] as unknown as Json;
      });
      expect(await run.result()).toMatchObject([
        { id: 'good-1', state: 'done', output: `${run.id}/good-1 is good-1` },
        { id: 'bad-1', state: 'failed', error: { message: 'bad-1 is broken' } },
        { id: 'bad-2', state: 'failed', error: { message: 'bad-2 is broken' } },
        { id: 'good-2', state: 'not begun' },
        { id: 'good-3', state: 'not begun' },
      ]);
      expect(begun).toEqual(['good-1', 'bad-1', 'bad-2']);
      expect((await runner.list()).every(({ id }) => !id.includes('/'))).toBe(true);
    });

    it('waits for what is sent, and not for ever', async () => {
      const run = await begin(async (context) => [
        (await context.waitFor('never', { timeoutMs: 50 })) ?? 'nothing',
        (await context.waitFor('approval')) as Json,
      ]);
      await until(async () => (await run.status()).waitsFor.includes('approval'));
      expect((await run.status()).waitsFor).toEqual(['approval']);
      await run.send('approval', { by: 'ann' });
      expect(await run.result()).toEqual(['nothing', { by: 'ann' }]);
      expect((await run.status()).waitsFor).toEqual([]);
    });

    it('holds a run that is paused, and ends one that is cancelled', async () => {
      const run = await begin(async (context) => {
        await context.waitFor('begin');
        await context.mayGoOn('first');
        await context.step('one', async () => 1);
        await context.waitFor('again');
        await context.mayGoOn('second');
        return context.step('two', async () => 2);
      });
      await run.pause();
      expect((await run.status()).state).toBe('paused');
      await run.send('begin', null);
      const isHeld = ({ step, state }: ProgressRow) => step === 'first' && state === 'waiting';
      await until(async () => (await run.rows()).some(isHeld));
      await run.continue();
      await until(async () => (await run.status()).waitsFor.includes('again'));
      await run.cancel();
      expect((await run.status()).state).toBe('cancelling');
      await run.send('again', null);
      await expect(run.result()).rejects.toMatchObject({ reason: 'cancelled', step: 'second' });
      expect((await run.status()).state).toBe('cancelled');
    });

    it('has a run wait while another one holds what it is to work on', async () => {
      const order: string[] = [];
      const alone: Body = async (context) => {
        await context.mayGoOn('begin', { holding: 'cluster prod' });
        await context.step('work', async () => order.push(`${context.id} begins`));
        return (await context.waitFor('end')) as Json;
      };
      const first = await begin(alone);
      await until(() => order.length === 1);
      const [second, third] = [await begin(alone), await begin(alone)];
      const isToldOf = async (run: FleetRun<Json>) =>
        (await run.rows()).some(
          ({ step, state, lastError }) =>
            step === 'begin' &&
            state === 'waiting' &&
            lastError === `${first.id} holds cluster prod`,
        );
      await until(async () => (await isToldOf(second)) && (await isToldOf(third)));
      await third.cancel();
      await expect(third.result()).rejects.toMatchObject({ reason: 'cancelled' });
      // Another worker goes on with the one that holds it.
      await reopen();
      const both = [first, second].map(async ({ id }) => (await runner.get(id)) as FleetRun<Json>);
      const runs = await Promise.all(both);
      await until(async () => (await runs[0]?.status())?.waitsFor.includes('end') === true);
      for (const run of runs) await run.send('end', run.id);
      expect(await Promise.all(runs.map((run) => run.result()))).toEqual([first.id, second.id]);
      expect(order).toEqual([`${first.id} begins`, `${second.id} begins`]);
      // What was cancelled without it held nothing.
      const last = await begin(alone);
      await last.send('end', 'last');
      expect(await last.result()).toBe('last');
    });

    it('has children hold what the flow above them holds', async () => {
      childBody = async (context, name: string) => {
        await context.mayGoOn('begin', { holding: 'cluster prod' });
        return name;
      };
      const run = await begin(async (context) => {
        await context.mayGoOn('begin', { holding: 'cluster prod' });
        const list = ['one', 'two'].map((id) => ({ id, input: id }));
        return (await context.children('all', child, list, { limit: 2 })).map(({ state }) => state);
      });
      expect(await run.result()).toEqual(['done', 'done']);
    });

    it('tells how far nodes are', async () => {
      const run = await begin(async (context) => {
        const broken = async (): Promise<never> => {
          throw new Error('it is broken');
        };
        await context.step('look', async () => 1, { node: '10.0.0.1' });
        await context.waitFor('go on');
        return context.step('break', broken, { node: '10.0.0.2' }).catch(() => 'mended');
      });
      const rows: ProgressRow[] = [];
      const told = (async () => {
        for await (const row of run.progress()) rows.push(row);
      })();
      const nodeOne = { run: run.id, flow: run.id, node: '10.0.0.1', step: 'look', state: 'done' };
      await until(() => rows.some(({ node, state }) => node === nodeOne.node && state === 'done'));
      await run.send('go on', null);
      await run.result();
      await told;
      expect(await run.rows()).toMatchObject([
        { run: run.id, node: undefined, step: 'go on', state: 'done' },
        { ...nodeOne, attempt: 1, lastError: undefined },
        { node: '10.0.0.2', step: 'break', state: 'failed', lastError: 'it is broken' },
      ]);
      expect(rows).toEqual(expect.arrayContaining([...(await run.rows())]));
    });

    it('tells of progress until the signal of the reader ends', async () => {
      const run = await begin(async (context) => (await context.waitFor('word')) as Json);
      const leaving = new AbortController();
      const reader = run.progress({ signal: leaving.signal })[Symbol.asyncIterator]();
      expect(await reader.next()).toMatchObject({ value: { step: 'word', state: 'waiting' } });
      const next = reader.next();
      leaving.abort(new Error('the page was left'));
      await expect(next).rejects.toThrow('the page was left');
      const late = run.progress({ signal: leaving.signal })[Symbol.asyncIterator]();
      await expect(late.next()).rejects.toThrow('the page was left');
      await run.send('word', 1);
      expect(await run.result()).toBe(1);
    });

    it('goes on where a closed one was: ended steps give what they gave, the one under way is unknown', async () => {
      const seen: Json[] = [];
      const inside = deferred();
      const goOn = deferred();
      const run = await begin(async (context) => {
        const one = await context.step('one', async () => {
          seen.push('one');
          return 1;
        });
        await context.step('two', async ({ attempt, previous, detail, heartbeat, signal }) => {
          seen.push(['two', attempt, previous, detail ?? 'no detail']);
          if (attempt > 1) {
            await goOn.promise;
            return 2;
          }
          await heartbeat({ half: true });
          inside.resolve();
          return new Promise<number>((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          });
        });
        return one;
      });
      await inside.promise;
      const result = run.result().catch((error: unknown) => error);
      await reopen();
      expect(await result).toBeInstanceOf(TalosFlowError);
      expect(await result).toMatchObject({ reason: 'closed' });
      expect((await runner.resume()).map(({ id }) => id)).toEqual([run.id]);
      goOn.resolve();
      expect(await (await runner.get(run.id))?.result()).toBe(1);
      expect(seen).toEqual([
        'one',
        ['two', 1, 'none', 'no detail'],
        ['two', 2, 'unknown', { half: true }],
      ]);
    });

    it('says so when a flow does something else than before', async () => {
      const inside = deferred();
      const run = await begin(async (context) => {
        await context.step('before', async () => 1);
        inside.resolve();
        return (await context.waitFor('word')) as Json;
      });
      await inside.promise;
      await until(async () => (await run.status()).waitsFor.length === 1);
      await runner.close();
      body = async (context) => context.step('another', async () => 1);
      runner = await open(database, [flow, child]);
      const again = (await runner.get(run.id)) as FleetRun<Json>;
      await expect(again.result()).rejects.toMatchObject({ reason: 'order', step: 'another' });
      expect(await again.status()).toMatchObject({ state: 'left', error: { reason: 'order' } });
      await again.cancel();
      await expect(again.result()).rejects.toMatchObject({ reason: 'cancelled' });
    });
  });
}
