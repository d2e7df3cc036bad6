import { isDeepStrictEqual } from 'node:util';
import { ServerStatus } from '../../base/calls/status.js';
import type { Bookmarks } from './bookmark.js';
import { History } from './history.js';
import {
  type Content,
  compareIds,
  type Resource,
  type ResourceMetadata,
  resourceText,
  tombstone,
} from './resource.js';

/** What is written of a resource; the collection adds version, phase and times. */
export interface ResourceInit {
  readonly id: string;
  readonly owner: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly finalizers?: readonly string[] | undefined;
  readonly content: Content;
}

const noFinalizers: readonly string[] = [];
const noEntries: Readonly<Record<string, string>> = {};

/** The resources of one namespace and type, and their history. */
export class Collection {
  readonly namespace: string;
  readonly type: string;
  readonly history = new History();
  readonly bookmarks: Bookmarks;
  readonly #resources = new Map<string, Resource>();
  readonly #now: () => number;

  constructor(namespace: string, type: string, bookmarks: Bookmarks, now: () => number) {
    this.namespace = namespace;
    this.type = type;
    this.bookmarks = bookmarks;
    this.#now = now;
  }

  /** The resource with an id, if there is one. */
  find(id: string): Resource | undefined {
    return this.#resources.get(id);
  }

  /** The resource with an id; fails with `not-found` when there is none. */
  get(id: string): Resource {
    const found = this.#resources.get(id);
    if (found !== undefined) return found;
    const text = resourceText(this.tombstone(id).metadata);
    throw new ServerStatus('not-found', `resource ${text} doesn't exist`);
  }

  /** Every resource, sorted by id. */
  list(): Resource[] {
    return [...this.#resources.values()].sort(compareIds);
  }

  /** Stands for a resource of this namespace and type that is not there. */
  tombstone(id: string): Resource {
    return tombstone(this.namespace, this.type, id, this.#now());
  }

  /**
   * Creates the resource, or updates it when it differs; nothing happens when it does not, or when
   * the resource is being torn down and has to go first.
   */
  put(init: ResourceInit): void {
    const current = this.#resources.get(init.id);
    if (current === undefined) this.#create(init);
    else if (current.metadata.phase === 'running') this.#update(current, init);
  }

  #create(init: ResourceInit): void {
    const now = this.#now();
    const metadata = { ...this.#metadata(init), version: 1, created: now, updated: now };
    const resource: Resource = { metadata, content: init.content };
    this.#resources.set(init.id, resource);
    this.history.add({ type: 'created', resource });
  }

  #metadata(init: ResourceInit) {
    return {
      namespace: this.namespace,
      type: this.type,
      id: init.id,
      owner: init.owner,
      phase: 'running' as const,
      finalizers: init.finalizers ?? noFinalizers,
      labels: init.labels ?? noEntries,
      annotations: init.annotations ?? noEntries,
    };
  }

  #update(old: Resource, init: ResourceInit): void {
    const wanted = this.#metadata(init);
    const { owner, finalizers, labels, annotations } = old.metadata;
    const same =
      owner === wanted.owner &&
      isSame(wanted.finalizers, finalizers) &&
      isSame(wanted.labels, labels) &&
      isSame(wanted.annotations, annotations) &&
      isSame(init.content.spec, old.content?.spec);
    if (!same) this.#replace(old, wanted, init.content);
  }

  #replace(old: Resource, changed: Partial<ResourceMetadata>, content = old.content): Resource {
    const metadata = {
      ...old.metadata,
      ...changed,
      version: (old.metadata.version ?? 0) + 1,
      updated: this.#now(),
    };
    const resource: Resource = { metadata, content };
    this.#resources.set(metadata.id, resource);
    this.history.add({ type: 'updated', resource, old });
    return resource;
  }

  /** Replaces the finalizers of a resource that is there. */
  setFinalizers(id: string, finalizers: readonly string[]): void {
    this.#replace(this.get(id), { finalizers });
  }

  /** Begins the removal of a resource: it moves to phase `tearingDown`, once. */
  teardown(id: string): Resource {
    const resource = this.get(id);
    if (resource.metadata.phase === 'tearingDown') return resource;
    return this.#replace(resource, { phase: 'tearingDown' });
  }

  /** Removes a resource; fails with `failed-precondition` while finalizers hold it. */
  destroy(id: string): void {
    const resource = this.get(id);
    const { finalizers } = resource.metadata;
    if (finalizers.length > 0) {
      const text = resourceText(resource.metadata);
      throw new ServerStatus(
        'failed-precondition',
        `resource ${text} has pending finalizers [${finalizers.join(' ')}]`,
      );
    }
    this.#resources.delete(id);
    this.history.add({ type: 'destroyed', resource });
  }
}

/** Most of what is compared is the same object. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || isDeepStrictEqual(one, other);
}
