import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  resourcesMethods,
  type WatchRequest,
  type WatchResponse,
} from '../../../generated/features/resources.js';
import type { StoreEvent } from '../../../src/cosi/store/changes.js';
import { type ResourceStore, storeOf } from '../../../src/cosi/store/resource-store.js';
import { waitForResource } from '../../../src/cosi/store/wait-for.js';
import type { TalosClient } from '../../../src/runtime/client.js';
import type { TalosStream } from '../../../src/runtime/stream.js';
import type { Target } from '../../../src/runtime/target.js';
import type { Handler } from '../../../testkit/src/base/calls/rpc.js';
import { type SimulatedCluster, simulateCluster } from '../../../testkit/src/cluster/cluster.js';
import type { SimulatedNode } from '../../../testkit/src/cluster/node.js';
import { failureOf } from '../../support/feature-calls.js';
import { rejection } from '../../support/lifecycle.js';
import { quickParts } from '../../support/quick-clock.js';
import { untilCall } from '../../support/until-call.js';
import { type DiagnosticSpec, diagnostic, put, remove } from '../watch/replay.js';

let cluster: SimulatedCluster;
let node: SimulatedNode;
let client: TalosClient;
let target: Target;

beforeEach(async () => {
  cluster = await simulateCluster({ workers: 1 });
  node = cluster.node('worker-1');
  client = cluster.client();
  target = client.node(node.address);
});

afterEach(() => cluster.close());

const parts = quickParts();

function open(): ResourceStore<DiagnosticSpec> {
  return storeOf(target, diagnostic, {}, parts);
}

const messages = (store: ResourceStore<DiagnosticSpec>) =>
  store.list().map(({ metadata, spec }) => `${metadata.id} ${spec.message}`);

/** Reads changes until one of a type has come. */
async function until(
  changes: TalosStream<StoreEvent<DiagnosticSpec>>,
  type: StoreEvent['type'],
): Promise<StoreEvent<DiagnosticSpec>> {
  for (;;) {
    const { value } = await changes.next();
    if (value === undefined) throw new Error(`the changes ended before ${type}`);
    if (value.type === type) return value;
  }
}

describe('a store', () => {
  it('holds what the node has once it is ready, and what the node has then', async () => {
    put(node, 'b', 'two');
    put(node, 'a', 'one');
    await using store = open();
    expect(store.stale).toBe(true);
    expect(store.size).toBe(0);
    await store.ready;
    expect(store.stale).toBe(false);
    expect(messages(store)).toEqual(['a one', 'b two']);
    expect(store.get('a')?.spec.message).toBe('one');
    expect([store.has('b'), store.has('c'), store.size]).toEqual([true, false, 2]);
    const changes = store.changes();
    put(node, 'a', 'other');
    await until(changes, 'updated');
    expect([...store].map(({ spec }) => spec.message)).toEqual(['other', 'two']);
    remove(node, 'b');
    await until(changes, 'destroyed');
    expect(messages(store)).toEqual(['a other']);
  });

  it('is stale while the connection is lost, keeps what it had, and is current when it is back', async () => {
    put(node, 'a', 'one');
    await using store = open();
    await store.ready;
    const changes = store.changes();
    node.disconnect();
    await until(changes, 'disconnected');
    expect(store.stale).toBe(true);
    expect(messages(store)).toEqual(['a one']);
    put(node, 'a', 'meanwhile');
    node.connect();
    await until(changes, 'updated');
    expect(store.stale).toBe(false);
    expect(messages(store)).toEqual(['a meanwhile']);
  });

  it('shows the old contents until a new listing is complete, and never a mixture', async () => {
    for (const id of ['a', 'b', 'c']) put(node, id, 'before');
    await using store = open();
    await store.ready;
    const changes = store.changes();
    node.kill();
    node.powerOn();
    await node.until(() => node.machine.isApiUp);
    for (const id of ['b', 'c', 'd']) put(node, id, 'after');
    let event = await until(changes, 'relisting');
    expect(store.stale).toBe(true);
    while (event.type !== 'synced') {
      // What is told is in the store already, all of it.
      const isOld = messages(store).every((text) => text.endsWith('before'));
      expect(messages(store)).toEqual(
        isOld ? ['a before', 'b before', 'c before'] : ['b after', 'c after', 'd after'],
      );
      event = (await changes.next()).value as StoreEvent<DiagnosticSpec>;
    }
    expect(store.stale).toBe(false);
    expect(messages(store)).toEqual(['b after', 'c after', 'd after']);
  });

  it('is stale from an overrun on, although the connection holds, until all was read again', async () => {
    let calls = 0;
    let overrun: () => void = () => {};
    const overruns = new Promise<void>((resolve) => {
      overrun = resolve;
    });
    const release = node.on(resourcesMethods.watch, async function* () {
      calls += 1;
      yield {};
      if (calls > 1) await new Promise(() => {});
      yield { event: [{ eventType: 'BOOTSTRAPPED' as const, bookmark: new Uint8Array(16) }] };
      await overruns;
      yield { event: [{ eventType: 'ERRORED' as const, error: 'buffer overrun' }] };
    } as Handler<'server-stream', WatchRequest, WatchResponse>);
    await using store = open();
    await store.ready;
    expect(store.stale).toBe(false);
    const changes = store.changes();
    overrun();
    expect(await until(changes, 'relisting')).toMatchObject({ reason: 'overrun' });
    expect(store.stale).toBe(true);
    release();
  });

  it('watches a kind of a node once, however many read it, until the last one is closed', async () => {
    const stores = [open(), open(), storeOf(client.node(node.address), diagnostic, {}, parts)];
    for (const store of stores) await store.ready;
    const calls = () => cluster.journal.of(resourcesMethods.watch);
    expect(calls()).toHaveLength(1);
    for (const store of stores.slice(1)) store.close();
    const [first] = stores;
    put(node, 'a', 'one');
    await first?.waitFor('a', (resource) => resource !== undefined);
    expect(calls().map(({ outcome }) => outcome)).toEqual([undefined]);
    first?.close();
    first?.close();
    await cluster.journal.waitFor(() => calls()[0]?.outcome === 'cancelled');
    await using again = open();
    await again.ready;
    expect(calls()).toHaveLength(2);
  });

  it('of another node, kind or id is another one', async () => {
    await using store = open();
    await using single = storeOf(target, diagnostic, { id: 'a' }, parts);
    await using other = storeOf(client.node('10.5.0.2'), diagnostic, {}, parts);
    await Promise.all([store.ready, single.ready, other.ready]);
    put(node, 'a', 'one');
    put(node, 'b', 'two');
    await store.waitFor('b', (resource) => resource !== undefined);
    await single.waitFor('a', (resource) => resource !== undefined);
    expect([store.size, single.size, other.size]).toEqual([2, 1, 0]);
  });

  it('is not held up by a reader that does not read, who learns that there was more', async () => {
    await using store = open();
    await store.ready;
    const changes = store.changes({ limit: 10 });
    for (let index = 0; index < 30; index++) put(node, `id-${index}`, 'one');
    await store.waitFor('id-29', (resource) => resource !== undefined);
    expect((await changes.next()).value).toEqual({ type: 'missed' });
    expect(store.size).toBe(30);
    put(node, 'last', 'one');
    expect((await changes.next()).value).toMatchObject({ type: 'created' });
  });

  it('ends with the error of a permission that is missing', async () => {
    const kind = { ...diagnostic, type: 'Widgets.example.dev' };
    await using store = storeOf(target, kind, {}, parts);
    const changes = store.changes();
    await expect(store.ready).rejects.toMatchObject({ status: 'unimplemented' });
    expect(store.error).toMatchObject({ status: 'unimplemented' });
    expect(await failureOf(changes.next())).toMatchObject({ status: 'unimplemented' });
    const wait = store.waitFor('a', () => true);
    expect(await failureOf(wait)).toMatchObject({ status: 'unimplemented' });
    // The next one tries again.
    await using next = storeOf(target, kind, {}, parts);
    await expect(next.ready).rejects.toMatchObject({ status: 'unimplemented' });
    expect(cluster.journal.of(resourcesMethods.watch)).toHaveLength(2);
  });

  it('that is closed ends those who wait, and keeps what it had', async () => {
    put(node, 'a', 'one');
    const store = open();
    await store.ready;
    const changes = store.changes().next();
    const wait = store.waitFor('a', () => false);
    store.close();
    expect(await failureOf(changes)).toMatchObject({ message: expect.stringContaining('closed') });
    expect(await failureOf(wait)).toMatchObject({ message: expect.stringContaining('closed') });
    expect(store.stale).toBe(true);
    expect(messages(store)).toEqual(['a one']);
  });

  it('needs a named node', () => {
    expect(() => storeOf(client, diagnostic)).toThrow('store needs a named node');
  });

  it('takes no signal, and says so', () => {
    const options = { signal: new AbortController().signal } as object;
    expect(() => storeOf(target, diagnostic, options)).toThrow('store: signal: there is no such');
  });
});

describe('waitFor', () => {
  it('gives the resource once it is as it should be, across a reboot', async () => {
    put(node, 'a', 'one');
    const wait = waitForResource(
      target,
      diagnostic,
      'a',
      (resource) => resource?.spec.message === 'three',
      {},
      parts,
    );
    await untilCall(cluster, ({ rpc, replies }) => rpc.endsWith('/Watch') && replies > 1);
    put(node, 'a', 'two');
    node.kill();
    node.powerOn();
    await node.until(() => node.machine.isApiUp);
    put(node, 'a', 'three');
    expect((await wait)?.spec.message).toBe('three');
    await cluster.journal.waitFor(({ rpc, outcome }) => {
      return rpc.endsWith('/Watch') && outcome === 'cancelled';
    });
  });

  it('waits for a resource to go', async () => {
    put(node, 'a', 'one');
    await using store = open();
    await store.ready;
    const wait = store.waitFor('a', (resource) => resource === undefined);
    remove(node, 'a');
    expect(await wait).toBeUndefined();
  });

  it('does not ask while the store is stale: the node may be different', async () => {
    put(node, 'a', 'one');
    await using store = open();
    await store.ready;
    const changes = store.changes();
    node.disconnect();
    await until(changes, 'disconnected');
    const asked: (string | undefined)[] = [];
    const wait = store.waitFor('a', (resource) => {
      asked.push(resource?.spec.message);
      return resource?.spec.message === 'two';
    });
    put(node, 'a', 'two');
    node.connect();
    await wait;
    expect(asked.at(-1)).toBe('two');
  });

  it('gives up after its time, and says how the resource was', async () => {
    put(node, 'a', 'one');
    const own = quickParts();
    const wait = waitForResource(target, diagnostic, 'a', () => false, { timeoutMs: 70_000 }, own);
    wait.catch(() => {});
    await untilCall(cluster, ({ rpc, replies }) => rpc.endsWith('/Watch') && replies > 1);
    expect(await failureOf(own.clock.turnUntil(wait, 70_000))).toMatchObject({
      status: 'deadline-exceeded',
      node: node.address,
      message: expect.stringContaining('Diagnostics.runtime.talos.dev a was not as'),
    });
  });

  it('gives up with the reason of its signal, and with what the predicate throws', async () => {
    const reason = new Error('enough');
    const wait = waitForResource(
      target,
      diagnostic,
      'a',
      () => {
        throw reason;
      },
      {},
      parts,
    );
    await expect(wait).rejects.toBe(reason);
    const controller = new AbortController();
    const other = waitForResource(
      target,
      diagnostic,
      'a',
      () => false,
      { signal: controller.signal },
      parts,
    );
    controller.abort(reason);
    await expect(other).rejects.toBe(reason);
  });

  it('leaves nothing behind that goes on when it is over before it begins', async () => {
    const own = quickParts();
    const store = storeOf(target, diagnostic, {}, own);
    await using other = storeOf(target, diagnostic, {}, own);
    await Promise.all([store.ready, other.ready]);
    const changes = other.changes();
    const asked: unknown[] = [];
    const overAtOnce = async (signal?: AbortSignal) => {
      const before = own.clock.pending;
      const options = { signal, timeoutMs: 3_600_000 };
      const wait = rejection(store.waitFor('a', (resource) => asked.push(resource) < 0, options));
      expect(own.clock.pending - before).toBe(0);
      return wait;
    };
    const reason = new Error('enough');
    expect(await overAtOnce(AbortSignal.abort(reason))).toBe(reason);
    store.close();
    expect(await overAtOnce()).toMatchObject({ message: expect.stringContaining('closed') });
    put(node, 'a', 'one');
    await until(changes, 'created');
    expect(asked).toEqual([]);
  });

  it('refuses what is no id, no predicate and no time', async () => {
    const from = (id: unknown, predicate: unknown, options: object = {}) =>
      failureOf(waitForResource(target, diagnostic, id as string, predicate as never, options));
    expect(await from(undefined, () => true)).toMatchObject({ code: 'config', field: 'id' });
    expect(await from('a', 'running')).toMatchObject({ code: 'config', field: 'predicate' });
    expect(await from('a', () => true, { timeoutMs: -1 })).toMatchObject({ field: 'timeoutMs' });
  });
});
