import type { Field, FieldType, Structure } from '../structure/structure.js';
import { type DataMap, getOwn, isMap, keysOf, setOwn } from '../values.js';
import { isZero } from './zero.js';

/**
 * A value of a structure without what Talos takes for absent: empty texts, zeros and empty lists
 * that no pointer makes different from nothing. Two values that Talos reads alike become the same.
 */
export function withoutZeros(value: DataMap, structure: Structure): DataMap {
  const kept = {};
  for (const key of keysOf(value)) {
    const field = structure.field(key);
    const inner = getOwn(value, key);
    const settled = field === undefined ? inner : fieldWithoutZeros(inner, field);
    if (settled !== undefined) setOwn(kept, key, settled);
  }
  return kept;
}

function fieldWithoutZeros(value: unknown, { type, pointer }: Field): unknown {
  if (value === null) return undefined;
  const settled = valueWithoutZeros(value, type);
  const isEmpty = isZero(settled, type) || hasNothing(settled);
  return isEmpty && !pointer ? undefined : settled;
}

function valueWithoutZeros(value: unknown, type: FieldType): unknown {
  if (type.kind === 'list' && Array.isArray(value)) {
    return value.map((item) => valueWithoutZeros(item, type.item));
  }
  if (!isMap(value)) return value;
  if (type.kind === 'struct') return withoutZeros(value, type.structure);
  if (type.kind !== 'map') return value;
  const kept = {};
  for (const key of keysOf(value))
    setOwn(kept, key, valueWithoutZeros(getOwn(value, key), type.value));
  return kept;
}

function hasNothing(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isMap(value) && keysOf(value).length === 0;
}
