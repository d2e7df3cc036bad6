import { getEventListeners } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { etcd, etcdMethods } from '../../generated/features/etcd.js';
import { logs, logsMethods } from '../../generated/features/logs.js';
import { system, systemMethods } from '../../generated/features/system.js';
import { addAbortListener, onAbort } from '../../src/runtime/abort-listeners.js';
import { ManualClock, sleep } from '../../testkit/src/base/time/clock.js';
import { startCluster, transports } from '../testkit/support.js';

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe.each(transports)('one signal, over %s', (transport) => {
  async function connected() {
    const cluster = await startCluster({ transport, workers: 1 });
    for (const node of cluster.nodes) {
      node.stall(systemMethods.version);
      node.on(logsMethods.dmesg, async function* ({ signal }) {
        yield Buffer.from('record');
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      });
      node.on(etcdMethods.recover, async (_context, chunks) => {
        for await (const _ of chunks);
      });
    }
    return cluster;
  }

  async function* endlessUpload(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(8);
    await new Promise(() => {});
  }

  it('ends any number of calls, streams and sets of nodes with one listener', async () => {
    const cluster = await connected();
    const talos = cluster.client();
    const nodes = talos.nodes();
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new Error('enough');
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));

    const streams = Array.from({ length: 12 }, () => logs(talos).dmesg({}, { signal }));
    const merged = Array.from({ length: 12 }, () =>
      nodes.merge((node) => logs(node).dmesg(), { signal }),
    );
    for (const stream of [...streams, ...merged]) await stream.next();
    const pending = [
      ...Array.from({ length: 30 }, () => system(talos).version({}, { signal })),
      ...Array.from({ length: 3 }, () =>
        etcd(talos.node(cluster.node('cp-1').address)).recover(endlessUpload(), { signal }),
      ),
      ...Array.from({ length: 12 }, () => nodes.each((node) => system(node).version(), { signal })),
      ...streams.map((stream) => stream.next()),
      ...Array.from({ length: 12 }, () => cluster.journal.waitFor(() => false, signal)),
      ...Array.from({ length: 12 }, () => cluster.node('cp-1').until(() => false, signal)),
      ...Array.from({ length: 12 }, () => sleep(new ManualClock(), 1, signal)),
    ];
    await cluster.journal.waitFor(
      () => cluster.journal.of(systemMethods.version).length >= 30 + 12 * 2,
    );
    expect(listenersOf(signal)).toBe(1);
    controller.abort(reason);
    for (const outcome of await Promise.allSettled(pending)) {
      expect(outcome).toEqual({ status: 'rejected', reason });
    }
    for (const stream of merged) {
      // The items that had come were dropped with it.
      await expect(stream.next()).rejects.toBe(reason);
    }
    expect(listenersOf(signal)).toBe(0);
    await new Promise(setImmediate);
    expect(warnings).toEqual([]);
  });

  it('keeps no listener when all that used it has ended, and is used again', async () => {
    const cluster = await connected();
    const talos = cluster.client();
    const nodes = talos.nodes();
    const { signal } = new AbortController();
    for (let round = 0; round < 2; round += 1) {
      await Promise.all(Array.from({ length: 3 }, () => system(talos).hostname({}, { signal })));
      await nodes.each((node) => system(node).hostname(), { signal });
      expect(listenersOf(signal)).toBe(0);
      const stream = logs(talos).dmesg({}, { signal });
      const merged = nodes.merge((node) => logs(node).dmesg(), { signal });
      await stream.next();
      await merged.next();
      expect(listenersOf(signal)).toBe(1);
      await stream.return();
      expect(listenersOf(signal)).toBe(1);
      await merged.return();
      await vi.waitFor(() => expect(listenersOf(signal)).toBe(0));
      const [entry] = cluster.journal.of(systemMethods.hostname);
      await cluster.journal.waitFor((call) => call === entry, signal);
      await cluster.node('cp-1').until(() => true, signal);
      expect(listenersOf(signal)).toBe(0);
    }
  });
});

describe('listeners of one signal', () => {
  it('are told in turn, those that are removed meanwhile are not', () => {
    const controller = new AbortController();
    const { signal } = controller;
    const told: string[] = [];
    onAbort(signal, (reason) => {
      told.push(`first ${reason}`);
      removeSecond();
    });
    const removeSecond = onAbort(signal, () => told.push('second'));
    onAbort(signal, () => told.push('third'));
    controller.abort('now');
    expect(told).toEqual(['first now', 'third']);
    removeSecond();
  });

  it('are told once, also when the same one was added twice', () => {
    const controller = new AbortController();
    const listener = { aborted: vi.fn() };
    addAbortListener(controller.signal, listener);
    addAbortListener(controller.signal, listener);
    controller.abort();
    controller.abort();
    expect(listener.aborted).toHaveBeenCalledTimes(1);
  });

  it('are told although one before them throws, and its error is not lost', async () => {
    const controller = new AbortController();
    const told = vi.fn();
    const uncaught = new Promise((resolve) => {
      const [own] = process.listeners('uncaughtException');
      if (own !== undefined) process.off('uncaughtException', own);
      process.once('uncaughtException', (error) => {
        if (own !== undefined) process.on('uncaughtException', own);
        resolve(error);
      });
    });
    onAbort(controller.signal, () => {
      throw new Error('of a listener');
    });
    onAbort(controller.signal, told);
    controller.abort();
    expect(told).toHaveBeenCalledTimes(1);
    expect(await uncaught).toEqual(new Error('of a listener'));
  });
});
