import type { SimulatedNode } from 'talos-client-testkit';
import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { lifecycle } from '../../generated/features/lifecycle.js';
import {
  type ListOptions,
  type ResourcesMethods,
  resources,
  resourcesMethods,
  type WatchResponse,
} from '../../generated/features/resources.js';
import type { CallOptions } from '../../src/runtime/call-options.js';
import type { Init } from '../../src/runtime/codec.js';
import { rpcName } from '../../src/runtime/method.js';
import type { TalosStream } from '../../src/runtime/stream.js';
import { collect } from '../../src/runtime/streams/collect.js';
import type { Target } from '../../src/runtime/target.js';
import { diagnosticKind } from '../../testkit/src/topics/cosi/kinds/runtime.js';
import { recordCoverage } from '../support/coverage.js';
import {
  expectCancelled,
  expectDeadline,
  expectRefused,
  failureOf,
  tlsCluster,
} from '../support/feature-calls.js';

const covered = recordCoverage();
const members = { namespace: 'cluster', type: 'Members.cluster.talos.dev' } as const;
const diagnostics = { namespace: 'runtime', type: 'Diagnostics.runtime.talos.dev' } as const;
const WORKER = '10.5.0.3';

let cluster: SimulatedCluster;
let node: SimulatedNode;
let target: Target;

beforeAll(async () => {
  cluster = covered(await simulateCluster({ workers: 1, transport: 'tls' }));
  node = cluster.node('worker-1');
  target = cluster.client().node(WORKER);
});

beforeEach(() => {
  const left = node.resources.collection(diagnostics.namespace, diagnostics.type).list();
  for (const { metadata } of left) node.resources.remove(diagnosticKind, metadata.id);
});

afterAll(() => cluster.close());

/** Writes a diagnostic of the node. */
function put(id: string, message: string, labels: Readonly<Record<string, string>> = {}): void {
  node.resources.put(diagnosticKind, id, { message, details: [] }, { labels });
}

async function ids(
  kind: { readonly namespace: string; readonly type: string },
  options: Init<ListOptions> = {},
): Promise<(string | undefined)[]> {
  const list = await collect(resources(target).list({ ...kind, options }));
  return list.map(({ resource }) => resource?.metadata?.id);
}

/** Events of the next response, as texts such as `CREATED a`. */
async function nextEvents(watch: TalosStream<WatchResponse>): Promise<string[] | undefined> {
  const { value } = await watch.next();
  return value?.event.map(({ eventType, resource }) =>
    `${eventType} ${resource?.metadata?.id ?? ''}`.trim(),
  );
}

const pointer = { ...members, id: 'worker-1' };
const written = {
  metadata: { ...pointer, version: '1', phase: 'running' },
  spec: { yamlSpec: 'nodeId: mine\n' },
};

/** Makes a call of the method and waits for its first reply. */
async function call(of: Target, name: keyof ResourcesMethods, options?: CallOptions) {
  const client = resources(of);
  switch (name) {
    case 'get':
      return client.get(pointer, options);
    case 'list':
      return client.list(members, options).next();
    case 'watch':
      return client.watch({ ...members, apiVersion: 1 }, options).next();
    case 'create':
      return client.create({ resource: written }, options);
    case 'update':
      return client.update({ newResource: written }, options);
    default:
      return client[name](pointer, options);
  }
}

const names = Object.keys(resourcesMethods) as readonly (keyof ResourcesMethods)[];

describe.each(names)('%s', (name) => {
  it('is refused to a role that only writes META', async () => {
    const writer = cluster.client({ role: 'os:meta:writer' }).node(WORKER);
    await expectRefused(call(writer, name));
  });

  it('ends at the deadline of the caller', async () => {
    await expectDeadline(node, resourcesMethods[name], (options) => call(target, name, options));
  });

  it('ends when the caller gives up', async () => {
    await expectCancelled(node, resourcesMethods[name], (options) => call(target, name, options));
  });

  it('fails with the status that the node gives', async () => {
    const release = node.fail(resourcesMethods[name], 'unavailable', { message: 'shutting down' });
    expect(await failureOf(call(target, name))).toMatchObject({
      status: 'unavailable',
      node: WORKER,
      reason: 'shutting down',
    });
    release();
  });
});

describe('get', () => {
  it('gives a resource with its metadata, in YAML and in protobuf', async () => {
    const { resource } = await resources(target).get(pointer);
    expect(resource?.metadata).toMatchObject({
      ...pointer,
      version: '1',
      phase: 'running',
      owner: 'cluster.MemberController',
    });
    expect(parse(resource?.spec?.yamlSpec ?? '')).toMatchObject({
      hostname: 'worker-1',
      machineType: 'worker',
      addresses: [WORKER],
    });
    expect(resource?.spec?.protoSpec.length).toBeGreaterThan(0);
  });

  it('finds nothing under an id that nobody has', async () => {
    const error = await failureOf(resources(target).get({ ...members, id: 'nobody' }));
    expect(error).toMatchObject({ status: 'not-found', rpc: 'cosi.resource.State/Get' });
  });

  it('is denied for types that the node does not know, and secrets of others than admins', async () => {
    const unknown = { namespace: 'cluster', type: 'Widgets.example.dev', id: 'x' };
    expect(await failureOf(resources(target).get(unknown))).toMatchObject({
      status: 'permission-denied',
      reason: 'resource type "Widgets.example.dev" is not supported',
    });
    const secret = { namespace: 'secrets', type: 'OSRootSecrets.secrets.talos.dev', id: 'os' };
    await resources(cluster.client().node('10.5.0.2')).get(secret);
    const reader = cluster.client({ role: 'os:reader' }).node('10.5.0.2');
    await expectRefused(resources(reader).get(secret));
    await resources(reader).get(pointer);
  });
});

describe('list', () => {
  it('gives all of a type, sorted by id', async () => {
    expect(await ids(members)).toEqual(['cp-1', 'worker-1']);
    expect(await ids(diagnostics)).toEqual([]);
  });

  it('gives those whose labels match, by alternatives of terms that all must hold', async () => {
    put('a', 'one', { zone: 'north', size: '10GiB' });
    put('b', 'two', { zone: 'south', size: '2GiB' });
    put('c', 'three');
    const term = (key: string, op: 'EXISTS' | 'EQUAL' | 'IN' | 'LT_NUMERIC', value: string[]) => ({
      key,
      op,
      value,
    });
    const found = (...labelQuery: NonNullable<Init<ListOptions>['labelQuery']>) =>
      ids(diagnostics, { labelQuery });
    expect(await found({ terms: [term('zone', 'EXISTS', [''])] })).toEqual(['a', 'b']);
    expect(await found({ terms: [{ ...term('zone', 'EXISTS', ['']), invert: true }] })).toEqual([
      'c',
    ]);
    expect(await found({ terms: [term('zone', 'IN', ['north', 'west'])] })).toEqual(['a']);
    expect(await found({ terms: [term('size', 'LT_NUMERIC', ['9GiB'])] })).toEqual(['b']);
    const both = [term('zone', 'EQUAL', ['north']), term('size', 'EQUAL', ['2GiB'])];
    expect(await found({ terms: both })).toEqual([]);
    expect(await found(...both.map((one) => ({ terms: [one] })))).toEqual(['a', 'b']);
  });

  it('gives those whose ids match an expression, which is not anchored', async () => {
    for (const id of ['disk-sda', 'disk-sdb', 'other-disk']) put(id, 'x');
    expect(await ids(diagnostics, { idQuery: { regexp: 'sd[ab]' } })).toHaveLength(2);
    expect(await ids(diagnostics, { idQuery: { regexp: '^disk' } })).toHaveLength(2);
    expect(await ids(diagnostics, { idQuery: { regexp: 'disk' } })).toHaveLength(3);
  });

  it('fails for an expression that is none', async () => {
    const list = resources(target).list({ ...members, options: { idQuery: { regexp: '(' } } });
    expect(await failureOf(list.next())).toMatchObject({ status: 'invalid-argument' });
  });

  it('tells by which names each type can be called, and where it lives', async () => {
    const kind = { namespace: 'meta', type: 'ResourceDefinitions.meta.cosi.dev' };
    const list = await collect(resources(target).list(kind));
    const definitions = list.map(({ resource }) => parse(resource?.spec?.yamlSpec ?? ''));
    const named = (alias: string) =>
      definitions
        .filter(({ allAliases }) => allAliases.includes(alias))
        .map(({ type, defaultNamespace }) => ({ type, namespace: defaultNamespace }));
    expect(named('members')).toEqual([members]);
    expect(named('svc')).toEqual([{ namespace: 'runtime', type: 'Services.v1alpha1.talos.dev' }]);
    expect(named('addresses')).toEqual([
      { namespace: 'network', type: 'AddressStatuses.net.talos.dev' },
    ]);
    for (const { namespace, type } of named('links')) {
      expect((await ids({ namespace, type })).length).toBeGreaterThan(0);
    }
  });
});

describe('watch', () => {
  it('says that it is set up, gives what there is, that this was all, and what happens', async () => {
    put('a', 'one');
    put('b', 'two');
    const options = { bootstrapContents: true };
    const watch = resources(target).watch({ ...diagnostics, apiVersion: 1, options });
    expect(await nextEvents(watch)).toEqual([]);
    expect(await nextEvents(watch)).toEqual(['CREATED a']);
    expect(await nextEvents(watch)).toEqual(['CREATED b']);
    expect(await nextEvents(watch)).toEqual(['BOOTSTRAPPED']);
    put('a', 'other');
    const { value } = await watch.next();
    const [event] = value?.event ?? [];
    expect(event?.eventType).toBe('UPDATED');
    expect(parse(event?.old?.spec?.yamlSpec ?? '').message).toBe('one');
    expect(parse(event?.resource?.spec?.yamlSpec ?? '').message).toBe('other');
    node.resources.remove(diagnosticKind, 'b');
    expect(await nextEvents(watch)).toEqual(['UPDATED b']);
    expect(await nextEvents(watch)).toEqual(['DESTROYED b']);
    await watch.return();
  });

  it('is cancelled on the node when the caller leaves the loop', async () => {
    const kind = { namespace: 'runtime', type: 'Versions.runtime.talos.dev' };
    for await (const _ of resources(target).watch({ ...kind, apiVersion: 1 })) break;
    await cluster.journal.waitFor(
      ({ rpc, request, outcome }) =>
        rpc === rpcName(resourcesMethods.watch) &&
        (request as { type: string }).type === kind.type &&
        outcome === 'cancelled',
    );
  });

  it('may give several events in one response', async () => {
    put('a', 'one');
    put('b', 'two');
    const options = { bootstrapContents: true, aggregated: true };
    const watch = resources(target).watch({ ...diagnostics, apiVersion: 1, options });
    await watch.next();
    expect(await nextEvents(watch)).toEqual(['CREATED a', 'CREATED b', 'BOOTSTRAPPED']);
    await watch.return();
  });

  it('sees what begins and ceases to match come and go', async () => {
    put('a', 'one', { zone: 'north' });
    const labelQuery = [{ terms: [{ key: 'zone', op: 'EQUAL', value: ['south'] } as const] }];
    const watch = resources(target).watch({
      ...diagnostics,
      apiVersion: 1,
      options: { labelQuery },
    });
    await watch.next();
    put('a', 'one', { zone: 'south' });
    expect(await nextEvents(watch)).toEqual(['CREATED a']);
    put('a', 'one', { zone: 'north' });
    expect(await nextEvents(watch)).toEqual(['DESTROYED a']);
    await watch.return();
  });

  it('of one id begins with how it is, or that it is not there', async () => {
    put('a', 'one');
    for (const [id, first] of [
      ['a', 'CREATED a'],
      ['none', 'DESTROYED none'],
    ] as const) {
      const watch = resources(target).watch({ ...diagnostics, id, apiVersion: 1 });
      expect(await nextEvents(watch)).toEqual([]);
      expect(await nextEvents(watch)).toEqual([first]);
      put('b', 'nothing to this watch');
      put(id, `news of ${id}`);
      expect(await nextEvents(watch)).toEqual([`${id === 'a' ? 'UPDATED' : 'CREATED'} ${id}`]);
      await watch.return();
    }
  });

  it('goes on after a bookmark, until the node has been rebooted', async () => {
    const own = covered(await tlsCluster());
    const state = own.node('cp-1').resources;
    const client = resources(own.client().node('10.5.0.2'));
    state.put(diagnosticKind, 'a', { message: 'one', details: [] });
    const options = { bootstrapContents: true };
    const before = client.watch({ ...diagnostics, apiVersion: 1, options });
    let bookmark: Uint8Array | undefined;
    for await (const { event } of before) {
      if (event[0]?.eventType !== 'BOOTSTRAPPED') continue;
      bookmark = event[0].bookmark;
      break;
    }
    expect(bookmark).toHaveLength(16);
    state.put(diagnosticKind, 'b', { message: 'missed', details: [] });
    const from = { ...diagnostics, apiVersion: 1, options: { startFromBookmark: bookmark } };
    const after = client.watch(from);
    expect(await nextEvents(after)).toEqual([]);
    expect(await nextEvents(after)).toEqual(['CREATED b']);
    await lifecycle(own.client().node('10.5.0.2')).reboot({ mode: 'DEFAULT' });
    // It ends well with the node.
    expect(await nextEvents(after)).toBeUndefined();
    await own.node('cp-1').until(() => own.node('cp-1').machine.boots === 2);
    await own.node('cp-1').untilStage('RUNNING');
    expect(await failureOf(client.watch(from).next())).toMatchObject({
      status: 'failed-precondition',
    });
  });

  it('fails in the place of the first response when it cannot be set up', async () => {
    const first = (request: Parameters<ReturnType<typeof resources>['watch']>[0]) =>
      failureOf(resources(target).watch(request).next());
    const request = { ...diagnostics, apiVersion: 1 };
    expect(await first({ ...request, type: 'Widgets.example.dev' })).toMatchObject({
      status: 'permission-denied',
    });
    expect(await first({ ...request, options: { idQuery: { regexp: '[' } } })).toMatchObject({
      status: 'invalid-argument',
    });
    expect(
      await first({ ...request, options: { startFromBookmark: new Uint8Array(16) } }),
    ).toMatchObject({ status: 'failed-precondition' });
    expect(
      await first({ ...request, id: 'a', options: { bootstrapContents: true } }),
    ).toMatchObject({ status: 'unimplemented' });
  });
});

describe('writes', () => {
  const writes = ['create', 'update', 'destroy', 'teardown', 'teardownAndDestroy'] as const;

  it.each(writes)(
    '%s is refused to admins, as Talos only lets its own controllers write',
    async (name) => {
      expect(await failureOf(call(target, name))).toMatchObject({
        status: 'permission-denied',
        reason: 'write access is not allowed',
      });
    },
  );

  it('are refused for what is wrong with them first', async () => {
    const client = resources(target);
    expect(await failureOf(client.create({ resource: {} }))).toMatchObject({ status: 'unknown' });
    const missing = { ...members, id: 'nobody' };
    expect(await failureOf(client.teardown(missing))).toMatchObject({ status: 'not-found' });
    expect(await failureOf(client.teardownAndDestroy(missing))).toMatchObject({
      status: 'not-found',
    });
  });

  it('teardown says whether what is torn down already may be destroyed', async () => {
    const release = { ...diagnostics, id: 'held' };
    node.resources.put(
      diagnosticKind,
      'held',
      { message: 'x', details: [] },
      { finalizers: ['somebody'] },
    );
    node.resources.remove(diagnosticKind, 'held');
    expect(await resources(target).teardown(release)).toEqual({ destroyReady: false });
    node.resources.release(diagnosticKind, 'held', 'somebody');
  });

  it('give what a server replies that lets callers write', async () => {
    const client = resources(target);
    const replies = [
      node.on(resourcesMethods.create, (_, { resource }) => ({ resource })),
      node.on(resourcesMethods.update, (_, { newResource }) => ({
        resource: {
          ...newResource,
          metadata: { ...newResource?.metadata, version: '2' },
        },
      })),
      node.on(resourcesMethods.destroy, () => {}),
      node.on(resourcesMethods.teardownAndDestroy, () => {}),
    ];
    expect((await client.create({ resource: written })).resource).toMatchObject(written);
    expect((await client.update({ newResource: written })).resource?.metadata?.version).toBe('2');
    expect(await client.destroy(pointer)).toBeUndefined();
    expect(await client.teardownAndDestroy(pointer)).toBeUndefined();
    const [destroyed] = cluster.journal.of(resourcesMethods.destroy, 'worker-1').slice(-1);
    expect(destroyed?.request).toMatchObject(pointer);
    for (const release of replies) release();
  });
});
