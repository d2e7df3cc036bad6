import { isScalar, type Pair, type YAMLMap } from 'yaml';
import { renamed, textOf } from './yaml-values.js';

/** A context that got another name in a merge, since its own was taken. */
export interface ContextRename {
  readonly from: string;
  readonly to: string;
}

/**
 * Copies the contexts of `incoming` to the end of `contexts`, with their comments and unknown keys.
 * Returns the name that each of them has now.
 */
export function mergeContexts(contexts: YAMLMap, incoming: YAMLMap): ReadonlyMap<string, string> {
  const names = mergedNames(contexts.items.map(nameOf), incoming.items.map(nameOf));
  incoming.items.forEach((pair, index) => {
    const copy = pair.clone();
    const name = nameOf(pair);
    copy.key = renamed(pair.key, names.get(name) ?? name);
    // A comment before the first context belongs to the map as a whole.
    if (index === 0 && isScalar(copy.key) && incoming.commentBefore) {
      copy.key.commentBefore = incoming.commentBefore;
    }
    contexts.items.push(copy);
  });
  return names;
}

/**
 * The names that `incoming` contexts get beside those that are `taken`: their own where it is free,
 * else the first free one of `name-1`, `name-2` and so on. Own names go first, so that no context
 * loses its name to the new name of another, and the result does not depend on the order.
 */
export function mergedNames(
  taken: readonly string[],
  incoming: readonly string[],
): ReadonlyMap<string, string> {
  const used = new Set(taken);
  const clashing = new Set(incoming.filter((name) => used.has(name)));
  for (const name of incoming) used.add(name);
  const names = new Map<string, string>();
  for (const name of incoming) {
    const to = clashing.has(name) ? firstFree(name, used) : name;
    used.add(to);
    names.set(name, to);
  }
  return names;
}

function firstFree(name: string, used: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const candidate = `${name}-${number}`;
    if (!used.has(candidate)) return candidate;
  }
}

function nameOf({ key }: Pair): string {
  return textOf(key) ?? '';
}
