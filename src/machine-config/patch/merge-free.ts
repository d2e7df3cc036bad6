import { cloneValue, type DataMap, getOwn, isMap, keysOf, setOwn, Timestamp } from '../values.js';
import { PatchFailure } from './patch-failure.js';

/**
 * Merges mappings whose shape Talos does not know: key by key, lists appended, empty texts and
 * zeros ignored. A value only merges into one of its own kind.
 */
export function mergeFree(left: DataMap, right: DataMap, path: readonly string[]): DataMap {
  const merged = { ...left };
  for (const key of keysOf(right)) {
    const before = getOwn(left, key);
    const value = getOwn(right, key);
    const isAbsent = before === undefined || before === null;
    setOwn(merged, key, isAbsent ? cloneValue(value) : mergeAny(before, value, [...path, key]));
  }
  return merged;
}

function mergeAny(left: unknown, right: unknown, path: readonly string[]): unknown {
  const [before, patch] = [describe(left), describe(right)];
  if (before !== patch) {
    throw new PatchFailure(
      `merge type mismatch at '${path.join('.')}': left ${before} right ${patch}; ` +
        'delete the key with $patch: delete in a patch before this one',
    );
  }
  if (isMap(left) && isMap(right)) return mergeFree(left, right, path);
  if (Array.isArray(left) && Array.isArray(right)) return [...left, ...cloneValue(right)];
  return right === '' || right === 0 || right === 0n ? left : right;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Timestamp) return 'date';
  switch (typeof value) {
    case 'object':
      return 'mapping';
    case 'string':
      return 'text';
    case 'boolean':
      return 'boolean';
    case 'number':
      return Number.isInteger(value) ? 'integer' : 'fraction';
    default:
      return 'integer';
  }
}
