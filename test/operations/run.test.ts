import { getEventListeners } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { withCleanUp, withUndo } from '../../src/operations/run/clean-up.js';
import type { Operation } from '../../src/operations/run/operation.js';
import { poll } from '../../src/operations/run/poll.js';
import type { OperationProgress } from '../../src/operations/run/progress.js';
import { runOperation } from '../../src/operations/run/run-operation.js';
import { TalosClosedError } from '../../src/runtime/errors/closed-error.js';
import { TalosConfigError } from '../../src/runtime/errors/config-error.js';
import { TalosOperationError } from '../../src/runtime/errors/operation-error.js';
import { nodeOf } from '../../src/runtime/node-target.js';
import { route } from '../../src/runtime/target.js';
import { simulateCluster } from '../../testkit/src/cluster/cluster.js';
import { quickParts } from '../support/quick-clock.js';

type Step = 'one' | 'two';

/** What a promise rejects with, of whatever kind. */
async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  const [result] = await Promise.allSettled([promise]);
  if (result.status === 'rejected') return result.reason;
  throw new Error('it did not fail');
}

let parts: ReturnType<typeof quickParts>;
let told: OperationProgress<Step>[];

beforeEach(() => {
  parts = quickParts();
  told = [];
});

async function run<Result>(
  body: (operation: Operation<Step>) => Promise<Result>,
  options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
): Promise<Result> {
  await using cluster = await simulateCluster();
  const target = cluster.client().node('10.5.0.2');
  const onProgress = (progress: OperationProgress<Step>): void => {
    told.push(progress);
  };
  return runOperation(
    {
      name: 'doIt',
      target,
      options: { ...options, onProgress },
      defaultTimeoutMs: 600_000,
      parts,
    },
    body,
  );
}

const forever = (operation: Operation<Step>): Promise<never> =>
  new Promise((_, reject) => {
    operation.signal.addEventListener('abort', () => reject(operation.signal.reason));
  });

describe('an operation', () => {
  it('gives its result, and tells its steps', async () => {
    const result = await run(async (operation) => {
      operation.begin('one');
      operation.begin('two');
      operation.tell({ type: 'bytes', bytes: 5, total: undefined });
      return 7;
    });
    expect(result).toBe(7);
    expect(told).toEqual([
      { type: 'step', step: 'one', node: '10.5.0.2' },
      { type: 'step', step: 'two', node: '10.5.0.2' },
      { type: 'bytes', step: 'two', node: '10.5.0.2', bytes: 5, total: undefined },
    ]);
  });

  it('that fails names itself, its node and its step, and keeps the cause', async () => {
    const cause = new Error('no power');
    const error = await errorOf(
      run((operation) => {
        operation.begin('one');
        operation.changes();
        throw cause;
      }),
    );
    expect(error).toBeInstanceOf(TalosOperationError);
    expect(error).toMatchObject({
      code: 'operation',
      operation: 'doIt',
      node: '10.5.0.2',
      step: 'one',
      outcome: 'changed',
      message: 'doIt of 10.5.0.2: one: no power',
      cause,
    });
  });

  it('leaves what the caller did wrong as it is, until something was changed', async () => {
    const wrong = new TalosConfigError('path: expected a string');
    const refuse = (changes: boolean) =>
      run((operation) => {
        operation.begin('one');
        if (changes) operation.changes();
        throw wrong;
      });
    expect(await errorOf(refuse(false))).toBe(wrong);
    expect(await errorOf(refuse(true))).toMatchObject({ code: 'operation', cause: wrong });
  });

  it('leaves a closed client as it is', async () => {
    const closed = new TalosClosedError();
    expect(await errorOf(run(() => Promise.reject(closed)))).toBe(closed);
  });

  it('ends with the reason of the caller, not with what that broke', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const running = run(
      async (operation) => {
        operation.begin('one');
        stop.abort(reason);
        throw new Error('a call was cancelled');
      },
      { signal: stop.signal },
    );
    expect(await errorOf(running)).toBe(reason);
  });

  it('does not begin when the signal is aborted already', async () => {
    const reason = new Error('never');
    let began = false;
    const running = run(
      async () => {
        began = true;
      },
      { signal: AbortSignal.abort(reason) },
    );
    expect(await errorOf(running)).toBe(reason);
    expect(began).toBe(false);
  });

  it('gives up when its time is over, and says what it waited for and where the node was', async () => {
    const running = run(
      (operation) => {
        operation.begin('one');
        operation.tell({ type: 'phase', sequence: 'reboot', phase: 'stop', task: 'stopPods' });
        operation.waits('the node', new Error('connection refused'));
        return forever(operation);
      },
      { timeoutMs: 120_000 },
    );
    const error = await errorOf(parts.clock.turnUntil(running, 60_000));
    expect(error).toMatchObject({
      code: 'operation',
      outcome: 'unchanged',
      message:
        'doIt of 10.5.0.2: one: gave up after 120000 ms, waiting for the node: connection refused; ' +
        'the node was last at reboot, stop, stopPods, for 120 s',
    });
  });

  it('needs no node', async () => {
    const setup = { name: 'doIt', options: {}, defaultTimeoutMs: 1_000, parts };
    const running = runOperation<Step, never>(setup, (operation) => {
      operation.begin('one');
      throw operation.failure('no paper');
    });
    expect(await errorOf(running)).toMatchObject({
      node: undefined,
      message: 'doIt: one: no paper',
    });
  });

  it('leaves no timer and no listener behind', async () => {
    const stop = new AbortController();
    await run(async (operation) => operation.begin('one'), { signal: stop.signal });
    expect(parts.clock.pending).toBe(0);
    stop.abort();
  });

  it('leaves no listener on the signal of the caller when that of its target is aborted', async () => {
    await using cluster = await simulateCluster();
    const reason = new Error('the set of nodes has ended');
    const ended = { ...cluster.client()[route](), signal: AbortSignal.abort(reason) };
    const { signal } = new AbortController();
    const setup = { name: 'doIt', target: nodeOf(ended, '10.5.0.2'), options: { signal } };
    const running = runOperation<Step, void>(
      { ...setup, defaultTimeoutMs: 1_000, parts },
      async () => {},
    );
    expect(await errorOf(running)).toBe(reason);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it.each([0, -1, Number.NaN, 'soon'])('refuses a time of %s', async (timeoutMs) => {
    const error = await errorOf(run(async () => undefined, { timeoutMs: timeoutMs as number }));
    expect(error).toMatchObject({ code: 'config', field: 'timeoutMs' });
  });
});

describe('looking again and again', () => {
  it('goes on until it finds, and tells a reason once', async () => {
    const answers = [{ missing: 'not yet' }, { missing: 'not yet' }, { found: 3 }];
    const found = await run(async (operation) => {
      operation.begin('one');
      return poll(operation, { what: 'three', everyMs: 2_000, attemptMs: 500 }, async () => {
        const answer = answers.shift();
        if (answer === undefined) throw new Error('asked too often');
        return answer as { found: number } | { missing: string };
      });
    });
    expect(found).toBe(3);
    expect(told.filter(({ type }) => type === 'waiting')).toEqual([
      { type: 'waiting', step: 'one', node: '10.5.0.2', what: 'three', reason: 'not yet' },
    ]);
    expect(parts.clock.waits).toEqual([2_000, 2_000]);
  });

  it('takes an error for an answer only if it is final', async () => {
    const errors = [new Error('soon'), new Error('never')];
    const error = await errorOf(
      run(async (operation) => {
        operation.begin('one');
        const isFinal = (each: unknown): boolean => (each as Error).message === 'never';
        return poll(operation, { what: 'it', everyMs: 1, attemptMs: 1, isFinal }, () =>
          Promise.reject(errors.shift()),
        );
      }),
    );
    expect(error).toMatchObject({ message: 'doIt of 10.5.0.2: one: never' });
  });
});

describe('looking again and again, at what never comes', () => {
  it.each([
    ['a closed client', () => new TalosClosedError()],
    ['what the caller did wrong', () => new TalosConfigError('path: expected a string')],
    ['a failure of the operation', (it: Operation<Step>) => it.failure('it is a worker')],
  ])('ends with %s', async (_name, make) => {
    let looks = 0;
    await errorOf(
      run(async (operation) => {
        operation.begin('one');
        return poll(operation, { what: 'it', everyMs: 1, attemptMs: 1 }, () => {
          looks += 1;
          return Promise.reject(make(operation));
        });
      }),
    );
    expect(looks).toBe(1);
  });
});

describe('a part with a time of its own', () => {
  it('gives up when it is over, and says what it waited for', async () => {
    const running = run(async (operation) => {
      operation.begin('one');
      return operation.within(60_000, () => {
        operation.waits('the pods', 'two are left', '10.5.0.9');
        return forever(operation);
      });
    });
    const error = await errorOf(parts.clock.turnUntil(running, 60_000));
    expect(error).toMatchObject({
      code: 'operation',
      node: '10.5.0.9',
      message: 'doIt of 10.5.0.9: one: gave up after 60000 ms, waiting for the pods: two are left',
    });
    expect(parts.clock.pending).toBe(0);
  });

  it('ends with the operation, and what follows has the signal of before', async () => {
    const stop = new AbortController();
    const seen: boolean[] = [];
    const running = run(
      async (operation) => {
        operation.begin('one');
        const outer = operation.signal;
        await operation.within(60_000, async () => {
          seen.push(operation.signal === outer);
        });
        seen.push(operation.signal === outer);
        queueMicrotask(() => stop.abort(new Error('enough')));
        return operation.within(60_000, () => forever(operation));
      },
      { signal: stop.signal },
    );
    expect(await errorOf(running)).toMatchObject({ message: 'enough' });
    expect(seen).toEqual([false, true]);
    expect(parts.clock.pending).toBe(0);
  });
});

describe('cleaning up', () => {
  it('happens after an end, a failure and an abortion, with a signal that still holds', async () => {
    const stop = new AbortController();
    const seen: boolean[] = [];
    const cleanUp = async (signal: AbortSignal): Promise<void> => {
      seen.push(signal.aborted);
    };
    await run((operation) => withCleanUp(operation, async () => operation.begin('one'), cleanUp));
    const broken = run((operation) => {
      operation.begin('one');
      return withCleanUp(operation, () => Promise.reject(new Error('broken')), cleanUp);
    });
    expect(await errorOf(broken)).toMatchObject({ message: 'doIt of 10.5.0.2: one: broken' });
    const stopped = run(
      (operation) => {
        operation.begin('one');
        queueMicrotask(() => stop.abort(new Error('enough')));
        return withCleanUp(operation, () => forever(operation), cleanUp);
      },
      { signal: stop.signal },
    );
    expect(await errorOf(stopped)).toMatchObject({ message: 'enough' });
    expect(seen).toEqual([false, false, false]);
  });

  it('leaves the step where a failure came about, and may wait', async () => {
    const error = await errorOf(
      run((operation) => {
        operation.begin('one');
        return withUndo(
          operation,
          () => Promise.reject(new Error('broken')),
          async () => {
            operation.begin('two');
            await operation.sleep(5);
          },
        );
      }),
    );
    expect(error).toMatchObject({ step: 'one', message: 'doIt of 10.5.0.2: one: broken' });
    expect(told.map(({ step }) => step)).toEqual(['one', 'two']);
  });

  it('after a success is not ended by the caller, and its failure is one', async () => {
    const stop = new AbortController();
    const error = await errorOf(
      run(
        (operation) =>
          withCleanUp(
            operation,
            async () => operation.begin('one'),
            async (signal) => {
              stop.abort(new Error('too late'));
              operation.begin('two');
              expect(signal.aborted).toBe(false);
            },
          ),
        { signal: stop.signal },
      ).then(() => Promise.reject(new Error('it ended well'))),
    );
    expect(error).toMatchObject({ message: 'it ended well' });
    const failed = run((operation) => {
      operation.begin('one');
      return withCleanUp(
        operation,
        async () => 'done',
        () => Promise.reject(new Error('no')),
      );
    });
    expect(await errorOf(failed)).toMatchObject({ message: 'doIt of 10.5.0.2: one: no' });
  });

  it('that fails is told, and hides nothing', async () => {
    const error = await errorOf(
      run((operation) => {
        operation.begin('one');
        return withCleanUp(
          operation,
          () => Promise.reject(new Error('first')),
          () => Promise.reject(new Error('second')),
        );
      }),
    );
    expect(error).toMatchObject({ message: 'doIt of 10.5.0.2: one: first' });
    expect(told).toContainEqual({
      type: 'note',
      step: 'one',
      node: '10.5.0.2',
      text: 'could not be taken back: second',
    });
  });
});
