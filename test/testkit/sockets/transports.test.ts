import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { debug, debugMethods } from '../../../generated/features/debug.js';
import { etcd, etcdMethods } from '../../../generated/features/etcd.js';
import { logs, logsMethods } from '../../../generated/features/logs.js';
import { system, systemMethods } from '../../../generated/features/system.js';
import { callUnary } from '../../../src/runtime/call.js';
import { createTalosClient } from '../../../src/runtime/client.js';
import { route } from '../../../src/runtime/target.js';
import type { Transport } from '../../../src/runtime/transport.js';
import { MAX_MESSAGE_BYTES } from '../../../testkit/src/apid/limits.js';
import { sleep } from '../../../testkit/src/base/time/clock.js';
import type { SimulatedNode } from '../../../testkit/src/cluster/node.js';
import { deferred } from '../../support/lifecycle.js';
import { collected, failure, startCluster, transports } from '../support.js';

/** Records without end, and whether the call was ended. */
function endless(node: SimulatedNode): { started: number; ended: number } {
  const state = { started: 0, ended: 0 };
  node.on(logsMethods.dmesg, async function* ({ clock, signal }) {
    state.started += 1;
    try {
      for (;;) {
        yield Buffer.from('record');
        await sleep(clock, 1, signal);
      }
    } finally {
      state.ended += 1;
    }
  });
  return state;
}

// What the seam between client and transport promises holds for both.
describe.each(transports)('calls over %s', (transport) => {
  it('begin with the first reply that is asked for', async () => {
    const cluster = await startCluster({ transport });
    const state = endless(cluster.node('cp-1'));
    const stream = logs(cluster.client()).dmesg();
    await system(cluster.client()).hostname();
    expect(state.started).toBe(0);
    expect((await stream.next()).done).toBe(false);
    expect(state.started).toBe(1);
    stream.cancel();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await expect.poll(() => state.ended).toBe(1);
  });

  it('end on the node when the loop is left, when it throws, and with `await using`', async () => {
    const cluster = await startCluster({ transport });
    const state = endless(cluster.node('cp-1'));
    const talos = cluster.client();
    for await (const _ of logs(talos).dmesg()) break;
    const throwing = async () => {
      for await (const _ of logs(talos).dmesg()) throw new Error('of the loop');
    };
    await expect(throwing()).rejects.toThrow('of the loop');
    {
      await using stream = logs(talos).dmesg();
      await stream.next();
    }
    await expect.poll(() => state.ended).toBe(3);
  });

  it('reject with the reason of a signal: before, within and while nobody reads', async () => {
    const cluster = await startCluster({ transport });
    const state = endless(cluster.node('cp-1'));
    const talos = cluster.client();
    const reason = new Error('changed my mind');
    await expect(system(talos).hostname({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect(cluster.journal.calls).toEqual([]);
    const controller = new AbortController();
    const stream = logs(talos).dmesg({}, { signal: controller.signal });
    await stream.next();
    controller.abort(reason);
    await expect(collected(stream)).rejects.toBe(reason);
    await expect.poll(() => state.ended).toBe(1);
  });

  it('are read once', async () => {
    const cluster = await startCluster({ transport });
    endless(cluster.node('cp-1'));
    const stream = logs(cluster.client()).dmesg();
    for await (const _ of stream) break;
    const again = async () => {
      for await (const _ of stream) throw new Error('read twice');
    };
    await expect(again()).rejects.toMatchObject({ code: 'config' });
  });

  it('end with `deadline-exceeded` when the time is up, for the node too', async () => {
    const cluster = await startCluster({ transport });
    const state = endless(cluster.node('cp-1'));
    const talos = cluster.client();
    // On a busy machine a deadline may pass before the call has left: the next one is later.
    for (let timeoutMs = 100; state.ended === 0; timeoutMs *= 2) {
      const stream = logs(talos).dmesg({}, { timeoutMs });
      expect(await failure(collected(stream))).toMatchObject({ status: 'deadline-exceeded' });
    }
  });

  it('end with `deadline-exceeded` when a stream is silent for too long', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').on(logsMethods.dmesg, async function* () {
      yield Buffer.from('only');
      await new Promise(() => {});
    });
    const stream = logs(cluster.client()).dmesg({}, { idleTimeoutMs: 100 });
    expect((await stream.next()).done).toBe(false);
    expect(await failure(stream.next())).toMatchObject({ status: 'deadline-exceeded' });
  });

  it.each([Number.POSITIVE_INFINITY, 2 ** 31, Number.MAX_VALUE])(
    'may be silent, and last, for %d ms, which is more than a timer of Node takes',
    async (ms) => {
      const cluster = await startCluster({ transport });
      const more = deferred();
      cluster.node('cp-1').on(logsMethods.dmesg, async function* () {
        yield Buffer.from('one');
        await more.promise;
        yield Buffer.from('two');
      });
      const timers = vi.spyOn(globalThis, 'setTimeout');
      onTestFinished(() => timers.mockRestore());
      const stream = logs(cluster.client()).dmesg({}, { idleTimeoutMs: ms, timeoutMs: ms });
      expect(await stream.next()).toMatchObject({ done: false });
      await system(cluster.client()).hostname({}, { timeoutMs: ms });
      more.resolve();
      expect(await stream.next()).toMatchObject({ done: false });
      expect((await stream.next()).done).toBe(true);
      for (const [, delay = 0] of timers.mock.calls) expect(delay).toBeLessThan(2 ** 31);
    },
  );

  it('end with `TalosClosedError` when the client is closed, and later ones do not begin', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').stall(systemMethods.hostname);
    const talos = cluster.client();
    const call = failure(system(talos).hostname());
    await cluster.journal.waitFor(({ requests }) => requests === 1);
    await talos.close();
    expect(await call).toMatchObject({ code: 'closed' });
    expect(await failure(system(talos).hostname())).toMatchObject({ code: 'closed' });
  });

  it('end when the cluster is closed', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').stall(systemMethods.hostname);
    const call = failure(system(cluster.client()).hostname());
    await cluster.journal.waitFor(({ requests }) => requests === 1);
    await cluster.close();
    expect(await call).toMatchObject({ code: 'closed' });
    await cluster.close();
  });

  it('go both ways at once', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').on(debugMethods.containerRun, async function* (_ctx, requests) {
      for await (const { request } of requests) {
        if (request.case === 'stdinData')
          yield { resp: { case: 'stdoutData', value: request.value } };
      }
      yield { resp: { case: 'exitCode', value: 7 } };
    });
    async function* typed() {
      yield { request: { case: 'spec', value: { imageName: 'x' } } } as const;
      yield { request: { case: 'stdinData', value: Buffer.from('ls') } } as const;
    }
    const replies = await collected(debug(cluster.client()).containerRun(typed()));
    expect(replies.map(({ resp }) => resp)).toEqual([
      { case: 'stdoutData', value: Buffer.from('ls') },
      { case: 'exitCode', value: 7 },
    ]);
  });

  it('reject with the error of the caller whose requests fail, and the node sees it cancelled', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').on(etcdMethods.recover, async (_ctx, chunks) => {
      for await (const _ of chunks) {
        // Reads on until the caller ends.
      }
    });
    async function* failing() {
      yield Buffer.from('first');
      await cluster.journal.waitFor(({ requests }) => requests === 1);
      throw new Error('the file is gone');
    }
    await expect(etcd(cluster.client()).recover(failing())).rejects.toThrow('the file is gone');
    await cluster.journal.waitFor(({ outcome }) => outcome === 'cancelled');
  });

  it('name field and RPC when a request cannot be encoded', async () => {
    const cluster = await startCluster({ transport });
    const request = { id: -1n };
    const error = await failure(
      callUnary(cluster.client(), etcdMethods.removeMemberById, { memberId: request.id }),
    );
    expect(error).toMatchObject({ code: 'config' });
    expect(error.message).toContain('memberId');
    expect(cluster.journal.calls).toEqual([]);
  });

  it('tell headers and trailers', async () => {
    const cluster = await startCluster({ transport });
    const seen: string[] = [];
    const options = {
      onHeaders: () => seen.push('headers'),
      onTrailers: () => seen.push('trailers'),
    };
    await system(cluster.client()).hostname({}, options);
    expect(seen).toEqual(['headers', 'trailers']);
  });

  it('refuse names that HTTP/2 forbids, also those that a wrapper of the transport adds', async () => {
    const cluster = await startCluster({ transport });
    const { transport: inner } = cluster.client()[route]();
    const adding = {
      endpoints: inner.endpoints,
      unary: (call, request) =>
        inner.unary({ ...call, metadata: { ...call.metadata, upgrade: 'h2c' } }, request),
      clientStream: (call, requests) => inner.clientStream(call, requests),
      stream: (call, requests) => inner.stream(call, requests),
      close: () => inner.close(),
    } satisfies Transport as Transport;
    const talos = createTalosClient({ transport: adding });
    expect(await failure(system(talos).version())).toMatchObject({
      code: 'config',
      field: 'metadata.upgrade',
    });
    expect(cluster.journal.of(systemMethods.version)).toEqual([]);
    await talos.close();
  });

  it('are refused with the roles of the RPC and those of the client', async () => {
    const cluster = await startCluster({ transport });
    const hintFor = async (talos: Parameters<typeof system>[0]) => {
      const error = await failure(etcd(talos).forfeitLeadership({}));
      expect(error).toMatchObject({ status: 'permission-denied', reason: 'not authorized' });
      return 'hint' in error ? error.hint : undefined;
    };
    const needs = 'the RPC needs the role os:admin';
    const reader = await hintFor(cluster.client({ role: 'os:reader' }).node('10.5.0.2'));
    expect(reader).toBe(`${needs}; the client certificate has os:reader`);
    const nobody = await hintFor(cluster.client({ role: [] }).node('10.5.0.2'));
    expect(nobody).toBe(`${needs}; the client certificate has none`);
  });

  it('carry messages of up to 32 MiB, and not more', async () => {
    const cluster = await startCluster({ transport });
    const node = cluster.node('cp-1');
    let received = 0;
    node.on(etcdMethods.recover, async (_ctx, chunks) => {
      for await (const chunk of chunks) received += chunk.length;
    });
    const talos = cluster.client();
    // Tag and length of the one field take five bytes.
    const fits = MAX_MESSAGE_BYTES - 5;
    await etcd(talos).recover([Buffer.alloc(fits)]);
    expect(received).toBe(fits);
    expect(await failure(etcd(talos).recover([Buffer.alloc(fits + 1)]))).toMatchObject({
      status: 'resource-exhausted',
    });
    node.on(systemMethods.hostname, () => ({ hostname: 'x'.repeat(MAX_MESSAGE_BYTES) }));
    expect(await failure(system(talos).hostname())).toMatchObject({
      status: 'resource-exhausted',
    });
  });
});
