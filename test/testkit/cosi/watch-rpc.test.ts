import { describe, expect, it } from 'vitest';
import {
  type Event,
  type ResourcesClient,
  resources as resourcesOf,
  type WatchResponse,
} from '../../../generated/features/resources.js';
import { type SimulatedCluster, simulateCluster } from '../../../testkit/src/cluster/cluster.js';
import { diagnosticKind } from '../../../testkit/src/topics/cosi/kinds/runtime.js';
import { type Resources, resources } from '../../../testkit/src/topics/cosi/resources.js';

const kind = { namespace: 'runtime', type: 'Diagnostics.runtime.talos.dev' };

interface Setup {
  readonly cluster: SimulatedCluster;
  readonly state: Resources;
  /** Starts a watch of diagnostics, of the first API version unless told otherwise. */
  watch(request: Partial<Parameters<ResourcesClient['watch']>[0]>): Watch;
  /** Writes a resource of the watched kind. */
  put(id: string, message: string): void;
}

async function setUp(): Promise<Setup> {
  const cluster = await simulateCluster();
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('there is a node');
  const client = resourcesOf(cluster.client().node(node.address));
  const state = node.machine.state(resources);
  return {
    cluster,
    state,
    watch: (request) => new Watch(client.watch({ ...kind, apiVersion: 0, ...request })),
    put: (id, message) => state.put(diagnosticKind, id, { message, details: [] }),
  };
}

/** Reads the responses of a watch one by one. */
class Watch {
  readonly #responses: AsyncIterator<WatchResponse, unknown>;

  constructor(responses: AsyncIterable<WatchResponse>) {
    this.#responses = responses[Symbol.asyncIterator]();
  }

  /** The events of the next response; nothing at the end. */
  async events(): Promise<readonly Event[] | undefined> {
    const { done, value } = await this.#responses.next();
    return done === true ? undefined : (value as WatchResponse).event;
  }

  /** The same, as texts such as `CREATED a: message`. */
  async next(): Promise<readonly string[] | undefined> {
    return (await this.events())?.map(({ eventType, resource }) => {
      const { metadata, spec } = resource ?? {};
      const message = /message: (.*)/.exec(spec?.yamlSpec ?? '')?.[1];
      return [eventType, metadata?.id, message].filter(Boolean).join(' ');
    });
  }

  async stop(): Promise<void> {
    await this.#responses.return?.();
  }
}

// COSI: Watch as it goes over the wire: the empty response, API version 1, bookmarks.
describe('a watch', () => {
  it('says first that it is set up, with an empty response', async () => {
    const { cluster, watch } = await setUp();
    const watching = watch({ apiVersion: 1 });
    expect(await watching.next()).toEqual([]);
    await watching.stop();
    await cluster.close();
  });

  it('gives one event a response', async () => {
    const { cluster, watch, put } = await setUp();
    put('b', 'one');
    put('a', 'two');
    const watching = watch({ apiVersion: 1, options: { bootstrapContents: true } });
    await watching.next();
    expect(await watching.next()).toEqual(['CREATED a two']);
    expect(await watching.next()).toEqual(['CREATED b one']);
    expect(await watching.next()).toEqual(['BOOTSTRAPPED']);
    put('a', 'three');
    const [event] = (await watching.events()) ?? [];
    expect(event).toMatchObject({
      eventType: 'UPDATED',
      resource: { metadata: { version: '2' } },
      old: { metadata: { version: '1' } },
      error: undefined,
    });
    expect(event?.bookmark).toHaveLength(16);
    await watching.stop();
    await cluster.close();
  });

  it('that aggregates gives all contents in one response', async () => {
    const { cluster, watch, put } = await setUp();
    put('a', 'one');
    const watching = watch({
      apiVersion: 1,
      options: { bootstrapContents: true, aggregated: true },
    });
    await watching.next();
    expect(await watching.next()).toEqual(['CREATED a one', 'BOOTSTRAPPED']);
    put('a', 'two');
    put('b', 'one');
    expect(await watching.next()).toEqual(['UPDATED a two', 'CREATED b one']);
    await watching.stop();
    await cluster.close();
  });

  it('of the first API version never hears that it is bootstrapped', async () => {
    const { cluster, watch, put } = await setUp();
    put('a', 'one');
    const single = watch({ options: { bootstrapContents: true, bootstrapBookmark: true } });
    await single.next();
    expect(await single.next()).toEqual(['CREATED a one']);
    expect(await single.next()).toEqual(['NOOP']);
    await single.stop();
    const aggregated = watch({ options: { bootstrapContents: true, aggregated: true } });
    await aggregated.next();
    expect(await aggregated.next()).toEqual(['CREATED a one']);
    await aggregated.stop();
    await cluster.close();
  });

  it('with a bad bookmark or query fails in the place of the first response', async () => {
    const { cluster, watch } = await setUp();
    await expect(
      watch({ options: { startFromBookmark: new Uint8Array(16) } }).next(),
    ).rejects.toMatchObject({ status: 'failed-precondition', reason: 'invalid watch bookmark' });
    await expect(watch({ options: { idQuery: { regexp: '[' } } }).next()).rejects.toMatchObject({
      status: 'invalid-argument',
    });
    await expect(
      watch({ options: { bootstrapContents: true, tailEvents: 1 } }).next(),
    ).rejects.toMatchObject({ status: 'unknown' });
    await expect(watch({ type: 'Widgets.test.dev' }).next()).rejects.toMatchObject({
      status: 'permission-denied',
    });
    await cluster.close();
  });

  it('of one id, even an empty one, is no watch of the type', async () => {
    const { cluster, watch, put } = await setUp();
    const watching = watch({ apiVersion: 1, id: '' });
    await watching.next();
    const [event] = (await watching.events()) ?? [];
    expect(event).toMatchObject({
      eventType: 'DESTROYED',
      resource: {
        metadata: { id: '', version: 'undefined', phase: 'running' },
        spec: { yamlSpec: '', protoSpec: Buffer.alloc(0) },
      },
    });
    put('a', 'one');
    put('', 'two');
    expect(await watching.next()).toEqual(['CREATED two']);
    await watching.stop();
    await cluster.close();
  });

  it('of one id has neither contents nor label queries', async () => {
    const { cluster, watch } = await setUp();
    await expect(
      watch({ id: 'a', options: { bootstrapContents: true } }).next(),
    ).rejects.toMatchObject({
      status: 'unimplemented',
      reason: 'bootstrap contents is not implemented for resource watch',
    });
    await expect(watch({ id: 'a', options: { labelQuery: [{}] } }).next()).rejects.toMatchObject({
      status: 'unimplemented',
      reason: 'label query is not implemented for resource watch',
    });
    await cluster.close();
  });

  it('filters by id where it is told to', async () => {
    const { cluster, watch, put } = await setUp();
    const watching = watch({ apiVersion: 1, options: { idQuery: { regexp: '^b' } } });
    await watching.next();
    put('a', 'one');
    put('b', 'two');
    expect(await watching.next()).toEqual(['CREATED b two']);
    await watching.stop();
    await cluster.close();
  });

  it('resumes from a bookmark until the node reboots', async () => {
    const { cluster, watch, put } = await setUp();
    const first = watch({ apiVersion: 1, options: { bootstrapBookmark: true } });
    await first.next();
    const startFromBookmark = (await first.events())?.[0]?.bookmark;
    await first.stop();
    put('a', 'missed');
    const resumed = watch({ apiVersion: 1, options: { startFromBookmark } });
    await resumed.next();
    expect(await resumed.next()).toEqual(['CREATED a missed']);
    await resumed.stop();
    const [node] = cluster.nodes;
    node?.kill();
    node?.powerOn();
    await node?.untilStage('RUNNING');
    await expect(watch({ options: { startFromBookmark } }).next()).rejects.toMatchObject({
      status: 'failed-precondition',
    });
    await cluster.close();
  });

  it('ends well when the node begins to stop', async () => {
    const { cluster, watch } = await setUp();
    const watching = watch({ apiVersion: 1 });
    await watching.next();
    const end = watching.next();
    cluster.machines[0]?.beginClosing();
    expect(await end).toBeUndefined();
    await cluster.close();
  });

  it('fails when the node loses its power', async () => {
    const { cluster, watch } = await setUp();
    const watching = watch({ apiVersion: 1 });
    await watching.next();
    const end = watching.next();
    cluster.nodes[0]?.kill();
    await expect(end).rejects.toMatchObject({ status: 'unavailable' });
    await cluster.close();
  });
});
