import { describe, expect, it } from 'vitest';
import { type Doc, namesIn, startKubernetes } from './support.js';

/** The events of a watch, as they come. */
async function* eventsOf(response: Response): AsyncGenerator<Doc, void, undefined> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line);
  }
}

async function next(events: AsyncGenerator<Doc>): Promise<Doc> {
  const { value, done } = await events.next();
  if (done === true) throw new Error('the watch has ended');
  return value;
}

async function started(path: string) {
  const rest = await startKubernetes();
  const response = await rest.kubernetes.fetch(path);
  return { ...rest, response, events: eventsOf(response) };
}

describe('a watch of the Kubernetes API', () => {
  it('begins with what is there, and goes on with what changes', async () => {
    const { events, cordon } = await started('/api/v1/nodes?watch=true');
    for (const name of ['cp-1', 'worker-1', 'worker-2']) {
      expect(await next(events)).toMatchObject({
        type: 'ADDED',
        object: { kind: 'Node', apiVersion: 'v1', metadata: { name } },
      });
    }
    await cordon('worker-2', true);
    expect(await next(events)).toMatchObject({
      type: 'MODIFIED',
      object: { metadata: { name: 'worker-2' }, spec: { unschedulable: true } },
    });
  });

  it('goes on where a list was, and misses nothing between', async () => {
    const { get, cordon, kubernetes } = await startKubernetes();
    const { metadata } = await get('/api/v1/nodes');
    await cordon('worker-1', true);
    const path = `/api/v1/nodes?watch=1&resourceVersion=${metadata.resourceVersion}`;
    const events = eventsOf(await kubernetes.fetch(path));
    expect(await next(events)).toMatchObject({
      type: 'MODIFIED',
      object: { metadata: { name: 'worker-1' } },
    });
  });

  it('tells the whole life of a pod', async () => {
    const path = '/api/v1/namespaces/default/pods?watch=true&labelSelector=app%3Dweb';
    const { events, kubernetes, evict, clock } = await started(path);
    kubernetes.addDeployment({ name: 'web', terminationMs: 2_000 });
    const added = await next(events);
    expect(added).toMatchObject({ type: 'ADDED' });
    await evict('default', added.object.metadata.name);
    const types: string[] = [];
    const { uid } = added.object.metadata;
    const told = (async () => {
      for await (const { type, object } of events) {
        if (object.metadata.uid !== uid) continue;
        const { deletionTimestamp } = object.metadata;
        types.push(`${type}${deletionTimestamp === undefined ? '' : ' ending'}`);
        if (type === 'DELETED') return;
      }
    })();
    await clock.advance(2_000);
    await told;
    expect(types.at(-1)).toBe('DELETED ending');
    expect(types).toContain('MODIFIED ending');
  });

  it('tells what comes into its selection and what leaves it', async () => {
    const path = '/api/v1/nodes?watch=true&fieldSelector=spec.unschedulable%3Dtrue';
    const { events, cordon } = await started(path);
    await cordon('worker-1', true);
    expect(await next(events)).toMatchObject({
      type: 'ADDED',
      object: { metadata: { name: 'worker-1' } },
    });
    await cordon('worker-1', false);
    expect(await next(events)).toMatchObject({
      type: 'DELETED',
      object: { metadata: { name: 'worker-1' } },
    });
  });

  it('marks the end of what was there, for clients that list by watching', async () => {
    const query =
      'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const { events, get } = await started(`/api/v1/nodes?${query}`);
    const names = [];
    for (let event = await next(events); ; event = await next(events)) {
      if (event.type === 'BOOKMARK') {
        expect(event.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
        break;
      }
      names.push(event.object.metadata.name);
    }
    expect(names).toEqual(namesIn(await get('/api/v1/nodes')));
  });

  it('ends after the time that the client gave', async () => {
    const { events, clock } = await started(
      '/api/v1/nodes?watch=true&timeoutSeconds=30&resourceVersion=999999',
    );
    const ended = events.next();
    await clock.advance(30_000);
    expect(await ended).toMatchObject({ done: true });
  });

  it('breaks off with the API server, and when its client has gone leaves nothing behind', async () => {
    const { cluster, clock, events, kubernetes } = await started(
      '/api/v1/nodes?watch=true&resourceVersion=999999',
    );
    const broken = events.next();
    cluster.node('cp-1').kill();
    await expect(broken).rejects.toThrow();
    await expect(kubernetes.fetch('/api/v1/nodes')).rejects.toMatchObject({
      message: 'fetch failed',
      cause: { code: 'ECONNREFUSED' },
    });
    cluster.node('cp-1').powerOn();
    await clock.advance(60_000);
    const { pending } = clock;
    const abort = new AbortController();
    const path = '/api/v1/pods?watch=true&timeoutSeconds=600';
    const response = await kubernetes.fetch(path, { signal: abort.signal });
    const more = eventsOf(response);
    await next(more);
    expect(clock.pending).toBe(pending + 1);
    abort.abort();
    await expect(
      (async () => {
        for await (const _ of more);
      })(),
    ).rejects.toThrow();
    expect(clock.pending).toBe(pending);
  });

  it('from a version that is too old is told to list again', async () => {
    const { get, cordon, kubernetes } = await startKubernetes();
    const { metadata } = await get('/api/v1/nodes');
    for (let count = 0; count < 510; count++) {
      await cordon('worker-1', true);
      await cordon('worker-1', false);
    }
    const path = `/api/v1/nodes?watch=1&resourceVersion=${metadata.resourceVersion}`;
    const events = eventsOf(await kubernetes.fetch(path));
    expect(await next(events)).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', reason: 'Expired', code: 410 },
    });
    expect(await events.next()).toMatchObject({ done: true });
  });
});
