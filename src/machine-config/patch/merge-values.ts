import type { Field, FieldType, ListType, Structure } from '../structure/structure.js';
import { cloneValue, type DataMap, getOwn, isMap, keysOf, setOwn } from '../values.js';
import { mergeFree } from './merge-free.js';
import { mergeKeyedList } from './merge-keyed-list.js';
import { mergeUrl } from './merge-url.js';
import { isZero } from './zero.js';

/**
 * Merges a patch into the value of a structure, field by field as Talos does, and returns the new
 * value. Both stay as they are; the new one may share parts with `left`. What a patch leaves out
 * stays, without the exceptions that Talos has (docs/machine-config-patches.md).
 *
 * `path` is where the value stands, for errors.
 *
 * @throws PatchFailure when two free values do not fit together.
 */
export function mergeStruct(
  left: DataMap,
  right: DataMap,
  structure: Structure,
  path: readonly string[],
): DataMap {
  const merged = { ...left };
  for (const key of keysOf(right)) {
    const field = structure.field(key);
    const value = getOwn(right, key);
    if (field === undefined) setOwn(merged, key, cloneValue(value));
    else setOwn(merged, key, mergeField(getOwn(left, key), value, field, [...path, key]));
    if (merged[key] === undefined) delete merged[key];
  }
  return merged;
}

/** Merges one field; `left` may be absent. */
export function mergeField(
  left: unknown,
  right: unknown,
  field: Field,
  path: readonly string[],
): unknown {
  if (right === null) return left;
  const isAbsent = left === undefined || left === null;
  if (field.pointer) {
    if (isAbsent) return cloneValue(right);
    // Behind a pointer a zero says something, but for URLs: an empty one is no URL.
    const isUrl = field.type.kind === 'string' && field.type.format === 'url';
    if (isZero(right, field.type) && !isUrl) return right;
  }
  if (field.replace) {
    // An empty mapping is what Talos has for an absent one.
    const isEmpty = field.type.kind === 'free' && isMap(right) && keysOf(right).length === 0;
    return isEmpty ? left : cloneValue(right);
  }
  return mergeValue(isAbsent ? undefined : left, right, field.type, path);
}

/** Merges two values of one type; `left` may be absent. */
export function mergeValue(
  left: unknown,
  right: unknown,
  type: FieldType,
  path: readonly string[],
): unknown {
  switch (type.kind) {
    case 'struct':
      if (!isMap(right)) return left;
      return mergeStruct(isMap(left) ? left : {}, right, type.structure, path);
    case 'list':
      return Array.isArray(right) ? mergeList(left, right, type, path) : left;
    case 'map':
      return isMap(right) ? mergeMap(left, right, type, path) : left;
    case 'args':
      return isMap(right) ? replaceKeys(left, right) : left;
    case 'free':
      return isMap(right) ? mergeFree(isMap(left) ? left : {}, right, path) : left;
    case 'boolean':
      return right;
    case 'string':
      // An empty text of bytes is not an absent one.
      if (type.format === 'base64') return right;
      if (isZero(right, type)) return left ?? right;
      return type.format === 'url' ? mergeUrl(left, right) : right;
    default:
      return isZero(right, type) ? (left ?? right) : right;
  }
}

function mergeList(
  left: unknown,
  right: readonly unknown[],
  type: ListType,
  path: readonly string[],
): unknown {
  const before: readonly unknown[] = Array.isArray(left) ? left : [];
  if (type.keys === undefined || type.item.kind !== 'struct') {
    return [...before, ...cloneValue(right)];
  }
  const { structure } = type.item;
  return mergeKeyedList(before, right, type, structure, (item, patch, index) =>
    mergeStruct(item, patch, structure, [...path, `[${index}]`]),
  );
}

function mergeMap(
  left: unknown,
  right: DataMap,
  type: FieldType & { readonly kind: 'map' },
  path: readonly string[],
): DataMap {
  const merged = isMap(left) ? { ...left } : {};
  for (const key of keysOf(right)) {
    const before = getOwn(merged, key);
    const value = getOwn(right, key);
    if (before === undefined || before === null) setOwn(merged, key, cloneValue(value));
    else if (value !== null) {
      setOwn(merged, key, mergeValue(before, value, type.value, [...path, key]));
    }
  }
  return merged;
}

function replaceKeys(left: unknown, right: DataMap): DataMap {
  const merged = isMap(left) ? { ...left } : {};
  for (const key of keysOf(right)) setOwn(merged, key, cloneValue(getOwn(right, key)));
  return merged;
}
