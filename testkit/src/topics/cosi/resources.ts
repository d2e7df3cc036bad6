import { checkOptions } from 'talos-client/options';
import type { Machine } from '../../base/machine.js';
import { defineTopic } from '../../base/topic.js';
import { Bookmarks } from './bookmark.js';
import { Collection } from './collection.js';
import type { AnyKind, ResourceKind } from './kind.js';
import type { Resource } from './resource.js';
import {
  type Published,
  type PublishOptions,
  publishShape,
  type ResourceSource,
} from './source.js';
import { resourceSources } from './sources.js';

/** What a source shows, by where it is. */
type Shown = ReadonlyMap<string, Published>;

/** What a source has published. */
interface Holding {
  /** As the source gave it. */
  readonly list: Iterable<Published>;
  /** The same, read. */
  readonly items: Shown;
}

const nothing: Holding = { list: [], items: new Map() };

/** Lists that several nodes show, in order. */
const shared = new WeakMap<object, Shown>();

/**
 * The resources of one node, as its resource API shows them. Like all memory they are gone when
 * the node goes down: versions begin anew and bookmarks of the last boot are no longer good.
 *
 * Most resources come from sources, see `ResourceSource`; what these show they write again when it
 * changes. Tests may write more:
 *
 * @example
 * ```ts
 * node.resources.put(resourceKinds.diagnostic, 'address-overlap', {
 *   message: 'host and Kubernetes pod CIDRs overlap',
 *   details: [],
 * });
 * ```
 */
export class Resources {
  readonly #machine: Machine;
  readonly #bookmarks: Bookmarks;
  readonly #collections = new Map<string, Collection>();
  /** Those that have not been asked yet, by the types they have. */
  readonly #waiting = new Map<string, Set<ResourceSource>>();
  readonly #held = new Map<ResourceSource, Holding>();
  /** Sources that have something new to show, which is looked at once for many changes. */
  readonly #stale = new Set<ResourceSource>();
  readonly #listeners: readonly (() => void)[];
  /** Whether what is written was there since the boot. */
  #beginning = false;

  /** @internal Use `node.resources`. */
  constructor(machine: Machine, sources: readonly ResourceSource[] = resourceSources) {
    this.#machine = machine;
    this.#bookmarks = new Bookmarks(machine.random.fork(`bookmarks/${machine.boots}`).uint64());
    for (const source of sources) {
      for (const { type } of source.kinds) {
        const waiting = this.#waiting.get(type) ?? new Set();
        this.#waiting.set(type, waiting.add(source));
      }
    }
    this.#listeners = machine.cluster.machines.map((other) =>
      other.onChange((topic) => this.#changed(topic, other)),
    );
  }

  /** Waits for what the sources of a type need before anybody reads. */
  async ready(type: string): Promise<void> {
    this.#wake(type);
    for (const source of this.#held.keys()) {
      if (!source.kinds.some((kind) => kind.type === type)) continue;
      const preparing = source.prepare?.(this.#machine);
      if (preparing === undefined) continue;
      await preparing;
      this.#refresh(source);
    }
  }

  /** Asks the sources of a type for the first time: what they show is as old as the boot. */
  #wake(type: string): void {
    const sources = this.#waiting.get(type);
    if (sources === undefined) return;
    this.#waiting.delete(type);
    this.#beginning = true;
    try {
      for (const source of sources) {
        if (this.#held.has(source)) continue;
        this.#refresh(source);
        this.#repeat(source);
      }
    } finally {
      this.#beginning = false;
    }
  }

  #repeat(source: ResourceSource): void {
    const { everyMs } = source;
    if (everyMs === undefined) return;
    // Timers of the machine end with its boot.
    this.#machine.clock.setTimer(everyMs, () => {
      this.#refresh(source);
      this.#repeat(source);
    });
  }

  /** The resources of a namespace and type; both compared with their case. */
  collection(namespace: string, type: string): Collection {
    this.#wake(type);
    this.#refreshStale();
    return this.#collection(namespace, type);
  }

  #collection(namespace: string, type: string): Collection {
    const key = `${namespace} ${type}`;
    let found = this.#collections.get(key);
    if (found === undefined) {
      const now = () => (this.#beginning ? this.#machine.bootedAt : this.#machine.clock.now());
      found = new Collection(namespace, type, this.#bookmarks, now);
      this.#collections.set(key, found);
    }
    return found;
  }

  /** Creates or changes a resource. Nothing happens when it is like that already. */
  put<Spec>(kind: ResourceKind<Spec>, id: string, spec: Spec, options: PublishOptions = {}): void {
    checkOptions(options, publishShape, 'put');
    this.#wake(kind.type);
    this.#put({ ...options, kind, id, spec });
  }

  #put({ kind, id, spec, ...options }: Published): void {
    const { namespace = kind.namespace, owner = kind.owner, ...metadata } = options;
    this.#collection(namespace, kind.type).put({
      ...metadata,
      id,
      owner,
      content: { kind, spec },
    });
  }

  /** A resource as it is now, if there is one. */
  find(kind: AnyKind, id: string, namespace = kind.namespace): Resource | undefined {
    return this.collection(namespace, kind.type).find(id);
  }

  /** The spec of a resource that is there and not torn down. */
  spec<Spec>(kind: ResourceKind<Spec>, id: string, namespace?: string): Spec | undefined {
    const found = this.find(kind, id, namespace);
    // What is stored under a type was put with its kind.
    return found?.metadata.phase === 'running' ? (found.content?.spec as Spec) : undefined;
  }

  /**
   * Removes a resource as controllers do: it is torn down, and destroyed at once unless finalizers
   * hold it. Nothing happens when there is none.
   */
  remove(kind: AnyKind, id: string, namespace = kind.namespace): void {
    const collection = this.#collection(namespace, kind.type);
    const found = collection.find(id);
    if (found === undefined) return;
    if (kind.destroyedDirectly !== true) collection.teardown(id);
    if (found.metadata.finalizers.length === 0) collection.destroy(id);
  }

  /** Takes a finalizer off a resource, and destroys what was only held by it. */
  release(kind: AnyKind, id: string, finalizer: string, namespace = kind.namespace): void {
    const collection = this.collection(namespace, kind.type);
    const { finalizers, phase } = collection.get(id).metadata;
    const left = finalizers.filter((name) => name !== finalizer);
    if (left.length === finalizers.length) return;
    collection.setFinalizers(id, left);
    if (phase !== 'tearingDown' || left.length > 0) return;
    collection.destroy(id);
    // A source that shows it again had to wait for this.
    for (const source of this.#held.keys()) {
      if (!source.kinds.includes(kind)) continue;
      this.#held.set(source, nothing);
      this.#refresh(source);
    }
  }

  #changed(topic: string, machine: Machine): void {
    for (const source of this.#held.keys()) {
      if (machine !== this.#machine && source.clusterWide !== true) continue;
      if (source.topics.includes(topic)) this.#stale.add(source);
    }
    // Those who wait see the change even when nobody else reads.
    if (this.#stale.size > 0) queueMicrotask(() => this.#refreshStale());
  }

  #refreshStale(): void {
    for (const source of [...this.#stale]) {
      this.#stale.delete(source);
      this.#refresh(source);
    }
  }

  #refresh(source: ResourceSource): void {
    const list = source.resources(this.#machine);
    const held = this.#held.get(source);
    if (list === held?.list) return;
    const items = shared.get(list) ?? byPlace(source, list);
    // A generator is read once, and never comes again.
    if (Array.isArray(list)) shared.set(list, items);
    for (const [place, { kind, id, namespace }] of held?.items ?? []) {
      if (!items.has(place)) this.remove(kind, id, namespace);
    }
    for (const [place, item] of items) {
      if (held?.items.get(place) !== item) this.#put(item);
    }
    this.#held.set(source, { list, items });
  }

  /** Lets go of the machine. */
  stop(): void {
    this.#stale.clear();
    for (const stopListening of this.#listeners) stopListening();
  }
}

function byPlace({ kinds }: ResourceSource, list: Iterable<Published>): Shown {
  const items = new Map<string, Published>();
  for (const item of list) {
    const { kind, id, namespace = kind.namespace } = item;
    if (!kinds.includes(kind)) {
      throw new TypeError(`a source shows ${kind.type} without naming it among its kinds`);
    }
    items.set(`${namespace} ${kind.type} ${id}`, item);
  }
  return items;
}

/** The resources of a node. */
export const resources = defineTopic({
  name: 'resources',
  lifetime: 'boot',
  create: (machine: Machine) => new Resources(machine),
});
