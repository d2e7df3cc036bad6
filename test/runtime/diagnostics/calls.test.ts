import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { events } from '../../../generated/features/events.js';
import { files } from '../../../generated/features/files.js';
import { logs } from '../../../generated/features/logs.js';
import { services } from '../../../generated/features/services.js';
import { system, systemMethods } from '../../../generated/features/system.js';
import { callAggregated } from '../../../src/runtime/aggregate.js';
import type { CallMessage } from '../../../src/runtime/diagnostics/index.js';
import { runWithin } from '../../../src/runtime/diagnostics/within.js';
import { collect } from '../../../src/runtime/streams/collect.js';
import { ManualClock } from '../../../testkit/src/index.js';
import { Recorder } from '../../support/diagnostics.js';
import { failure, startCluster, transports } from '../../testkit/support.js';

const started = ['start', 'end'];

describe.each(transports)('the channel of calls, over %s', (transport) => {
  async function connected() {
    const cluster = await startCluster({ workers: 1, transport });
    const talos = cluster.client();
    return { cluster, talos, worker: talos.node(cluster.node('worker-1').address) };
  }

  it('has one object for all events of a call, which grows until the end', async () => {
    const { talos, worker } = await connected();
    const recorder = new Recorder('call');
    await system(worker).version();
    expect(recorder.events).toEqual([...started, 'asyncStart', 'asyncEnd']);
    expect(new Set(recorder.seen.map(({ message }) => message)).size).toBe(1);
    expect(recorder.seen[0]?.copy).toMatchObject({
      rpc: 'machine.MachineService/Version',
      kind: 'unary',
      idempotency: 'read',
      follows: false,
      node: worker.address,
      nodes: undefined,
      cluster: undefined,
      timeoutMs: 30_000,
      attempts: 0,
      endpoint: undefined,
      status: undefined,
      durationMs: undefined,
    });
    const [call] = recorder.calls;
    expect(call).toMatchObject({
      status: 'ok',
      outcome: undefined,
      error: undefined,
      reason: undefined,
      attempts: 1,
      endpoint: talos.endpoints[0],
      // An empty request, and a reply.
      sent: { messages: 1, bytes: 0 },
      received: { messages: 1, bytes: expect.toSatisfy((bytes: number) => bytes > 20) },
    });
    expect(call?.client.endpoints).toEqual(talos.endpoints);
    expect(call?.client.certificate).toEqual(talos.certificate);
  });

  it('says how a call failed, and keeps the words of the node to the error', async () => {
    const { cluster, worker } = await connected();
    cluster.node('worker-1').fail(systemMethods.version, 'permission-denied', {
      message: 'by the node',
    });
    const recorder = new Recorder('call');
    const error = await failure(system(worker).version());
    expect(recorder.events).toEqual([...started, 'error', 'asyncStart', 'asyncEnd']);
    expect(recorder.seen[2]?.copy).toMatchObject({ status: 'permission-denied', error });
    const [call] = recorder.calls;
    expect(call).toMatchObject({ outcome: 'answered', reason: undefined });
    expect(call?.error).toBe(error);
    expect(error.message).toContain('by the node');
  });

  it('says in own words why a node was not reached', async () => {
    const { cluster, talos } = await connected();
    cluster.node('cp-1').refuse();
    const recorder = new Recorder('call');
    const error = await failure(system(talos).version());
    const [call] = recorder.calls;
    expect(call).toMatchObject({ attempts: 0, endpoint: undefined, outcome: 'not-sent' });
    expect(error.message).toContain(call?.reason);
    expect(call?.reason).toMatch(/ECONNREFUSED|ECONNRESET/);
  });

  it('keeps the order of events for a call that is refused at once', async () => {
    const { talos } = await connected();
    await talos.close();
    const recorder = new Recorder('call');
    const error = await failure(system(talos).version());
    expect(recorder.events).toEqual([...started, 'error', 'asyncStart', 'asyncEnd']);
    expect(recorder.calls[0]).toMatchObject({ status: undefined, error, attempts: 0 });
    expect(recorder.calls[0]?.reason).toBe(error.message);
  });

  it('a call that its caller ends is cancelled, and what the caller said is the error alone', async () => {
    const { cluster, worker } = await connected();
    cluster.node('worker-1').stall(systemMethods.version);
    const recorder = new Recorder('call');
    const controller = new AbortController();
    const call = system(worker).version({}, { signal: controller.signal });
    const reason = new Error('my own business');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(recorder.calls[0]).toMatchObject({ status: 'cancelled', reason: undefined });
    expect(recorder.calls[0]?.error).toBe(reason);
  });

  it('answers with the first reply of a stream, and ends with its end', async () => {
    const { worker } = await connected();
    const recorder = new Recorder('call');
    let items = 0;
    for await (const _ of files(worker).list({ root: '/etc' })) {
      if (items === 0) expect(recorder.events).toContain('asyncStart');
      items += 1;
    }
    expect(recorder.events).toEqual([...started, 'asyncStart', 'asyncEnd']);
    expect(recorder.calls[0]).toMatchObject({
      kind: 'server-stream',
      status: 'ok',
      follows: false,
      sent: { messages: 1, bytes: 6 },
      received: { messages: items },
    });
  });

  it('begins the call of a stream with its first reader, not before', async () => {
    const { worker } = await connected();
    const recorder = new Recorder('call');
    const stream = files(worker).list({ root: '/etc' });
    expect(recorder.events).toEqual([]);
    await stream.next();
    expect(recorder.events).toEqual([...started, 'asyncStart']);
    stream.cancel();
  });

  it('a stream that is left is cancelled without an error, and knows that it followed', async () => {
    const { worker } = await connected();
    const recorder = new Recorder('call');
    for await (const _ of events(worker).watch({ tailEvents: -1 })) break;
    expect(recorder.events).toEqual([...started, 'asyncStart', 'asyncEnd']);
    expect(recorder.calls[0]).toMatchObject({
      status: 'cancelled',
      error: undefined,
      follows: true,
    });
  });

  it('a failure inside a reply is the failure of the call', async () => {
    const { talos } = await connected();
    const recorder = new Recorder('call');
    const log = logs(talos).logs({ namespace: 'system', id: 'nothing', tailLines: 1 });
    const error = await failure(collect(log));
    expect(recorder.calls[0]).toMatchObject({ error, reason: undefined, follows: false });
    expect(recorder.calls[0]?.status).not.toBe('ok');
  });
});

it.each([
  ['dmesg that follows', true, { follow: true }],
  ['dmesg that does not', false, {}],
] as const)('knows a %s', async (_, follows, request) => {
  const cluster = await startCluster({});
  const recorder = new Recorder('call');
  for await (const __ of logs(cluster.client()).dmesg(request)) break;
  expect(recorder.calls[0]?.follows).toBe(follows);
});

it('an unreadable reply fails the call, in own words', async () => {
  const cluster = await startCluster({});
  cluster.node('cp-1').truncate(systemMethods.version);
  const recorder = new Recorder('call');
  const error = await failure(system(cluster.client()).version());
  expect(recorder.calls[0]?.error).toBe(error);
  expect(recorder.calls[0]?.status).not.toBe('ok');
});

it('names the nodes of a call for many, and not one node', async () => {
  const cluster = await startCluster({ workers: 1 });
  const recorder = new Recorder('call');
  const nodes = cluster.nodes.map(({ address }) => address);
  await callAggregated(cluster.client(), systemMethods.version, {}, { nodes });
  expect(recorder.calls[0]).toMatchObject({ node: undefined, nodes });
});

it('times are those of the client, begin to end', async () => {
  const clock = new ManualClock();
  const cluster = await startCluster({ clock });
  cluster.node('cp-1').delay(systemMethods.version, 1500);
  const recorder = new Recorder('call', 'attempt');
  const reply = system(cluster.client()).version();
  const at = clock.now();
  await clock.advance(1500);
  await reply;
  expect(recorder.calls[0]).toMatchObject({
    startedAtMs: at,
    answeredAfterMs: 1500,
    durationMs: 1500,
  });
  expect(recorder.attempts.at(-1)).toMatchObject({ startedAtMs: at, durationMs: 1500 });
});

it('subscribers of start may bind a store to the begin of the call', async () => {
  const store = new AsyncLocalStorage<string>();
  const { start } = tracingChannel('talos-client:call');
  start.bindStore(store, (message) => (message as CallMessage).rpc);
  onTestFinished(() => void start.unbindStore(store));
  const cluster = await startCluster({});
  const seen: unknown[] = [];
  const talos = cluster.client();
  const note = () => void seen.push(store.getStore());
  await system(talos).version({}, { onHeaders: note });
  seen.push(store.getStore());
  expect(seen).toEqual(['machine.MachineService/Version', undefined]);
});

it('says which step of a flow makes a call, also when it goes on later', async () => {
  const cluster = await startCluster({});
  const talos = cluster.client();
  const recorder = new Recorder('call');
  await system(talos).version();
  await runWithin({ flow: 'roll/berlin', step: 'gate' }, async () => {
    await system(talos).version();
    await system(talos).hostname();
  });
  await system(talos).version();
  const step = { flow: 'roll/berlin', step: 'gate' };
  expect(recorder.calls.map(({ within }) => within)).toEqual([undefined, step, step, undefined]);
});

describe('metadata that subscribers add', () => {
  function add(metadata: Readonly<Record<string, string>>) {
    const problems: unknown[] = [];
    const { start } = tracingChannel('talos-client:call');
    const listener = (message: unknown) => {
      try {
        (message as CallMessage).addMetadata(metadata);
      } catch (error) {
        problems.push(error);
      }
    };
    start.subscribe(listener);
    onTestFinished(() => void start.unsubscribe(listener));
    return problems;
  }

  it('goes with every attempt', async () => {
    const cluster = await startCluster({});
    const problems = add({ traceparent: '00-1' });
    const seen: unknown[] = [];
    cluster.node('cp-1').on(systemMethods.hostname, ({ metadata }) => {
      seen.push(metadata.get('traceparent'));
      return { hostname: 'cp-1' };
    });
    cluster.node('cp-1').drop(systemMethods.hostname, { times: 1 });
    await system(cluster.client()).hostname();
    expect(seen).toEqual([['00-1'], ['00-1']]);
    expect(problems).toEqual([]);
  });

  it.each([
    ['runtime', 'other', 'the call has runtime already'],
    ['Trace Parent', '00', 'cannot be a metadata name'],
    ['traceparent', 'ü', 'must be printable ASCII'],
  ])('cannot be %s: %s', async (name, value, problem) => {
    const cluster = await startCluster({});
    const problems = add({ [name]: value });
    await services(cluster.client()).list();
    expect(problems).toEqual([
      expect.objectContaining({ code: 'config', message: expect.stringContaining(problem) }),
    ]);
  });
});
