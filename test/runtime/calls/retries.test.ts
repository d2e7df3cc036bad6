import { describe, expect, it } from 'vitest';
import { callClientStream, callServerStream, callUnary } from '../../../src/runtime/call.js';
import type { TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import { fakeClient } from '../../support/fake-carrier.js';
import { rejection } from '../../support/lifecycle.js';
import { noteMethod } from '../../support/note-methods.js';

const read = noteMethod('unary');
const unsafe = noteMethod('unary', { idempotency: 'unsafe', lookUp: 'look at the sky' });
const follow = noteMethod('server-stream');
const upload = noteMethod('client-stream', { idempotency: 'unsafe' });
const three = ['10.0.0.2', '10.0.0.3', '10.0.0.4'];
const [first, second, third] = three.map((host) => `${host}:50000`);

describe('a read that fails', () => {
  it('is made again for three seconds, after waits that double up to one second', async () => {
    const { talos, carrier, clock, delays } = fakeClient();
    carrier.onStream = (stream) => queueMicrotask(() => stream.fail('unavailable'));
    const error = rejection<TalosRpcError>(callUnary(talos, read, {}));
    await clock.advance(10_000);
    expect(delays()).toEqual([100, 200, 400, 800, 1000, 500]);
    expect(await error).toMatchObject({ status: 'unavailable', attempts: 7, budgetSpent: false });
    expect(clock.pending).toBe(0);
  });

  it('goes through each endpoint at once, and then waits', async () => {
    const { talos, carrier, clock, delays } = fakeClient({ endpoints: three });
    carrier.onStream = (stream) => queueMicrotask(() => stream.fail('unavailable'));
    const error = rejection(callUnary(talos.node('10.0.0.9'), read, {}));
    await clock.advance(150);
    expect(delays().slice(0, 3)).toEqual([0, 0, 100]);
    expect(carrier.streams.slice(0, 3).map(({ endpoint }) => endpoint)).toEqual([
      first,
      second,
      third,
    ]);
    // Not the one that failed last.
    expect(carrier.streams[3]?.endpoint).not.toBe(third);
    await clock.advance(10_000);
    await error;
  });

  it('is answered by the endpoint that reaches the node', async () => {
    const { talos, carrier } = fakeClient({ endpoints: three });
    carrier.onStream = (stream) =>
      queueMicrotask(() =>
        stream.endpoint === third ? stream.answer('here') : stream.fail('unavailable'),
      );
    expect(await callUnary(talos.node('10.0.0.9'), read, {})).toEqual({ text: 'here' });
    const earlier = carrier.streams.map(
      ({ headers }) => headers.more?.['grpc-previous-rpc-attempts'],
    );
    expect(earlier).toEqual([undefined, '1', '2']);
  });

  it('waits longer where the node is short of something', async () => {
    const { talos, carrier, clock, delays } = fakeClient();
    const call = callUnary(talos, read, {});
    carrier.latest.fail('resource-exhausted');
    await clock.advance(1000);
    carrier.latest.answer();
    await call;
    expect(delays()).toEqual([1000]);
  });

  it('is not made again when its deadline would pass meanwhile, and says what was wrong', async () => {
    const { talos, carrier, clock, delays } = fakeClient();
    carrier.onStream = (stream) => queueMicrotask(() => stream.fail('unavailable'));
    const error = rejection<TalosRpcError>(callUnary(talos, read, {}, { timeoutMs: 250 }));
    await clock.advance(100);
    expect(await error).toMatchObject({ status: 'unavailable', attempts: 2 });
    expect(delays()).toEqual([100]);
  });

  it('waits as long as the node says, or not at all', async () => {
    const { talos, carrier, clock, delays } = fakeClient();
    const call = callUnary(talos, read, {});
    carrier.latest.fail('unavailable', { 'grpc-retry-pushback-ms': '1700' });
    await clock.advance(1700);
    expect(carrier.streams).toHaveLength(2);
    carrier.latest.fail('unavailable', { 'grpc-retry-pushback-ms': '-1' });
    expect(await rejection(call)).toMatchObject({ attempts: 2 });
    expect(delays()).toEqual([1700]);
  });

  it('ends at once by its signal while it waits', async () => {
    const { talos, carrier, clock } = fakeClient();
    const controller = new AbortController();
    const call = callUnary(talos, read, {}, { signal: controller.signal });
    carrier.latest.fail('unavailable');
    expect(clock.pending).toBe(2);
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await rejection(call)).toBe(reason);
    expect(clock.pending).toBe(0);
  });

  it('ends when the client is closed while it waits', async () => {
    const { talos, carrier, clock } = fakeClient();
    const call = callUnary(talos, read, {});
    carrier.latest.fail('unavailable');
    await talos.close();
    expect(await rejection(call)).toMatchObject({ code: 'closed' });
    expect(clock.pending).toBe(0);
  });

  it('is made again as its options say, or those of the client, or not at all', async () => {
    const { talos, carrier, clock, delays } = fakeClient({ retry: { forMs: 500, firstMs: 300 } });
    carrier.onStream = (stream) => queueMicrotask(() => stream.fail('unavailable'));
    const short = rejection(callUnary(talos, read, {}));
    await clock.advance(1000);
    await short;
    expect(delays()).toEqual([300, 200]);
    const own = rejection(callUnary(talos, read, {}, { retry: { forMs: 100 } }));
    await clock.advance(1000);
    await own;
    expect(delays().slice(2)).toEqual([100]);
    expect(await rejection(callUnary(talos, read, {}, { retry: false }))).toMatchObject({
      attempts: 1,
    });
    const never = fakeClient({ retry: false });
    never.carrier.onStream = (stream) => queueMicrotask(() => stream.lose());
    expect(await rejection(callUnary(never.talos, read, {}))).toMatchObject({ attempts: 1 });
  });

  it('tells its trailers once, those of the attempt that counts', async () => {
    const { talos, carrier, clock } = fakeClient();
    const seen: unknown[] = [];
    const call = callUnary(talos, read, {}, { onTrailers: (trailers) => void seen.push(trailers) });
    carrier.latest.fail('unavailable', { try: 'one' });
    await clock.advance(100);
    carrier.latest.fail('not-found', { try: 'two' });
    await rejection(call);
    expect(seen).toEqual([{ try: ['two'] }]);
  });
});

describe('a call that acts', () => {
  it('is not made again once it may have run, and its error says how to find out', async () => {
    const { talos, carrier } = fakeClient();
    const call = callUnary(talos.node('10.0.0.9'), unsafe, {});
    carrier.latest.lose();
    const error = await rejection<TalosRpcError>(call);
    expect(error).toMatchObject({ outcome: 'unknown', attempts: 1 });
    expect(error.hint).toBe(
      'it may have run, or may still run; find out before you do it again: look at the sky',
    );
  });

  it('says the same when its deadline passed', async () => {
    const { talos, clock } = fakeClient();
    const call = rejection<TalosRpcError>(callUnary(talos, unsafe, {}, { timeoutMs: 50 }));
    await clock.advance(50);
    expect((await call).hint).toContain('look at the sky');
  });

  it('is made again when it never left, or was refused', async () => {
    const { talos, carrier, clock } = fakeClient();
    const call = callUnary(talos, unsafe, {});
    carrier.latest.sent = false;
    carrier.latest.ended({ kind: 'unsent', error: undefined });
    carrier.latest.ended({ kind: 'reset', code: 7 });
    await clock.advance(200);
    carrier.latest.answer();
    expect(await call).toEqual({ text: 'answer' });
    expect(carrier.streams).toHaveLength(3);
  });

  it('is made again by a caller who knows that it does no harm', async () => {
    const { talos, carrier } = fakeClient();
    const call = callUnary(talos.node('10.0.0.9'), unsafe, {}, { idempotent: true });
    carrier.latest.lose();
    carrier.latest.answer();
    expect(await call).toEqual({ text: 'answer' });
  });
});

describe('the share of an attempt', () => {
  it('is half of the time, after which a silent endpoint leaves it to another', async () => {
    const { talos, carrier, clock } = fakeClient({ endpoints: three });
    // Without the questions to the endpoints themselves.
    const streams = () => carrier.streams.filter(({ headers }) => headers.path === read.path);
    const call = callUnary(talos, read, {}, { timeoutMs: 1000 });
    await clock.advance(499);
    expect(streams()).toHaveLength(1);
    await clock.advance(1);
    expect(streams()[0]).toMatchObject({ isReset: true, isDoubted: true });
    await clock.advance(250);
    expect(streams().map(({ endpoint }) => endpoint)).toEqual([first, second, third]);
    await clock.advance(249);
    streams().at(-1)?.answer('last');
    expect(await call).toEqual({ text: 'last' });
    await talos.close();
    expect(clock.pending).toBe(0);
  });

  it('does not matter to calls that act, may be silent, or may take long', async () => {
    const { talos, carrier, clock } = fakeClient({ endpoints: three });
    const node = talos.node('10.0.0.9');
    const slow = noteMethod('unary', { timeoutMs: 1000 });
    const calls = [
      callUnary(node, unsafe, {}, { timeoutMs: 1000 }),
      callUnary(node, slow, {}),
      callServerStream(node, follow, {}, { timeoutMs: 1000 }).next(),
      callUnary(node, read, {}, { timeoutMs: 1000, retry: false }),
    ].map((call) => rejection(call));
    await clock.advance(999);
    expect(carrier.streams).toHaveLength(4);
    await clock.advance(1);
    for (const error of await Promise.all(calls))
      expect(error).toMatchObject({ status: 'deadline-exceeded' });
  });

  it('leaves the whole time to the only endpoint, and to one that began to answer', async () => {
    const alone = fakeClient();
    const only = rejection(callUnary(alone.talos, read, {}, { timeoutMs: 1000 }));
    await alone.clock.advance(1000);
    expect(await only).toMatchObject({ status: 'deadline-exceeded', attempts: 1 });
    const { talos, carrier, clock } = fakeClient({ endpoints: three });
    const call = callUnary(talos, read, {}, { timeoutMs: 1000 });
    carrier.latest.message('begun');
    await clock.advance(900);
    carrier.latest.ended({
      kind: 'trailers',
      status: 0,
      message: '',
      http: undefined,
      cutShort: false,
      fields: { first: () => undefined, all: () => ({}) },
    });
    expect(await call).toEqual({ text: 'begun' });
    expect(carrier.streams).toHaveLength(1);
  });
});

describe('a stream', () => {
  it('begins anew until its first reply came, and not after that', async () => {
    const { talos, carrier } = fakeClient();
    const stream = callServerStream(talos, follow, {});
    const reply = stream.next();
    carrier.latest.lose();
    carrier.latest.message('one');
    expect((await reply).value).toEqual({ text: 'one' });
    const next = rejection(stream.next());
    carrier.latest.lose();
    expect(await next).toMatchObject({ status: 'unavailable', attempts: 2 });
  });
});

describe('an upload', () => {
  it('is sent again from what its factory makes anew', async () => {
    const { talos, carrier, clock } = fakeClient();
    let made = 0;
    const call = callClientStream(talos, upload, () => {
      made += 1;
      return [{ text: 'a' }, { text: 'b' }];
    });
    await clock.advance(0);
    carrier.latest.ended({ kind: 'reset', code: 7 });
    await clock.advance(100);
    expect(carrier.latest.written).toHaveLength(2);
    carrier.latest.answer('taken');
    expect(await call).toEqual({ text: 'taken' });
    expect([made, carrier.streams.length]).toEqual([2, 2]);
  });

  it('is not sent again from an iterable, which was read', async () => {
    const { talos, carrier } = fakeClient();
    const call = callClientStream(talos, upload, [{ text: 'a' }]);
    carrier.latest.ended({ kind: 'reset', code: 7 });
    expect(await rejection(call)).toMatchObject({ outcome: 'not-sent', attempts: 1 });
  });

  it('waits for an endpoint even so: nothing of it was read', async () => {
    const { talos, carrier, clock } = fakeClient();
    carrier.refusing.add(first as string);
    const call = callClientStream(talos, upload, [{ text: 'a' }]);
    await clock.advance(500);
    carrier.refusing.clear();
    await clock.advance(1000);
    carrier.latest.answer();
    expect(await call).toEqual({ text: 'answer' });
  });
});

describe('the budget for repeats', () => {
  it('is spent by repeats, also by those that wait, and the error says so', async () => {
    const { talos, carrier, clock } = fakeClient({ retryBudget: { client: 2 } });
    const waiting = [callUnary(talos, read, {}), callUnary(talos, read, {})];
    const third = rejection<TalosRpcError>(callUnary(talos, read, {}));
    for (const stream of [...carrier.streams]) stream.fail('unavailable');
    const error = await third;
    expect(error).toMatchObject({ status: 'unavailable', attempts: 1, budgetSpent: true });
    expect(error.hint).toContain('retryBudget');
    await clock.advance(100);
    for (const stream of carrier.streams.slice(3)) stream.answer();
    expect(await Promise.all(waiting)).toHaveLength(2);
  });

  it('is given back by calls that succeed in the end', async () => {
    const { talos, carrier, clock } = fakeClient({ retryBudget: { client: 1 } });
    for (let round = 0; round < 5; round += 1) {
      const call = callUnary(talos, read, {});
      carrier.latest.fail('unavailable');
      await clock.advance(100);
      carrier.latest.answer();
      await call;
    }
    expect(carrier.streams).toHaveLength(10);
  });

  it('comes back slowly by other calls that are answered', async () => {
    const { talos, carrier, clock } = fakeClient({ retryBudget: { client: 1 } });
    const failed = async () => {
      const error = rejection<TalosRpcError>(callUnary(talos, read, {}, { retry: { forMs: 100 } }));
      carrier.latest.fail('unavailable');
      await clock.advance(100);
      if (!carrier.latest.isReset) carrier.latest.fail('unavailable');
      return (await error).budgetSpent;
    };
    expect(await failed()).toBe(false);
    expect(await failed()).toBe(true);
    for (let call = 0; call < 9; call += 1) {
      const done = rejection(callUnary(talos, read, {}));
      carrier.latest.fail('not-found');
      await done;
    }
    expect(await failed()).toBe(true);
    const done = callUnary(talos, read, {});
    carrier.latest.answer();
    await done;
    expect(await failed()).toBe(false);
  });

  it('is kept for each node', async () => {
    const { talos, carrier, clock } = fakeClient({ retryBudget: { node: 1 } });
    const call = (node: string) => rejection<TalosRpcError>(callUnary(talos.node(node), read, {}));
    carrier.onStream = (stream) => queueMicrotask(() => stream.fail('unavailable'));
    const errors = [call('10.0.0.8'), call('10.0.0.8'), call('10.0.0.9')];
    await clock.advance(100);
    const spent = (await Promise.all(errors)).map(({ attempts, budgetSpent }) => [
      attempts,
      budgetSpent,
    ]);
    expect(spent).toEqual([
      [2, true],
      [1, true],
      [2, true],
    ]);
  });

  it('is not spent by waiting for an endpoint, which loads none', async () => {
    const { talos, carrier, clock } = fakeClient({ retryBudget: { client: 0 } });
    carrier.refusing.add(first as string);
    const calls = Array.from({ length: 50 }, () => callUnary(talos, unsafe, {}));
    await clock.advance(900);
    const dialled = carrier.connections.length;
    carrier.refusing.clear();
    await clock.advance(2000);
    for (const stream of carrier.streams) stream.answer();
    expect(await Promise.all(calls)).toHaveLength(50);
    expect(dialled).toBeLessThan(10);
  });

  it('leaves those who call a dead cluster with no more load than their own', async () => {
    const { talos, carrier, clock } = fakeClient({ endpoints: three });
    carrier.onStream = (stream) => queueMicrotask(() => stream.fail('unavailable'));
    const offer = async (count: number) => {
      const before = carrier.streams.length;
      for (let call = 0; call < count; call += 1) {
        callUnary(talos.node(`10.0.1.${call % 200}`), read, {}).catch(() => {});
        await clock.advance(10);
      }
      await clock.advance(5000);
      return (carrier.streams.length - before) / count;
    };
    expect(await offer(200)).toBeGreaterThan(2);
    expect(await offer(2000)).toBeLessThanOrEqual(1.1);
  });
});

describe('a call without a connection', () => {
  it('fails at once when no endpoint is due in the time that is left', async () => {
    const { talos, carrier, clock } = fakeClient({ backoff: { firstMs: 60_000, maxMs: 60_000 } });
    carrier.refusing.add(first as string);
    expect(await rejection(callUnary(talos, read, {}))).toMatchObject({
      attempts: 0,
      outcome: 'not-sent',
    });
    expect(clock.now()).toBe(0);
  });

  it('gives up after three seconds, even if an endpoint neither takes nor refuses it', async () => {
    const { talos, carrier, clock } = fakeClient();
    const call = rejection<TalosRpcError>(callUnary(talos, read, {}));
    carrier.silent.add(first as string);
    carrier.latest.lose();
    await clock.advance(2999);
    expect(carrier.connections).toHaveLength(2);
    await clock.advance(1);
    expect(await call).toMatchObject({ status: 'unavailable', outcome: 'unknown', attempts: 1 });
    expect(clock.pending).toBe(0);
  });
});
