import { describe, expect, it, vi } from 'vitest';
import { callUnary } from '../../src/runtime/call.js';
import { createTalosClient } from '../../src/runtime/client.js';
import { isTalosError } from '../../src/runtime/errors/any-error.js';
import type { TalosFanOutError } from '../../src/runtime/errors/fan-out-error.js';
import { unwrapAll } from '../../src/runtime/fan-out.js';
import { FakeTransport, readMethod, streamOf } from '../support/fake-transport.js';

const addresses = ['10.5.0.2', '10.5.0.3', '10.5.0.4'];

function untilAborted(signals: readonly AbortSignal[]): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of signals) {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }
  });
}

describe('each', () => {
  const nodes = createTalosClient({ transport: new FakeTransport() }).nodes(addresses);

  it('reports every outcome in the order of the addresses', async () => {
    const error = new Error('down');
    const results = await nodes.each(async ({ address }) => {
      if (address === '10.5.0.2') await Promise.resolve();
      if (address === '10.5.0.3') throw error;
      return address;
    });
    expect(results).toEqual([
      { node: '10.5.0.2', ok: true, value: '10.5.0.2' },
      { node: '10.5.0.3', ok: false, error },
      { node: '10.5.0.4', ok: true, value: '10.5.0.4' },
    ]);
  });

  it('takes a callback that throws before it returns a promise', async () => {
    const results = await nodes.each(() => {
      throw new Error('early');
    });
    expect(results.map(({ ok }) => ok)).toEqual([false, false, false]);
  });

  it('asks no more nodes at once than told', async () => {
    let running = 0;
    let most = 0;
    await nodes.each(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
      },
      { concurrency: 2 },
    );
    expect(most).toBe(2);
    await expect(nodes.each(async () => {}, { concurrency: 0 })).rejects.toMatchObject({
      field: 'concurrency',
    });
  });

  it('rejects with the reason of its signal, and ends the calls made through its nodes', async () => {
    const ended: string[] = [];
    const transport = new FakeTransport(async ({ node, signals }) => {
      try {
        return await untilAborted(signals);
      } finally {
        ended.push(String(node));
      }
    });
    const controller = new AbortController();
    const reason = new Error('enough');
    const started = createTalosClient({ transport })
      .nodes(addresses)
      .each((node) => callUnary(node, readMethod, {}), { signal: controller.signal });
    await vi.waitFor(() => expect(transport.calls).toHaveLength(3));
    controller.abort(reason);
    await expect(started).rejects.toBe(reason);
    await vi.waitFor(() => expect(ended.sort()).toEqual(addresses));
  });

  it('starts nothing under a signal that has aborted', async () => {
    const run = vi.fn();
    await expect(nodes.each(run, { signal: AbortSignal.abort('late') })).rejects.toBe('late');
    expect(run).not.toHaveBeenCalled();
  });

  it('leaves no listener on a signal that outlives it', async () => {
    const controller = new AbortController();
    const add = vi.spyOn(controller.signal, 'addEventListener');
    const remove = vi.spyOn(controller.signal, 'removeEventListener');
    await nodes.each(async () => {}, { signal: controller.signal });
    expect(remove).toHaveBeenCalledTimes(add.mock.calls.length);
  });

  it('hands a callback the signal of the call it makes besides its own', async () => {
    const transport = new FakeTransport();
    const { signal } = new AbortController();
    await createTalosClient({ transport })
      .nodes(['10.5.0.2'])
      .each((node) => callUnary(node, readMethod, {}, { signal }));
    expect(transport.calls[0]?.signals).toHaveLength(2);
    expect(transport.calls[0]?.signals[1]).toBe(signal);
  });
});

it('unwrapAll gives the values by node, or every failure with its node', async () => {
  const failure = new Error('down');
  expect(unwrapAll([{ node: 'a', ok: true, value: 1 }])).toEqual(new Map([['a', 1]]));
  try {
    unwrapAll([
      { node: 'a', ok: true, value: 1 },
      { node: 'b', ok: false, error: failure },
    ]);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(AggregateError);
    expect(isTalosError(error)).toBe(true);
    const fanOut = error as TalosFanOutError;
    expect(fanOut.code).toBe('fan-out');
    expect(fanOut.failures).toEqual([{ node: 'b', error: failure }]);
    expect(fanOut.errors).toEqual([failure]);
    expect(fanOut.message).toBe('1 of 2 nodes failed: b: down');
  }
});

async function* failing(): AsyncGenerator<number> {
  await Promise.reject(new Error('down'));
  yield 1;
}

describe('merge', () => {
  const nodes = createTalosClient({ transport: new FakeTransport() }).nodes(addresses);

  it('gives the items of every node with its address, and ends when all have ended', async () => {
    const seen: string[] = [];
    for await (const { node, value } of nodes.merge(
      ({ address }) => streamOf([address, 'x']).stream,
    )) {
      seen.push(`${node} ${value}`);
    }
    expect(seen.sort()).toEqual(addresses.flatMap((a) => [`${a} ${a}`, `${a} x`]));
  });

  it('starts no stream before it is read', async () => {
    const run = vi.fn(() => streamOf([1]).stream);
    const merged = nodes.merge(run);
    expect(run).not.toHaveBeenCalled();
    await merged.next();
    expect(run).toHaveBeenCalledTimes(3);
    await merged.return();
  });

  it('leaves every stream when the loop is left', async () => {
    const streams = addresses.map(() => streamOf([1, 2, 3]));
    let index = 0;
    for await (const _ of nodes.merge(() => (streams[index++] as (typeof streams)[0]).stream))
      break;
    await vi.waitFor(() =>
      expect(streams.map(({ state }) => state.left)).toEqual([true, true, true]),
    );
  });

  it('asks a node for its next item only when the one before was taken', async () => {
    const { stream, state } = streamOf([1, 2, 3, 4]);
    const merged = createTalosClient({ transport: new FakeTransport() })
      .nodes(['10.5.0.2'])
      .merge(() => stream);
    await merged.next();
    await new Promise(setImmediate);
    expect(state.taken).toBe(2);
    await merged.return();
  });

  it('ends with the first failure when nobody handles failures', async () => {
    const healthy = streamOf(
      (async function* () {
        yield 1;
        await new Promise(() => {});
      })(),
    );
    const failing = streamOf(
      (async function* (): AsyncGenerator<number> {
        await Promise.reject(new Error('node down'));
        yield 1;
      })(),
    );
    const merged = createTalosClient({ transport: new FakeTransport() })
      .nodes(['a', 'b'])
      .merge(({ address }) => (address === 'a' ? healthy : failing).stream);
    await expect(
      (async () => {
        for await (const _ of merged);
      })(),
    ).rejects.toThrow('node down');
    expect(await merged.next()).toEqual({ done: true, value: undefined });
  });

  it('reports a failure and goes on with the other nodes', async () => {
    const failures: unknown[] = [];
    const merged = nodes.merge(
      ({ address }) => {
        if (address === '10.5.0.3') throw new Error('refused');
        return streamOf([address]).stream;
      },
      { onError: (node, error) => failures.push([node, (error as Error).message]) },
    );
    const seen: string[] = [];
    for await (const { value } of merged) seen.push(value);
    expect(seen.sort()).toEqual(['10.5.0.2', '10.5.0.4']);
    expect(failures).toEqual([['10.5.0.3', 'refused']]);
  });

  it('starts no other stream when one cannot start', async () => {
    const run = vi.fn(() => {
      throw new Error('refused');
    });
    await expect(nodes.merge(run).next()).rejects.toThrow('refused');
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('ends with what the handler of failures throws, and leaves every stream', async () => {
    const healthy = streamOf(
      (async function* () {
        for (;;) {
          yield 1;
          await new Promise(setImmediate);
        }
      })(),
    );
    const merged = createTalosClient({ transport: new FakeTransport() })
      .nodes(['a', 'b'])
      .merge(
        ({ address }) => {
          if (address === 'a') return healthy.stream;
          return streamOf(failing()).stream;
        },
        {
          onError: (node) => {
            throw new Error(`no ${node}`);
          },
        },
      );
    await expect(
      (async () => {
        for await (const _ of merged);
      })(),
    ).rejects.toThrow('no b');
    await vi.waitFor(() => expect(healthy.state.left).toBe(true));
    expect(await merged.next()).toEqual({ done: true, value: undefined });
  });

  it('ends with the reason of its signal, also while it waits', async () => {
    const controller = new AbortController();
    const merged = nodes.merge(
      () =>
        streamOf(
          (async function* () {
            await new Promise(() => {});
            yield 1;
          })(),
        ).stream,
      { signal: controller.signal },
    );
    const waiting = merged.next();
    controller.abort('enough');
    await expect(waiting).rejects.toBe('enough');
    const late = nodes.merge(() => streamOf([1]).stream, { signal: AbortSignal.abort('late') });
    await expect(late.next()).rejects.toBe('late');
  });

  it('is read once', () => {
    const merged = nodes.merge(() => streamOf([1]).stream);
    merged[Symbol.asyncIterator]();
    expect(() => merged[Symbol.asyncIterator]()).toThrow('read once');
  });
});
