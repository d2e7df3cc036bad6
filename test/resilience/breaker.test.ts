import { describe, expect, it, onTestFinished } from 'vitest';
import { system, systemMethods } from '../../generated/features/system.js';
import { type BreakerOptions, breaker } from '../../src/resilience/index.js';
import { callServerStream, callUnary } from '../../src/runtime/call.js';
import { createTalosClient } from '../../src/runtime/client.js';
import { type BreakerMessage, subscribe } from '../../src/runtime/diagnostics/index.js';
import type { Outcome } from '../../src/runtime/errors/outcome.js';
import { TalosRpcError } from '../../src/runtime/errors/rpc-error.js';
import type { StatusName } from '../../src/runtime/errors/status.js';
import type { Method } from '../../src/runtime/method.js';
import { route } from '../../src/runtime/target.js';
import { clientOptions, parseTalosconfig } from '../../src/talosconfig/index.js';
import { FakeTransport, readMethod, streamOf } from '../support/fake-transport.js';
import { deferred, rejection } from '../support/lifecycle.js';
import { startCluster } from '../testkit/support.js';

const acting = { ...readMethod, idempotency: 'unsafe' } as typeof readMethod;
const follow = { ...readMethod, kind: 'server-stream' } as unknown as Method<
  'server-stream',
  Record<string, never>,
  string
>;

/** A client whose nodes answer as `answer` says, and a clock to turn. */
function watched(options: BreakerOptions = {}) {
  const events: string[] = [];
  const times: (number | undefined)[] = [];
  const state = { now: 0, answer: (): unknown => ({ value: 'up' }) };
  const messages: BreakerMessage[] = [];
  const nodes = breaker({ now: () => state.now, random: () => 0.5, ...options });
  const transport = new FakeTransport(() => state.answer(), ['a:50000', 'b:50000']);
  const watching = subscribe({
    breaker(message) {
      messages.push(message);
      events.push(`${message.node} ${message.state}`);
      if (message.forMs !== undefined) times.push(message.forMs);
    },
  });
  onTestFinished(() => watching.stop());
  const talos = createTalosClient({ transport, use: [nodes] });
  const fail = (status: StatusName = 'unavailable', outcome: Outcome = 'unknown') => {
    state.answer = () => {
      throw new TalosRpcError(`it is ${status}`, { status, outcome, rpc: 'test.Service/Read' });
    };
  };
  const down = talos.node('10.0.0.2');
  const failing = async (count: number) => {
    for (let call = 0; call < count; call += 1) await rejection(callUnary(down, readMethod, {}));
  };
  return { state, events, times, messages, nodes, transport, talos, fail, down, failing };
}

describe('the breaker of a node', () => {
  it('opens after some failures in a row, and then refuses calls with the last one', async () => {
    const { events, times, transport, fail, down, failing, nodes, talos } = watched();
    fail();
    await failing(5);
    expect(events).toEqual(['10.0.0.2 open']);
    expect(times).toEqual([5000]);
    const error = await rejection<TalosRpcError>(callUnary(down, readMethod, {}));
    expect(error).toBeInstanceOf(TalosRpcError);
    expect(error).toMatchObject({ status: 'unavailable', outcome: 'not-sent', node: '10.0.0.2' });
    expect(error.reason).toBe(
      'calls to the node are refused for 5000 ms more, after: it is unavailable',
    );
    expect(error.cause).toMatchObject({ reason: 'it is unavailable', outcome: 'unknown' });
    expect(transport.calls).toHaveLength(5);
    expect(nodes.state('10.0.0.2')).toBe('open');
    // It is that of this node alone.
    await rejection(callUnary(talos.node('10.0.0.3'), readMethod, {}));
    await rejection(callUnary(talos, readMethod, {}));
    expect(transport.calls).toHaveLength(7);
    expect(nodes.state('10.0.0.3')).toBe('closed');
  });

  it('lets one read through after a while, never a call that acts, and closes by its answer', async () => {
    const { state, events, transport, fail, down, failing } = watched();
    fail();
    await failing(5);
    state.now = 5000;
    expect(await rejection(callUnary(down, acting, {}))).toMatchObject({ outcome: 'not-sent' });
    expect(transport.calls).toHaveLength(5);
    const answer = deferred<unknown>();
    state.answer = () => answer.promise;
    const first = callUnary(down, readMethod, {});
    expect(events.at(-1)).toBe('10.0.0.2 half-open');
    expect(await rejection(callUnary(down, readMethod, {}))).toMatchObject({
      reason: expect.stringContaining('until a call that reads finds that the node answers'),
    });
    answer.resolve({ value: 'up' });
    expect(await first).toEqual({ value: 'up' });
    expect(events.at(-1)).toBe('10.0.0.2 closed');
    await callUnary(down, acting, {});
    expect(transport.calls).toHaveLength(7);
  });

  it('opens for longer each time that read fails, up to a limit', async () => {
    const { state, times, fail, failing } = watched({ failures: 1, firstMs: 100, maxMs: 300 });
    fail();
    for (let round = 0; round < 4; round += 1) {
      await failing(1);
      state.now += 1000;
    }
    expect(times).toEqual([100, 200, 300, 300]);
  });

  it('lets another read try when the first one says nothing of the node', async () => {
    const { state, fail, down, failing, nodes } = watched({ failures: 1 });
    fail();
    await failing(1);
    state.now = 5000;
    state.answer = () => Promise.reject(new Error('aborted by its caller'));
    await failing(1);
    expect(nodes.state('10.0.0.2')).toBe('half-open');
    state.answer = () => ({ value: 'up' });
    expect(await callUnary(down, readMethod, {})).toEqual({ value: 'up' });
  });

  it.each([
    ['an answer that refuses', 'not-found', 'answered'],
    ['no endpoint', 'unavailable', 'not-sent'],
    ['a call that was cancelled', 'cancelled', 'unknown'],
  ] as const)('does not open by %s', async (_, status, outcome) => {
    const { events, fail, failing } = watched();
    fail(status, outcome);
    await failing(20);
    expect(events).toEqual([]);
  });

  it('counts failures in a row only', async () => {
    const { state, events, fail, down, failing } = watched({ failures: 2 });
    for (let round = 0; round < 3; round += 1) {
      fail();
      await failing(1);
      state.answer = () => ({ value: 'up' });
      await callUnary(down, readMethod, {});
    }
    expect(events).toEqual([]);
  });

  it('takes the first reply of a stream for an answer', async () => {
    const { state, events, fail, down, failing } = watched({ failures: 1 });
    fail();
    await failing(1);
    state.now = 5000;
    state.answer = () => streamOf(['one', 'two']).stream;
    const stream = callServerStream(down, follow, {});
    await stream.next();
    expect(events.at(-1)).toBe('10.0.0.2 closed');
    stream.cancel();
  });

  it('tells of its changes on a channel, with the client and the failure', async () => {
    const { state, fail, failing, messages, transport, talos } = watched({ failures: 1 });
    fail();
    await failing(1);
    state.now = 5000;
    state.answer = () => ({ value: 'up' });
    await callUnary(talos.node('10.0.0.2'), readMethod, {});
    const error = expect.objectContaining({ reason: 'it is unavailable' });
    const node = '10.0.0.2';
    expect(messages).toMatchObject([
      { node, state: 'open', forMs: 5000, error },
      { node, state: 'half-open', forMs: undefined, error },
      { node, state: 'closed', forMs: undefined, error: undefined },
    ]);
    const [first] = messages;
    expect(new Set(messages.map(({ client }) => client)).size).toBe(1);
    expect(first?.client).toMatchObject({ name: undefined, endpoints: transport.endpoints });
  });

  it('is that of the client whose call failed, by its name', async () => {
    const cluster = await startCluster({ transport: 'tls' });
    const { address } = cluster.node('cp-1');
    cluster.node('cp-1').fail(systemMethods.version, 'unavailable');
    const connecting = clientOptions(parseTalosconfig(cluster.talosconfig).context());
    const seen: string[] = [];
    const note = ({ client, state }: BreakerMessage) => void seen.push(`${client.name} ${state}`);
    const watching = subscribe({ breaker: note }, { only: ({ name }) => name === 'mine' });
    onTestFinished(() => watching.stop());
    for (const name of ['mine', 'other']) {
      const nodes = breaker({ failures: 1 });
      const options = { ...connecting, name, use: [nodes], retry: false } as const;
      await using talos = createTalosClient(options);
      await rejection(system(talos.node(address)).version());
      expect(nodes.state(address)).toBe('open');
    }
    expect(seen).toEqual(['mine open']);
  });

  it.each([
    [{ failures: 0 }, 'breaker: failures must be a whole number from 1, not 0'],
    [{ firstMs: 0 }, 'breaker: firstMs must be a number of milliseconds above 0, not 0'],
    [{ maxMs: 1 }, 'breaker: maxMs must be at least firstMs, not 1'],
    [{ failure: 1 }, 'breaker: failure: there is no such option; did you mean failures?'],
  ])('refuses options that make no sense: %j', (options, message) => {
    expect(() => breaker(options as BreakerOptions)).toThrow(message);
  });
});

it('a simulated node that is down is refused, and found when it is back', async () => {
  const cluster = await startCluster({ workers: 1 });
  const worker = cluster.node('worker-1');
  const { transport } = cluster.client({ retry: false })[route]();
  let now = 0;
  const use = [breaker({ failures: 2, now: () => now })];
  const talos = createTalosClient({ transport, use, retry: false });
  const version = () => system(talos.node(worker.address)).version();
  const release = worker.fail(systemMethods.version, 'unavailable');
  for (let call = 0; call < 4; call += 1) await rejection(version());
  expect(cluster.journal.of(systemMethods.version)).toHaveLength(2);
  release();
  now = 60_000;
  expect((await version()).version?.tag).toBe('v1.14.0');
});
