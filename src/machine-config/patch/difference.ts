import type { Field, FieldType, Structure } from '../structure/structure.js';
import { cloneValue, type DataMap, getOwn, isMap, keysOf, sameValue, setOwn } from '../values.js';
import { mergeFree } from './merge-free.js';
import { mergeField, mergeStruct, mergeValue } from './merge-values.js';
import { PatchFailure } from './patch-failure.js';

/** What deletes a field, a key or a document. */
export const deletion = { $patch: 'delete' } as const;

/** What a patch has to say to make one value of another: first what goes, then what is set. */
export interface Difference {
  /** Keys that lead to deletions, or a deletion itself; absent when nothing has to go. */
  readonly remove?: DataMap | undefined;
  /** What is merged; absent when nothing is. */
  readonly set?: unknown;
}

/**
 * The difference between two values of a structure as a patch can say it, as small as it is simple
 * to tell: fields and keys one by one, lists from the place on where they only grow, else whole.
 * Both values are without zeros (`withoutZeros`).
 *
 * Nothing when no patch of fields leads there: then the value has to be deleted and set as a whole.
 */
export function structDifference(
  before: DataMap,
  after: DataMap,
  structure: Structure,
): Difference | undefined {
  // In the order in which Talos writes them.
  const keys = structure.fields.map(({ key }) => key);
  return keysDifference(
    before,
    after,
    (key, old, fresh) => {
      const field = structure.field(key);
      return field === undefined ? undefined : fieldDifference(old, fresh, field);
    },
    keys,
  );
}

function fieldDifference(before: unknown, after: unknown, field: Field): Difference | undefined {
  const merge = (left: unknown, right: unknown) => mergeField(left, right, field, []);
  // What replaces is set whole.
  const inside = field.replace ? undefined : insideDifference(before, after, field.type);
  return inside ?? wholeDifference(before, after, merge);
}

/** The difference of two values that both are there, told by their parts. */
function insideDifference(
  before: unknown,
  after: unknown,
  type: FieldType,
): Difference | undefined {
  if (isMap(before) && isMap(after)) {
    switch (type.kind) {
      case 'struct':
        return structDifference(before, after, type.structure);
      case 'map':
        return keysDifference(before, after, (_, old, fresh) =>
          insideOrWhole(old, fresh, type.value),
        );
      case 'args':
        return keysDifference(before, after, (_, old, fresh) =>
          wholeDifference(old, fresh, (_left, right) => right),
        );
      case 'free':
        return freeDifference(before, after);
      default:
        return undefined;
    }
  }
  if (type.kind !== 'list' || !Array.isArray(before) || !Array.isArray(after)) return undefined;
  const set =
    type.keys !== undefined && type.item.kind === 'struct'
      ? itemsToMerge(before, after, type.item.structure, type.keys)
      : after.slice(before.length);
  if (set === undefined || set.length === 0) return undefined;
  return leadsTo(after, () => mergeValue(before, set, type, [])) ? { set } : undefined;
}

function insideOrWhole(before: unknown, after: unknown, type: FieldType): Difference | undefined {
  return (
    insideDifference(before, after, type) ??
    wholeDifference(before, after, (left, right) =>
      left === undefined ? cloneValue(right) : mergeValue(left, right, type, []),
    )
  );
}

function freeDifference(before: DataMap, after: DataMap): Difference | undefined {
  return keysDifference(before, after, (key, old, fresh) => {
    if (isMap(old) && isMap(fresh)) {
      const inside = freeDifference(old, fresh);
      if (inside !== undefined) return inside;
    }
    const merge = (left: unknown, right: unknown) =>
      getOwn(mergeFree(left === undefined ? {} : { [key]: left }, { [key]: right }, []), key);
    if (Array.isArray(old) && Array.isArray(fresh) && fresh.length > old.length) {
      const set = fresh.slice(old.length);
      if (leadsTo(fresh, () => merge(old, set))) return { set };
    }
    return wholeDifference(old, fresh, merge);
  });
}

/** Sets the value as it is where merging gives it, else deletes first. */
function wholeDifference(
  before: unknown,
  after: unknown,
  merge: (left: unknown, right: unknown) => unknown,
): Difference | undefined {
  if (after === undefined) return { remove: deletion };
  if (leadsTo(after, () => merge(before, after))) return { set: after };
  if (before === undefined || !leadsTo(after, () => merge(undefined, after))) return undefined;
  return { remove: deletion, set: after };
}

function keysDifference(
  before: DataMap,
  after: DataMap,
  differ: (key: string, before: unknown, after: unknown) => Difference | undefined,
  firstKeys: readonly string[] = [],
): Difference | undefined {
  const remove = {};
  const set = {};
  for (const key of new Set([...firstKeys, ...keysOf(before), ...keysOf(after)])) {
    const [old, fresh] = [getOwn(before, key), getOwn(after, key)];
    if (sameValue(old, fresh)) continue;
    const difference = differ(key, old, fresh);
    if (difference === undefined) return undefined;
    if (difference.remove !== undefined) {
      // Talos takes such a key for the place of an item in a list.
      if (key === '' || key.startsWith('[')) return undefined;
      setOwn(remove, key, difference.remove);
    }
    if (difference.set !== undefined) setOwn(set, key, difference.set);
  }
  return {
    remove: keysOf(remove).length > 0 ? remove : undefined,
    set: keysOf(set).length > 0 ? set : undefined,
  };
}

/**
 * Items that, merged into a list with keys, give `after`: the old ones with what is new in them,
 * then the new ones. Nothing where an item goes or loses a field, which no merge does.
 */
function itemsToMerge(
  before: readonly unknown[],
  after: readonly unknown[],
  structure: Structure,
  keys: readonly string[],
): unknown[] | undefined {
  const items: unknown[] = [];
  for (const [index, fresh] of after.entries()) {
    const old = before[index];
    if (sameValue(old, fresh)) continue;
    if (!isMap(old) || !isMap(fresh)) items.push(fresh);
    else {
      const difference = structDifference(old, fresh, structure);
      if (difference === undefined || difference.remove !== undefined) return undefined;
      items.push(
        mergeStruct(identity(fresh, keys), (difference.set ?? {}) as DataMap, structure, []),
      );
    }
  }
  return items;
}

/** The first key that an item has. */
function identity(item: DataMap, keys: readonly string[]): DataMap {
  const found = {};
  const key = keys.find((candidate) => getOwn(item, candidate) !== undefined);
  if (key !== undefined) setOwn(found, key, getOwn(item, key));
  return found;
}

function leadsTo(goal: unknown, merge: () => unknown): boolean {
  try {
    return sameValue(merge(), goal);
  } catch (error) {
    if (error instanceof PatchFailure) return false;
    throw error;
  }
}
