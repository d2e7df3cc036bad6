import type { ListType, Structure } from '../structure/structure.js';
import { cloneValue, type DataMap, getOwn, isMap, keysOf } from '../values.js';
import { isZero } from './zero.js';

/**
 * Merges a list whose items have a key: an item of the patch changes, or replaces, the one with its
 * key, and is appended where there is none.
 */
export function mergeKeyedList(
  left: readonly unknown[],
  right: readonly unknown[],
  type: ListType,
  structure: Structure,
  mergeItem: (item: DataMap, patch: DataMap, index: number) => DataMap,
): unknown[] {
  const merged = [...left];
  const places = new Map<string, number>();
  const remember = (index: number) => {
    for (const key of keysOfItem(merged[index], type, structure)) {
      // Talos takes the first item to merge into, the last one to replace.
      if (type.onMatch === 'replace' || !places.has(key)) places.set(key, index);
    }
  };
  for (const index of left.keys()) remember(index);
  for (const patch of right) {
    const [key] = keysOfItem(patch, type, structure);
    const index = key === undefined ? undefined : places.get(key);
    const item = index === undefined ? undefined : merged[index];
    if (index === undefined || !isMap(item) || !isMap(patch)) {
      merged.push(cloneValue(patch));
      // Items that the patch brought are not found again where items are replaced.
      if (type.onMatch !== 'replace') remember(merged.length - 1);
    } else if (type.onMatch === 'replace') {
      merged[index] = cloneValue(patch);
    } else {
      const stale = keysOfItem(item, type, structure);
      merged[index] = mergeItem(item, patch, index);
      for (const old of stale) if (places.get(old) === index) places.delete(old);
      remember(index);
    }
  }
  return merged;
}

/** By which texts an item is found, the strongest first. */
function keysOfItem(item: unknown, { keys = [] }: ListType, structure: Structure): string[] {
  if (!isMap(item)) return [];
  const found: string[] = [];
  for (const key of keys) {
    const field = structure.field(key);
    if (field === undefined) continue;
    const value = getOwn(item, key);
    if (field.type.kind === 'struct') {
      const text = isMap(value) ? structText(value, field.type.structure) : undefined;
      if (text !== undefined) found.push(`${key} ${text}`);
    } else if (!isZero(value, field.type)) found.push(`${key} ${String(value)}`);
    // A key that is the only one may be absent on both sides.
    else if (keys.length === 1) found.push(key);
  }
  return found;
}

/**
 * A text that is the same for the same fields. Nothing when a field is a pointer: Talos compares
 * pointers, which never are the same.
 */
function structText(value: DataMap, structure: Structure): string | undefined {
  const fields: [string, unknown][] = [];
  for (const key of keysOf(value)) {
    const field = structure.field(key);
    const inner = getOwn(value, key);
    if (field === undefined || isZero(inner, field.type)) continue;
    if (field.pointer) return undefined;
    fields.push([key, inner]);
  }
  return JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}
