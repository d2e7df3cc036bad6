import type { FieldType, Structure } from '../structure/structure.js';
import { type DataMap, getOwn, isMap, setOwn } from '../values.js';
import type { DeleteSelector } from './delete-selectors.js';
import { PatchFailure } from './patch-failure.js';
import { isZero } from './zero.js';

/**
 * Deletes one field, key or list item of a document and returns the new value.
 *
 * @throws PatchFailure when there is nothing at the path, with the text that Talos gives.
 */
export function applyDelete(
  value: DataMap,
  selector: DeleteSelector,
  structure: Structure,
): DataMap {
  return inStruct(value, selector.path, structure, selector);
}

const lookupFailed = () => new PatchFailure('lookup failed');

/** A field that is absent already is no mistake when the structure knows it. */
function inStruct(
  value: DataMap,
  [key = '', ...rest]: readonly string[],
  structure: Structure,
  selector: DeleteSelector,
): DataMap {
  const field = structure.field(key);
  if (field === undefined) throw lookupFailed();
  const inner = getOwn(value, key);
  if (rest.length === 0) return without(value, key);
  if (inner !== undefined && inner !== null) {
    return withKey(value, key, inValue(inner, rest, field.type, selector));
  }
  // What is no pointer is always there, empty: a deletion in it is checked and changes nothing.
  if (!field.pointer && field.type.kind === 'list') requireIndex(rest);
  if (field.pointer || field.type.kind !== 'struct') throw lookupFailed();
  inStruct({}, rest, field.type.structure, selector);
  return value;
}

function inValue(
  value: unknown,
  path: readonly string[],
  type: FieldType,
  selector: DeleteSelector,
): unknown {
  switch (type.kind) {
    case 'struct':
      if (!isMap(value)) throw lookupFailed();
      return inStruct(value, path, type.structure, selector);
    case 'list':
      return inList(value, path, type.item, selector);
    case 'map':
      return inMap(value, path, (inner, rest) => inValue(inner, rest, type.value, selector));
    case 'args':
      return inMap(value, path, () => {
        throw lookupFailed();
      });
    case 'free':
      return inFree(value, path);
    default:
      throw lookupFailed();
  }
}

function inFree(value: unknown, path: readonly string[]): unknown {
  if (!Array.isArray(value)) return inMap(value, path, inFree);
  // Talos looks for structures in lists; free lists have none.
  requireIndex(path);
  throw lookupFailed();
}

function inMap(
  value: unknown,
  [key = '', ...rest]: readonly string[],
  inside: (inner: unknown, rest: readonly string[]) => unknown,
): DataMap {
  const inner = isMap(value) ? getOwn(value, key) : undefined;
  if (!isMap(value) || inner === undefined) throw lookupFailed();
  return rest.length === 0 ? without(value, key) : withKey(value, key, inside(inner, rest));
}

function inList(
  value: unknown,
  path: readonly string[],
  item: FieldType,
  { item: wanted }: DeleteSelector,
): unknown {
  requireIndex(path);
  const list = Array.isArray(value) ? value : [];
  const field = item.kind === 'struct' ? item.structure.field(wanted?.key ?? '') : undefined;
  // Only texts are compared: Talos does not see numbers and booleans here.
  if (field?.type.kind !== 'string' || wanted === undefined) throw lookupFailed();
  const { type } = field;
  const index = list.findIndex((candidate) => {
    const text = isMap(candidate) ? getOwn(candidate, wanted.key) : undefined;
    return isZero(text, type) ? wanted.value === (type.zero ?? '') : text === wanted.value;
  });
  if (index === -1) throw lookupFailed();
  return list.toSpliced(index, 1);
}

function requireIndex([key = '', ...rest]: readonly string[]): void {
  if (rest.length > 0) {
    throw new PatchFailure('searching for complex paths in slices is not supported');
  }
  if (!key.startsWith('[')) {
    throw new PatchFailure('searching for non-integer keys in slices is not supported');
  }
}

function without(value: DataMap, key: string): DataMap {
  const left = { ...value };
  delete left[key];
  return left;
}

function withKey(value: DataMap, key: string, inner: unknown): DataMap {
  const copy = { ...value };
  setOwn(copy, key, inner);
  return copy;
}
