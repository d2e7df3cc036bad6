import { isScalar, type Pair, type YAMLMap } from 'yaml';
import { renamed, textOf } from './yaml-values.js';

/** A context that got another name in a merge, since its own was taken. */
export interface ContextRename {
  readonly from: string;
  readonly to: string;
}

/**
 * Copies the contexts of `incoming` to the end of `contexts`, with their comments and unknown keys.
 * Returns the new name of each by its old one.
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
 * The names that `incoming` contexts get: their own name if it is not `taken`, or else the first
 * free one of `name-1`, `name-2` and so on. Contexts that keep their name come first, so no context
 * loses its name to a renamed one, and which contexts are renamed does not depend on the order.
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
