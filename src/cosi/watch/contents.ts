import type { Resource as WireResource } from '../../../generated/features/resources.js';
import { type DecodeResource, isTombstone, specYaml } from '../decode-resource.js';
import type { Resource } from '../resource.js';
import type { ResourceChange } from './watch-event.js';

/**
 * The resources that a watch has told of, by id. Whatever a node sends becomes changes of these: none
 * is created twice or destroyed before it was created.
 */
export class Contents<Spec> {
  readonly #resources = new Map<string, Resource<Spec>>();
  readonly #where: ((resource: Resource<Spec>) => boolean) | undefined;

  /** @param where which resources are told of; the others are as if they were not there */
  constructor(where?: (resource: Resource<Spec>) => boolean) {
    this.#where = where;
  }

  get size(): number {
    return this.#resources.size;
  }

  /** The change that a resource as it is now amounts to, if it is one. */
  put(resource: Resource<Spec>): ResourceChange<Spec> | undefined {
    const { id } = resource.metadata;
    const old = this.#resources.get(id);
    if (this.#where?.(resource) === false) {
      if (!this.#resources.delete(id)) return undefined;
      return { type: 'destroyed', resource, inferred: false };
    }
    if (old !== undefined && isSame(old, resource)) return undefined;
    this.#resources.set(id, resource);
    return old === undefined ? { type: 'created', resource } : { type: 'updated', resource, old };
  }

  /** The change that the end of a resource amounts to, if it is one. */
  remove(wire: WireResource, decode: DecodeResource<Spec>): ResourceChange<Spec> | undefined {
    const id = wire.metadata?.id ?? '';
    const last = this.#resources.get(id);
    if (last === undefined) return undefined;
    this.#resources.delete(id);
    const resource = isTombstone(wire) ? last : decode(wire);
    return { type: 'destroyed', resource, inferred: false };
  }

  /** The changes from what was told to `listed`, which is all that there is now. */
  replace(listed: ReadonlyMap<string, Resource<Spec>>): ResourceChange<Spec>[] {
    const before = this.#resources;
    const changes: ResourceChange<Spec>[] = [];
    for (const [id, resource] of before) {
      if (!listed.has(id)) changes.push({ type: 'destroyed', resource, inferred: true });
    }
    for (const { resource } of changes) before.delete(resource.metadata.id);
    for (const resource of listed.values()) {
      const change = this.put(resource);
      if (change !== undefined) changes.push(change);
    }
    return changes;
  }
}

/**
 * Whether two states of a resource are the same one. Versions alone do not tell: they begin anew
 * with each boot.
 */
function isSame(one: Resource, other: Resource): boolean {
  const { version, created, updated, phase } = one.metadata;
  return (
    version === other.metadata.version &&
    created === other.metadata.created &&
    updated === other.metadata.updated &&
    phase === other.metadata.phase &&
    specYaml(one) === specYaml(other)
  );
}
