import type { Cluster } from '../base/machine.js';
import { defineTopic } from '../base/topic.js';
import { type Kubernetes, kubernetes } from '../topics/kubernetes/kubernetes.js';
import type { KubeObject } from './objects/object.js';
import type { Resource } from './resources.js';

/** How many changes are remembered, for watches that begin in the past. */
const HISTORY = 1_000;

/** An object with the version that it got when it changed last. */
export interface Versioned {
  readonly key: string;
  readonly version: number;
  readonly object: KubeObject;
}

/** A change of an object; of one that is gone, what it was. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly version: number;
  readonly object: KubeObject;
  /** What it was before. */
  readonly before: KubeObject | undefined;
}

interface Kept extends Versioned {
  readonly text: string;
}

interface Collection {
  kept: Map<string, Kept>;
  changes: Change[];
  /** The version before the oldest change that is remembered. */
  since: number;
}

/**
 * The versions of objects. Objects show the state of the cluster; what has changed, and so got a new
 * version, is found when somebody looks.
 */
export class Versions {
  readonly #kubernetes: Kubernetes;
  readonly #collections = new Map<Resource, Collection>();
  /** As that of an etcd that has been in use for a while. */
  #version = 4_096;

  constructor(cluster: Cluster) {
    this.#kubernetes = cluster.state(kubernetes);
  }

  /** The newest version. */
  get version(): number {
    return this.#version;
  }

  /** All objects as they are now, by namespace and name. */
  list(resource: Resource): readonly Versioned[] {
    return [...this.#refreshed(resource).kept.values()].sort(byKey);
  }

  /**
   * The changes after a version, as far as they are known; absent when it is too old.
   */
  changesSince(resource: Resource, version: number): readonly Change[] | undefined {
    const { changes, since } = this.#refreshed(resource);
    return version < since ? undefined : changes.filter((change) => change.version > version);
  }

  #refreshed(resource: Resource): Collection {
    const objects = resource.objects(this.#kubernetes);
    let collection = this.#collections.get(resource);
    if (collection === undefined) {
      // What is there when somebody looks for the first time has been there.
      collection = { kept: new Map(), changes: [], since: this.#version };
      this.#collections.set(resource, collection);
      collection.kept = new Map(objects.map((object) => [keyOf(object), this.#keep(object)]));
      collection.since = this.#version;
      return collection;
    }
    const kept = new Map<string, Kept>();
    for (const object of objects) {
      const key = keyOf(object);
      const before = collection.kept.get(key);
      const text = JSON.stringify(object);
      if (before?.text === text) {
        kept.set(key, before);
        continue;
      }
      const isSame = before?.object.metadata.uid === object.metadata.uid;
      if (before !== undefined && !isSame) this.#tellGone(collection, before);
      const now = this.#keep(object, text);
      kept.set(key, now);
      tell(collection, {
        type: isSame ? 'MODIFIED' : 'ADDED',
        version: now.version,
        object: now.object,
        before: isSame ? before?.object : undefined,
      });
    }
    for (const [key, before] of collection.kept) {
      if (!kept.has(key)) this.#tellGone(collection, before);
    }
    collection.kept = kept;
    return collection;
  }

  #keep(object: KubeObject, text = JSON.stringify(object)): Kept {
    this.#version += 1;
    const version = this.#version;
    return { key: keyOf(object), version, text, object: withVersion(object, version) };
  }

  #tellGone(collection: Collection, { object }: Kept): void {
    this.#version += 1;
    const version = this.#version;
    tell(collection, {
      type: 'DELETED',
      version,
      object: withVersion(object, version),
      before: object,
    });
  }
}

function tell(collection: Collection, change: Change): void {
  collection.changes.push(change);
  if (collection.changes.length <= HISTORY) return;
  const oldest = collection.changes.shift();
  if (oldest !== undefined) collection.since = oldest.version;
}

function keyOf({ metadata: { namespace = '', name } }: KubeObject): string {
  return `${namespace}/${name}`;
}

function withVersion(object: KubeObject, version: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
}

function byKey(a: Versioned, b: Versioned): number {
  return a.key < b.key ? -1 : 1;
}

/** The versions of the objects of a cluster. */
export const versions = defineTopic({
  name: 'kubernetes-versions',
  lifetime: 'always',
  create: (cluster: Cluster) => new Versions(cluster),
});
