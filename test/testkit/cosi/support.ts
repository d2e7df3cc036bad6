import { Bookmarks } from '../../../testkit/src/topics/cosi/bookmark.js';
import { Collection, type ResourceInit } from '../../../testkit/src/topics/cosi/collection.js';
import { defineKind } from '../../../testkit/src/topics/cosi/kind.js';

/** A kind whose spec is a number, written as its digits. */
export const testKind = defineKind({
  type: 'Tests.test.dev',
  namespace: 'test',
  owner: 'tests',
  proto: (spec: number) => Buffer.from(String(spec)),
});

/** An empty collection whose clock ticks with each look at it. */
export function testCollection(): Collection {
  let now = 1_000_000;
  return new Collection(testKind.namespace, testKind.type, new Bookmarks(7n), () => now++);
}

/** Creates or changes a resource with a number for its spec. */
export function put(
  collection: Collection,
  id: string,
  spec: number,
  metadata: Pick<ResourceInit, 'labels' | 'annotations' | 'finalizers'> = {},
): void {
  collection.put({ ...metadata, id, owner: testKind.owner, content: { kind: testKind, spec } });
}
