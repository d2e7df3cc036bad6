import { describe, expect, it } from 'vitest';
import type { Collection } from '../../../testkit/src/topics/cosi/collection.js';
import { matcherOf } from '../../../testkit/src/topics/cosi/query/matcher.js';
import {
  type KindWatch,
  type WatchEvent,
  type WatchStart,
  watchKind,
  watchOne,
} from '../../../testkit/src/topics/cosi/watch.js';
import { put, testCollection } from './support.js';

const all = () => true;

/** Reads batches of a watch one by one. */
class Reader {
  readonly #batches: AsyncGenerator<readonly WatchEvent[], void, undefined>;

  constructor(batches: AsyncGenerator<readonly WatchEvent[], void, undefined>) {
    this.#batches = batches;
  }

  /** The next batch as texts such as `CREATED a=1`. */
  async next(): Promise<readonly string[]> {
    return (await this.events()).map(text);
  }

  async events(): Promise<readonly WatchEvent[]> {
    const { value } = await this.#batches.next();
    if (value === undefined) throw new Error('the watch has ended');
    return value;
  }

  async ended(): Promise<boolean> {
    return (await this.#batches.next()).done === true;
  }
}

function text({ type, resource, old }: WatchEvent): string {
  const spec = resource?.content === undefined ? '' : `=${resource.content.spec}`;
  const before = old === undefined ? '' : ` was ${old.content?.spec}`;
  const down = resource?.metadata.phase === 'tearingDown' ? ' (tearing down)' : '';
  return `${type} ${resource?.metadata.id ?? ''}${spec}${before}${down}`;
}

function kind(
  collection: Collection,
  options: Partial<KindWatch> = {},
  signal = new AbortController().signal,
): Reader {
  return new Reader(watchKind(collection, { matches: all, ...options }, signal));
}

function one(collection: Collection, id: string, options: WatchStart = {}): Reader {
  return new Reader(watchOne(collection, id, options, new AbortController().signal));
}

function bookmarkOf(events: readonly WatchEvent[]): Uint8Array {
  const bookmark = events.at(-1)?.bookmark;
  if (bookmark === undefined) throw new Error('there is no bookmark');
  return bookmark;
}

const invalid = expect.objectContaining({ status: 'failed-precondition' });

// COSI: watches of the state in memory: contents, tails, bookmarks, overruns.
describe('a watch of a type', () => {
  it('tells only what happens from now on', async () => {
    const collection = testCollection();
    put(collection, 'a', 1);
    const reader = kind(collection);
    put(collection, 'a', 2);
    put(collection, 'b', 1);
    expect(await reader.next()).toEqual(['UPDATED a=2 was 1', 'CREATED b=1']);
    const later = reader.next();
    collection.teardown('a');
    collection.destroy('a');
    expect(await later).toEqual([
      'UPDATED a=2 was 2 (tearing down)',
      'DESTROYED a=2 (tearing down)',
    ]);
  });

  it('that asks for the contents gets them sorted, and then that this was all', async () => {
    const collection = testCollection();
    for (const id of ['b', 'c', 'a']) put(collection, id, 1);
    const reader = kind(collection, { bootstrapContents: true });
    put(collection, 'd', 1);
    expect(await reader.next()).toEqual([
      'CREATED a=1',
      'CREATED b=1',
      'CREATED c=1',
      'BOOTSTRAPPED ',
    ]);
    expect(await reader.next()).toEqual(['CREATED d=1']);
  });

  it('of nothing is bootstrapped at once', async () => {
    const reader = kind(testCollection(), { bootstrapContents: true });
    const [event] = await reader.events();
    expect(event).toMatchObject({ type: 'BOOTSTRAPPED', resource: { content: undefined } });
    expect(event?.bookmark).toHaveLength(16);
  });

  it('begins with the last changes when it asks for them', async () => {
    const collection = testCollection();
    for (const spec of [1, 2, 3]) put(collection, 'a', spec);
    expect(await kind(collection, { tailEvents: 2 }).next()).toEqual([
      'UPDATED a=2 was 1',
      'UPDATED a=3 was 2',
    ]);
    expect(await kind(collection, { tailEvents: 100 }).next()).toHaveLength(3);
  });

  it('replays 1020 changes at most', async () => {
    const collection = testCollection();
    for (let spec = 0; spec < 2000; spec++) put(collection, 'a', spec);
    expect(await kind(collection, { tailEvents: 2000 }).next()).toHaveLength(1020);
  });

  it('resumes after a bookmark', async () => {
    const collection = testCollection();
    const reader = kind(collection, { bootstrapContents: true });
    const start = bookmarkOf(await reader.events());
    put(collection, 'a', 1);
    const first = bookmarkOf(await reader.events());
    put(collection, 'b', 2);
    expect(await kind(collection, { bookmark: start }).next()).toEqual([
      'CREATED a=1',
      'CREATED b=2',
    ]);
    expect(await kind(collection, { bookmark: first }).next()).toEqual(['CREATED b=2']);
  });

  it('tells its bookmark first when it asks for it', async () => {
    const collection = testCollection();
    put(collection, 'a', 1);
    const reader = kind(collection, { bootstrapBookmark: true });
    const events = await reader.events();
    expect(events.map(text)).toEqual(['NOOP ']);
    put(collection, 'a', 2);
    expect(await kind(collection, { bookmark: bookmarkOf(events) }).next()).toEqual([
      'UPDATED a=2 was 1',
    ]);
  });

  it('does not resume where the history does not reach any more', () => {
    const collection = testCollection();
    put(collection, 'a', 0);
    const old = collection.bookmarks.encode(0);
    for (let spec = 1; spec <= 1021; spec++) put(collection, 'a', spec);
    expect(() => kind(collection, { bookmark: old })).toThrow(invalid);
  });

  it('does not resume after a change that never happened', () => {
    const collection = testCollection();
    put(collection, 'a', 0);
    expect(() => kind(collection, { bookmark: collection.bookmarks.encode(1) })).toThrow(invalid);
    expect(() => kind(collection, { bookmark: collection.bookmarks.encode(-2) })).toThrow(invalid);
  });

  it.each<[string, Partial<KindWatch>]>([
    ['the contents and a tail', { bootstrapContents: true, tailEvents: 1 }],
    ['the contents and a bookmark', { bootstrapContents: true, bookmark: new Uint8Array(16) }],
    ['a tail and a bookmark', { tailEvents: 1, bookmark: new Uint8Array(16) }],
  ])('cannot begin with both %s', (_, options) => {
    // A plain error, which callers see as `unknown`.
    expect(() => kind(testCollection(), options)).toThrow(
      expect.objectContaining({ name: 'Error', message: expect.stringContaining('cannot use') }),
    );
  });

  it('sees resources come and go as they begin and cease to match', async () => {
    const collection = testCollection();
    const matches = matcherOf({
      labelQuery: [{ terms: [{ key: 'x', op: 'EXISTS', value: [], invert: false }] }],
    });
    put(collection, 'a', 1);
    const reader = kind(collection, { matches, bootstrapContents: true });
    expect(await reader.next()).toEqual(['BOOTSTRAPPED ']);
    put(collection, 'b', 1);
    put(collection, 'a', 2, { labels: { x: '' } });
    put(collection, 'a', 3, { labels: { x: '' } });
    put(collection, 'a', 4);
    put(collection, 'a', 5);
    expect(await reader.next()).toEqual(['CREATED a=2', 'UPDATED a=3 was 2', 'DESTROYED a=4']);
  });

  it('that falls behind gets an error and nothing more, and does not end', async () => {
    const collection = testCollection();
    const stop = new AbortController();
    const reader = kind(collection, {}, stop.signal);
    put(collection, 'a', 0);
    await reader.next();
    for (let spec = 1; spec <= 1025; spec++) put(collection, 'a', spec);
    const [event] = await reader.events();
    expect(event).toEqual({
      type: 'ERRORED',
      error:
        'buffer overrun: namespace "test" type "Tests.test.dev", write pos 1026, pos 1, capacity 1024',
    });
    put(collection, 'a', -1);
    const end = reader.ended();
    await expect(Promise.race([end, Promise.resolve('still open')])).resolves.toBe('still open');
    stop.abort();
    expect(await end).toBe(true);
  });

  it('that is 1024 changes behind still gets them all', async () => {
    const collection = testCollection();
    const reader = kind(collection);
    put(collection, 'a', 0);
    await reader.next();
    for (let spec = 1; spec <= 1024; spec++) put(collection, 'a', spec);
    expect(await reader.next()).toHaveLength(1024);
  });

  it('ends when nobody wants it any more', async () => {
    const stop = new AbortController();
    const reader = kind(testCollection(), {}, stop.signal);
    const end = reader.ended();
    stop.abort();
    expect(await end).toBe(true);
  });
});

describe('a watch of one id', () => {
  it('begins with how the resource is', async () => {
    const collection = testCollection();
    put(collection, 'a', 1);
    const reader = one(collection, 'a');
    expect(await reader.next()).toEqual(['CREATED a=1']);
    put(collection, 'b', 1);
    put(collection, 'a', 2);
    put(collection, 'a', 3);
    expect(await reader.next()).toEqual(['UPDATED a=2 was 1', 'UPDATED a=3 was 2']);
  });

  it('begins with a tombstone when there is none', async () => {
    const reader = one(testCollection(), 'a');
    const [event] = await reader.events();
    expect(event).toMatchObject({
      type: 'DESTROYED',
      resource: { metadata: { id: 'a', version: undefined }, content: undefined },
    });
  });

  it('counts only its own changes in a tail', async () => {
    const collection = testCollection();
    put(collection, 'a', 1);
    put(collection, 'b', 1);
    put(collection, 'a', 2);
    put(collection, 'b', 2);
    expect(await one(collection, 'a', { tailEvents: 2 }).next()).toEqual([
      'CREATED a=1',
      'UPDATED a=2 was 1',
    ]);
  });

  it('resumes after a bookmark of its type, without how the resource is', async () => {
    const collection = testCollection();
    put(collection, 'b', 1);
    const bookmark = collection.bookmarks.encode(0);
    put(collection, 'a', 1);
    expect(await one(collection, 'a', { bookmark }).next()).toEqual(['CREATED a=1']);
    const beginning = collection.bookmarks.encode(-1);
    expect(() => one(collection, 'a', { bookmark: beginning })).toThrow(invalid);
  });
});
