import { type DataMap, getOwn, isMap } from '../values.js';

/** The map or list that a pointer leads into, and the last part of the pointer. */
export interface Place {
  readonly container: DataMap | unknown[];
  readonly key: string;
}

/**
 * Follows a JSON pointer up to its last part; nothing when the way there is missing or leads
 * through something that has no parts.
 */
export function placeOf(document: unknown, pointer: string): Place | undefined {
  if (!pointer.startsWith('/')) return undefined;
  const parts = pointer.split('/').slice(1).map(unescapePart);
  const key = parts.pop() ?? '';
  let container = document;
  for (const part of parts) {
    if (Array.isArray(container)) container = itemAt(container, part);
    else if (isMap(container)) container = getOwn(container, part);
    else return undefined;
  }
  return Array.isArray(container) || isMap(container) ? { container, key } : undefined;
}

/** What stands at a place; `undefined` for a missing key and for an index out of range. */
export function valueAt({ container, key }: Place): unknown {
  return Array.isArray(container) ? itemAt(container, key) : getOwn(container, key);
}

function itemAt(list: readonly unknown[], part: string): unknown {
  const index = indexOf(part);
  return index === undefined ? undefined : list.at(index);
}

/**
 * The index that a part of a pointer names. Leading zeros and signs are read, as Talos reads them;
 * negative indices count from the end.
 */
export function indexOf(part: string): number | undefined {
  // No list is longer than what nine digits count.
  return /^[+-]?0*\d{1,9}$/.test(part) ? Number(part) : undefined;
}

function unescapePart(part: string): string {
  return part.replace(/~[01]/g, (pair) => (pair === '~1' ? '/' : '~'));
}
