import { describe, expect, it } from 'vitest';
import { Bookmarks } from '../../../testkit/src/topics/cosi/bookmark.js';
import { Collection } from '../../../testkit/src/topics/cosi/collection.js';
import { HISTORY_CAPACITY } from '../../../testkit/src/topics/cosi/history.js';
import { put, testCollection, testKind } from './support.js';

// COSI: versions, phases and finalizers of a resource; the history of a type; bookmarks.
describe('a resource', () => {
  it('begins with version 1 and rises with each change', () => {
    const collection = testCollection();
    put(collection, 'a', 1);
    const first = collection.get('a').metadata;
    expect(first).toMatchObject({ version: 1, phase: 'running', owner: 'tests' });
    put(collection, 'a', 2);
    expect(collection.get('a').metadata).toMatchObject({ version: 2, created: first.created });
    expect(collection.get('a').metadata.updated).toBeGreaterThan(first.updated);
  });

  it('stays as it is when nothing differs', () => {
    const collection = testCollection();
    put(collection, 'a', 1);
    const before = collection.get('a');
    put(collection, 'a', 1);
    expect(collection.get('a')).toBe(before);
  });

  it('changes with its labels, annotations and finalizers too', () => {
    const collection = testCollection();
    put(collection, 'a', 1);
    put(collection, 'a', 1, { labels: { x: 'y' } });
    put(collection, 'a', 1, { labels: { x: 'y' }, annotations: { n: 'm' } });
    put(collection, 'a', 1, { labels: { x: 'y' }, annotations: { n: 'm' }, finalizers: ['f'] });
    expect(collection.get('a').metadata.version).toBe(4);
  });

  it('is torn down before it is destroyed', () => {
    const collection = testCollection();
    put(collection, 'a', 1);
    collection.teardown('a');
    collection.teardown('a');
    expect(collection.get('a').metadata).toMatchObject({ phase: 'tearingDown', version: 2 });
    collection.destroy('a');
    expect(collection.find('a')).toBeUndefined();
    expect(collection.history.from(0).map(({ type }) => type)).toEqual([
      'created',
      'updated',
      'destroyed',
    ]);
  });

  it('is held by its finalizers', () => {
    const collection = testCollection();
    put(collection, 'a', 1, { finalizers: ['one', 'two'] });
    expect(() => collection.destroy('a')).toThrow(
      expect.objectContaining({
        status: 'failed-precondition',
        message: 'resource Tests.test.dev(test/a@1) has pending finalizers [one two]',
      }),
    );
    collection.setFinalizers('a', []);
    collection.destroy('a');
    expect(collection.list()).toEqual([]);
  });

  it('that is being torn down is not brought back by a change', () => {
    const collection = testCollection();
    put(collection, 'a', 1);
    collection.teardown('a');
    put(collection, 'a', 2);
    expect(collection.get('a').metadata.phase).toBe('tearingDown');
  });

  it('that is missing is not found, with its full name in the text', () => {
    expect(() => testCollection().get('a')).toThrow(
      expect.objectContaining({
        status: 'not-found',
        message: "resource Tests.test.dev(test/a@undefined) doesn't exist",
      }),
    );
  });
});

describe('a list', () => {
  it('is sorted by the bytes of the ids', () => {
    const collection = testCollection();
    for (const id of ['b', 'a10', 'a9', '\u{1f600}', '\uff5e', 'B']) put(collection, id, 1);
    expect(collection.list().map(({ metadata }) => metadata.id)).toEqual([
      'B',
      'a10',
      'a9',
      'b',
      '\uff5e',
      '\u{1f600}',
    ]);
  });
});

describe('the history of a type', () => {
  it('doubles from 8 changes up to 1024 and then forgets the oldest', () => {
    const collection = testCollection();
    const capacities = new Set<number>();
    for (let change = 0; change < 3000; change++) {
      put(collection, 'a', change);
      capacities.add(collection.history.capacity);
    }
    expect([...capacities]).toEqual([8, 16, 32, 64, 128, 256, 512, 1024]);
    expect(HISTORY_CAPACITY).toBe(1024);
    expect(collection.history.hasLost(3000 - 1024)).toBe(false);
    expect(collection.history.hasLost(3000 - 1025)).toBe(true);
    expect(collection.history.at(2999).resource.content?.spec).toBe(2999);
    expect(collection.history.at(3000 - 1024).resource.content?.spec).toBe(3000 - 1024);
  });

  it('keeps apart what other namespaces and types do', () => {
    const bookmarks = new Bookmarks(1n);
    const [one, other] = ['one', 'other'].map(
      (namespace) => new Collection(namespace, testKind.type, bookmarks, () => 0),
    );
    put(one as Collection, 'a', 1);
    expect(other?.history.end).toBe(0);
  });
});

describe('a bookmark', () => {
  it('has 16 bytes and comes back as the position', () => {
    const bookmarks = new Bookmarks(0xfedcba9876543210n);
    for (const position of [-1, 0, 1023, 2 ** 40]) {
      const bookmark = bookmarks.encode(position);
      expect(bookmark).toHaveLength(16);
      expect(bookmarks.decode(bookmark)).toBe(position);
    }
  });

  it.each([
    ['another process', new Bookmarks(2n).encode(0)],
    ['another length', new Uint8Array(15)],
    ['nothing', new Uint8Array()],
  ])('of %s is refused', (_, bookmark) => {
    expect(() => new Bookmarks(1n).decode(bookmark)).toThrow(
      expect.objectContaining({ status: 'failed-precondition', message: 'invalid watch bookmark' }),
    );
  });
});
