import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resourcesMethods, type WatchResponse } from '../../../generated/features/resources.js';
import { watchResources } from '../../../src/cosi/watch/watch.js';
import type { WatchEvent } from '../../../src/cosi/watch/watch-event.js';
import type { WatchOptions } from '../../../src/cosi/watch/watch-options.js';
import type { Init } from '../../../src/runtime/codec.js';
import { isTalosError } from '../../../src/runtime/errors/any-error.js';
import type { TalosStream } from '../../../src/runtime/stream.js';
import type { Target } from '../../../src/runtime/target.js';
import { type SimulatedCluster, simulateCluster } from '../../../testkit/src/cluster/cluster.js';
import type { SimulatedNode } from '../../../testkit/src/cluster/node.js';
import { diagnosticKind } from '../../../testkit/src/topics/cosi/kinds/runtime.js';
import { failureOf } from '../../support/feature-calls.js';
import { quickParts } from '../../support/quick-clock.js';
import { type DiagnosticSpec, diagnostic, put, Replay, remove, stateOf } from './replay.js';

let cluster: SimulatedCluster;
let node: SimulatedNode;
let target: Target;

beforeEach(async () => {
  cluster = await simulateCluster({ workers: 1 });
  node = cluster.node('worker-1');
  target = cluster.client().node(node.address);
});

afterEach(() => cluster.close());

const parts = quickParts();

function watch(options: WatchOptions<DiagnosticSpec> = {}) {
  return watchResources(target, diagnostic, options, parts);
}

/** Has the node answer watches in another way. */
function answer(replies: () => AsyncGenerator<Init<WatchResponse>, void, undefined>): () => void {
  return node.on(resourcesMethods.watch, replies);
}

/** Reads events until one of a type has come, and gives the texts of all. */
async function until(
  stream: TalosStream<WatchEvent<DiagnosticSpec>>,
  type: WatchEvent['type'],
): Promise<string[]> {
  const seen: string[] = [];
  for (;;) {
    const { value, done } = await stream.next();
    if (done === true) throw new Error(`the watch ended after ${seen}`);
    seen.push(words(value));
    if (value.type === type) return seen;
  }
}

function words(event: WatchEvent<DiagnosticSpec>): string {
  switch (event.type) {
    case 'created':
    case 'updated':
      return `${event.type} ${event.resource.metadata.id}`;
    case 'destroyed':
      return `${event.inferred ? 'missing' : event.type} ${event.resource.metadata.id}`;
    case 'relisting':
      return `${event.type} ${event.reason}`;
    default:
      return event.type;
  }
}

describe('a watch', () => {
  it('tells what there is, that this was all, and then what happens', async () => {
    put(node, 'a', 'one');
    put(node, 'b', 'two');
    await using stream = watch();
    expect(await until(stream, 'synced')).toEqual(['created a', 'created b', 'synced']);
    put(node, 'c', 'three');
    expect(await until(stream, 'created')).toEqual(['created c']);
    put(node, 'a', 'other');
    const { value } = await stream.next();
    expect(value).toMatchObject({
      type: 'updated',
      old: { spec: { message: 'one' } },
      resource: { metadata: { id: 'a', version: '2' }, spec: { message: 'other' } },
    });
    remove(node, 'b');
    expect(await until(stream, 'destroyed')).toEqual(['updated b', 'destroyed b']);
  });

  it('goes on where it stood when the connection is lost', async () => {
    put(node, 'a', 'one');
    await using stream = watch();
    await until(stream, 'synced');
    node.machine.dropConnections();
    put(node, 'a', 'while nobody listened');
    expect(await until(stream, 'updated')).toEqual(['disconnected', 'resumed', 'updated a']);
  });

  it('goes on through another endpoint when the one that it went through dies', async () => {
    const own = await simulateCluster({ controlPlanes: 2, workers: 1 });
    const worker = own.node('worker-1');
    await using stream = watchResources(
      own.client().node(worker.address),
      diagnostic,
      {},
      quickParts(),
    );
    await until(stream, 'synced');
    const call = own.journal.of(resourcesMethods.watch)[0];
    own.node(call?.endpoint ?? '').kill();
    put(worker, 'a', 'one');
    expect(await until(stream, 'created')).toEqual(['disconnected', 'resumed', 'created a']);
    await own.close();
  });

  it('takes a normal end for a lost connection', async () => {
    const release = answer(async function* () {
      yield {};
      yield { event: [{ eventType: 'BOOTSTRAPPED', bookmark: new Uint8Array(16) }] };
    });
    await using stream = watch();
    expect(await until(stream, 'disconnected')).toEqual(['synced', 'disconnected']);
    release();
    put(node, 'a', 'one');
    // The bookmark is none of the node's.
    expect(await until(stream, 'created')).toEqual(['relisting history-lost', 'created a']);
  });

  it('tells a reboot, and what is different afterwards', async () => {
    put(node, 'a', 'one');
    put(node, 'b', 'two');
    await using stream = watch();
    await until(stream, 'synced');
    node.kill();
    node.powerOn();
    await node.until(() => node.machine.isApiUp);
    put(node, 'b', 'again');
    put(node, 'c', 'new');
    const seen = await until(stream, 'synced');
    expect(seen.filter((text) => text !== 'disconnected')).toEqual([
      'rebooted',
      'relisting rebooted',
      'missing a',
      'updated b',
      'created c',
      'synced',
    ]);
  });

  it('reads all again when the node no longer has the changes that were missed', async () => {
    for (let index = 0; index < 2000; index++) put(node, 'early', `${index}`);
    await using stream = watch();
    await until(stream, 'synced');
    node.disconnect();
    for (let index = 0; index < 1100; index++) put(node, `id-${index % 3}`, `${index}`);
    remove(node, 'early');
    node.connect();
    const seen = await until(stream, 'synced');
    expect(seen.filter((text) => text !== 'disconnected')).toEqual([
      'relisting history-lost',
      'missing early',
      'created id-0',
      'created id-1',
      'created id-2',
      'synced',
    ]);
  });

  it('reads all again when it was too slow for the node', async () => {
    let calls = 0;
    answer(async function* () {
      calls += 1;
      yield {};
      yield { event: [{ eventType: 'BOOTSTRAPPED', bookmark: new Uint8Array(16) }] };
      if (calls === 1) yield { event: [{ eventType: 'ERRORED', error: 'buffer overrun' }] };
      await new Promise(() => {});
    });
    await using stream = watch();
    expect(await until(stream, 'synced')).toEqual(['synced']);
    // Without a wait: the node is there.
    expect(await until(stream, 'synced')).toEqual(['relisting overrun', 'synced']);
  });

  it('waits before the next try when the node says twice in a row that it was too slow', async () => {
    answer(async function* () {
      yield {};
      yield { event: [{ eventType: 'BOOTSTRAPPED', bookmark: new Uint8Array(16) }] };
      yield { event: [{ eventType: 'ERRORED', error: 'buffer overrun' }] };
      await new Promise(() => {});
    });
    await using stream = watch();
    expect(await until(stream, 'disconnected')).toEqual([
      'synced',
      'relisting overrun',
      'synced',
      'disconnected',
    ]);
  });

  it('does without an empty first reply, and without bookmarks', async () => {
    const metadata = { id: 'a', version: '1', phase: 'running' };
    answer(async function* () {
      yield { event: [{ eventType: 'CREATED', resource: { metadata, spec: { yamlSpec: '{}' } } }] };
      yield { event: [{ eventType: 'BOOTSTRAPPED' }, { eventType: 'BOOTSTRAPPED' }] };
    });
    await using stream = watch();
    expect(await until(stream, 'disconnected')).toEqual(['created a', 'synced', 'disconnected']);
    expect(await until(stream, 'synced')).toEqual(['relisting no-bookmark', 'synced']);
  });

  it('takes the bookmark of the start for the end of the listing where that is left out', async () => {
    answer(async function* () {
      yield {};
      yield { event: [{ eventType: 'NOOP', bookmark: new Uint8Array(16) }] };
      await new Promise(() => {});
    });
    await using stream = watch();
    expect(await until(stream, 'synced')).toEqual(['synced']);
  });

  it('drops what was listed when the listing breaks off, and lists again', async () => {
    put(node, 'a', 'one');
    put(node, 'b', 'two');
    node.drop(resourcesMethods.watch, { when: { replies: 2 }, times: 1 });
    await using stream = watch();
    expect(await until(stream, 'synced')).toEqual([
      'disconnected',
      'created a',
      'created b',
      'synced',
    ]);
  });

  it('of one id tells how it is, that it is not there, and goes on after a loss', async () => {
    put(node, 'b', 'not this one');
    await using stream = watch({ id: 'a' });
    expect(await until(stream, 'synced')).toEqual(['synced']);
    put(node, 'a', 'one');
    expect(await until(stream, 'created')).toEqual(['created a']);
    node.machine.dropConnections();
    put(node, 'a', 'two');
    expect(await until(stream, 'updated')).toEqual(['disconnected', 'resumed', 'updated a']);
  });

  it('of one id that did not change before the loss says nothing twice', async () => {
    put(node, 'a', 'one');
    await using stream = watch({ id: 'a' });
    expect(await until(stream, 'synced')).toEqual(['created a', 'synced']);
    node.machine.dropConnections();
    expect(await until(stream, 'synced')).toEqual([
      'disconnected',
      'relisting no-bookmark',
      'synced',
    ]);
  });

  it('ignores types of events that it does not know', async () => {
    answer(async function* () {
      yield {};
      yield { event: [{ eventType: 'BOOTSTRAPPED', bookmark: new Uint8Array(16) }] };
      yield { event: [{ eventType: 77, resource: { metadata: { id: 'a' } } }] };
    });
    await using stream = watch();
    expect(await until(stream, 'disconnected')).toEqual(['synced', 'disconnected']);
  });
});

describe('a watch of some resources', () => {
  const zoned = (id: string, zone: string) =>
    node.resources.put(diagnosticKind, id, { message: zone, details: [] }, { labels: { zone } });

  it('by labels and ids sees what begins and ceases to fit come and go', async () => {
    zoned('a-1', 'north');
    zoned('a-2', 'south');
    zoned('b-1', 'north');
    await using stream = watch({ labels: { zone: 'north' }, idPattern: '^a-' });
    expect(await until(stream, 'synced')).toEqual(['created a-1', 'synced']);
    zoned('a-2', 'north');
    zoned('a-1', 'south');
    expect(await until(stream, 'destroyed')).toEqual(['created a-2', 'destroyed a-1']);
    node.machine.dropConnections();
    zoned('a-1', 'north');
    expect(await until(stream, 'created')).toEqual(['disconnected', 'resumed', 'created a-1']);
  });

  it('by a function sees the same', async () => {
    put(node, 'a', 'yes');
    put(node, 'b', 'no');
    await using stream = watch({ where: ({ spec }) => spec.message === 'yes' });
    expect(await until(stream, 'synced')).toEqual(['created a', 'synced']);
    put(node, 'b', 'yes');
    put(node, 'a', 'no');
    put(node, 'a', 'no longer');
    remove(node, 'a');
    put(node, 'c', 'yes');
    expect(await until(stream, 'destroyed')).toEqual(['created b', 'destroyed a']);
    expect(await until(stream, 'created')).toEqual(['created c']);
  });

  it('of an id has nothing to filter by', () => {
    const error = thrownBy(() => watch({ id: 'a', idPattern: '^a' }));
    expect(String(error)).toContain('watch: id: with an id there is nothing to filter by');
  });
});

describe('a watch ends', () => {
  it('with the error of a permission that is missing, or of a kind that the node does not know', async () => {
    const kind = { ...diagnostic, type: 'Widgets.example.dev' };
    const stream = watchResources(target, kind, {}, parts);
    expect(await failureOf(stream.next())).toMatchObject({ status: 'unimplemented' });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('at once when its signal is aborted, with the reason', async () => {
    const controller = new AbortController();
    const stream = watch({ signal: controller.signal });
    await until(stream, 'synced');
    const next = stream.next();
    controller.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
    await cluster.journal.waitFor(({ rpc, outcome }) => {
      return rpc.endsWith('/Watch') && outcome === 'cancelled';
    });
  });

  it('at once when its signal is aborted while it waits for the next connection', async () => {
    const controller = new AbortController();
    const clock = quickParts().clock;
    const stuck = { clock: { ...never, now: () => clock.now() }, random: () => 1 };
    const stream = watchResources(target, diagnostic, { signal: controller.signal }, stuck);
    await until(stream, 'synced');
    node.machine.dropConnections();
    await until(stream, 'disconnected');
    const next = stream.next();
    controller.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
  });

  it('when it is left, and cancels the call on the node', async () => {
    for await (const event of watch()) if (event.type === 'synced') break;
    await cluster.journal.waitFor(({ rpc, outcome }) => {
      return rpc.endsWith('/Watch') && outcome === 'cancelled';
    });
  });

  it('with the error of a client that was closed', async () => {
    const client = cluster.client();
    const stream = watchResources(client.node(node.address), diagnostic, {}, parts);
    await until(stream, 'synced');
    await client.close();
    expect(await failureOf(stream.next())).toMatchObject({ code: 'closed' });
  });

  it('without having been started by an aborted signal', async () => {
    const stream = watch({ signal: AbortSignal.abort(new Error('never')) });
    await expect(stream.next()).rejects.toThrow('never');
    expect(cluster.journal.of(resourcesMethods.watch)).toHaveLength(0);
  });
});

const never = { start: () => undefined, stop: () => {} };

describe('a watch needs a named node', () => {
  it('and says why, and what to do', () => {
    const error = thrownBy(() => watchResources(cluster.client(), diagnostic));
    expect(isTalosError(error) && error.code).toBe('config');
    expect(String(error)).toContain('watch needs a named node');
    expect(String(error)).toContain('talos.node(address)');
  });

  it('unless the client talks to a machine in maintenance', async () => {
    const bare = await simulateCluster({ maintenance: true });
    const stream = watchResources(bare.client({ endpoint: 'cp-1' }), diagnostic, {}, parts);
    expect(await until(stream, 'synced')).toEqual(['synced']);
    await stream.return();
    await bare.close();
  });

  it('and is refused options that there are not', () => {
    const error = thrownBy(() => watch({ idd: 'a' } as object));
    expect(String(error)).toContain('watch: idd: there is no such option; did you mean id?');
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('silence', () => {
  it('of a node that is alive is taken as it is', async () => {
    const own = quickParts();
    await using stream = watchResources(target, diagnostic, {}, own);
    await until(stream, 'synced');
    const next = stream.next();
    const asked = () => cluster.journal.of(resourcesMethods.get).length;
    const before = asked();
    own.clock.turn(60_000);
    await cluster.journal.waitFor(() => asked() > before);
    put(node, 'a', 'one');
    expect((await next).value).toMatchObject({ type: 'created' });
  });

  it('of a node that does not answer is a lost connection', async () => {
    const own = quickParts();
    const reconnect = { probeTimeoutMs: 5 };
    await using stream = watchResources(target, diagnostic, { reconnect }, own);
    await until(stream, 'synced');
    const release = node.stall(resourcesMethods.get);
    const next = stream.next();
    own.clock.turn(60_000);
    expect((await next).value).toMatchObject({
      type: 'disconnected',
      error: { status: 'deadline-exceeded' },
    });
    release();
    expect(await until(stream, 'resumed')).toEqual(['resumed']);
  });

  it('in the middle of a listing is a lost connection, although the node is alive', async () => {
    const own = quickParts();
    const release = answer(async function* () {
      yield {};
      await new Promise(() => {});
    });
    await using stream = watchResources(target, diagnostic, {}, own);
    const next = stream.next();
    expect((await own.clock.turnUntil(next, 60_000)).value).toMatchObject({
      type: 'disconnected',
      error: { message: expect.stringContaining('did not say that all resources were told') },
    });
    release();
    expect(await until(stream, 'synced')).toEqual(['synced']);
  });
});

it('what a watch tells amounts to what the node has', async () => {
  put(node, 'a', 'one');
  const replay = new Replay();
  await using stream = watch();
  for await (const event of stream) {
    replay.take(event);
    if (event.type === 'synced') break;
  }
  expect(replay.state).toEqual(stateOf(node));
});
