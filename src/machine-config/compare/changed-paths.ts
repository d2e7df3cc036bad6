import { getOwn, isMap, keysOf, sameValue, Timestamp } from '../values.js';
import { lineEdits } from './line-edits.js';

/** One difference between two values: what came, what went, or what is another value now. */
export interface Change {
  readonly change: 'added' | 'removed' | 'changed';
  /**
   * Keys of mappings and positions in lists, of the old value where something went, else of the new
   * one. Empty for the value as a whole.
   */
  readonly path: readonly (string | number)[];
}

/** Where two values differ, as deep as both are of the same kind, in the order of reading. */
export function changedPaths(before: unknown, after: unknown): Change[] {
  const changes: Change[] = [];
  compare(before, after, [], changes);
  return changes;
}

function compare(before: unknown, after: unknown, path: Change['path'], changes: Change[]): void {
  if (sameValue(before, after)) return;
  if (before === undefined) changes.push({ change: 'added', path });
  else if (after === undefined) changes.push({ change: 'removed', path });
  else if (isMap(before) && isMap(after)) {
    for (const key of new Set([...keysOf(before), ...keysOf(after)])) {
      compare(getOwn(before, key), getOwn(after, key), [...path, key], changes);
    }
  } else if (Array.isArray(before) && Array.isArray(after)) {
    compareLists(before, after, path, changes);
  } else changes.push({ change: 'changed', path });
}

function compareLists(
  before: readonly unknown[],
  after: readonly unknown[],
  path: Change['path'],
  changes: Change[],
): void {
  const { removed, added } = lineEdits(before.map(textOf), after.map(textOf));
  let x = 0;
  let y = 0;
  while (x < before.length || y < after.length) {
    if (removed[x] === 1 && added[y] === 1) {
      // One goes and one comes in the same place: it has changed.
      compare(before[x], after[y], [...path, y], changes);
      x += 1;
      y += 1;
    } else if (removed[x] === 1) {
      changes.push({ change: 'removed', path: [...path, x] });
      x += 1;
    } else if (added[y] === 1) {
      changes.push({ change: 'added', path: [...path, y] });
      y += 1;
    } else {
      x += 1;
      y += 1;
    }
  }
}

/** A text that is the same for the same data, and only for it. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  if (value instanceof Timestamp) return `@${value.text}`;
  if (!isMap(value)) return typeof value === 'string' ? JSON.stringify(value) : String(value);
  const pairs = keysOf(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${textOf(getOwn(value, key))}`);
  return `{${pairs.join()}}`;
}
