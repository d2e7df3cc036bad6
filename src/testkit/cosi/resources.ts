import type { Machine } from '../machine/machine.js';
import { defineTopic } from '../topic.js';
import { Bookmarks } from './bookmark.js';
import { Collection } from './collection.js';
import type { AnyKind, ResourceKind } from './kind.js';
import type { Resource } from './resource.js';
import type { Published, PublishOptions, ResourceSource } from './source.js';
import { resourceSources } from './sources.js';

/** What a source has published. */
interface Holding {
  /** As the source gave it. */
  readonly list: Iterable<Published>;
  /** By where it is. */
  readonly items: ReadonlyMap<string, Published>;
}

/**
 * The resources of one node, as its resource API shows them. Like all memory they are gone when
 * the node goes down: versions begin anew and bookmarks of the last boot are no longer good.
 *
 * Most resources come from sources, see `ResourceSource`. Tests may write more:
 *
 * @example
 * ```ts
 * machine.state(resources).put(diagnosticKind, 'address-overlap', {
 *   message: 'host and Kubernetes pod CIDRs overlap',
 *   details: [],
 * });
 * ```
 */
export class Resources {
  readonly #machine: Machine;
  readonly #bookmarks: Bookmarks;
  readonly #collections = new Map<string, Collection>();
  readonly #sources: readonly ResourceSource[];
  readonly #held = new Map<ResourceSource, Holding>();
  /** Sources that have something new to show, which is looked at once for many changes. */
  readonly #stale = new Set<ResourceSource>();
  readonly #listeners: readonly (() => void)[];
  /** While the resources of the beginning are written: they are as old as the boot. */
  #beginning = true;

  constructor(machine: Machine, sources: readonly ResourceSource[] = resourceSources) {
    this.#machine = machine;
    this.#bookmarks = new Bookmarks(machine.random.fork(`bookmarks/${machine.boots}`).uint64());
    this.#sources = sources;
    for (const source of sources) this.#refresh(source);
    this.#beginning = false;
    this.#listeners = machine.cluster.machines.map((other) =>
      other.onChange((topic) => this.#changed(topic, other)),
    );
  }

  /** Waits for what sources need before anybody reads. */
  async ready(): Promise<void> {
    for (const source of this.#sources) {
      const preparing = source.prepare?.(this.#machine);
      if (preparing === undefined) continue;
      await preparing;
      this.#refresh(source);
    }
  }

  /** The resources of a namespace and type; both compared with their case. */
  collection(namespace: string, type: string): Collection {
    this.#refreshStale();
    return this.#collection(namespace, type);
  }

  #collection(namespace: string, type: string): Collection {
    const key = JSON.stringify([namespace, type]);
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
    if (phase === 'tearingDown' && left.length === 0) collection.destroy(id);
  }

  #changed(topic: string, machine: Machine): void {
    for (const source of this.#sources) {
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
    const items = new Map<string, Published>();
    for (const item of list) items.set(keyOf(item), item);
    for (const [key, { kind, id, namespace }] of held?.items ?? []) {
      if (!items.has(key)) this.remove(kind, id, namespace);
    }
    for (const { kind, id, spec, ...options } of items.values()) this.put(kind, id, spec, options);
    this.#held.set(source, { list, items });
  }

  /** Lets go of the machine. */
  stop(): void {
    this.#stale.clear();
    for (const stopListening of this.#listeners) stopListening();
  }
}

function keyOf({ kind, id, namespace = kind.namespace }: Published): string {
  return JSON.stringify([namespace, kind.type, id]);
}

/** The resources of a node. */
export const resources = defineTopic({
  name: 'resources',
  lifetime: 'boot',
  create: (machine: Machine) => new Resources(machine),
});
