import { below, described } from '../../runtime/arguments/described.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import type { Json } from '../json.js';

/** What is remembered is read again with each start: large things belong in files. */
const MOST_CHARACTERS = 1024 * 1024;
/** Deeper than any data that people write, and far from the end of the stack. */
const MOST_LEVELS = 200;

/**
 * A copy of `value` as it comes back from a disk.
 *
 * @param where what the error begins with
 * @param what the name of the value
 * @throws {TalosConfigError} naming the place of what is not JSON
 */
export function jsonOf(value: unknown, where: string, what: string): Json {
  const problem = problemOf(value, what, []);
  if (problem !== undefined) throw new TalosConfigError(`${where}: ${problem}`, { field: what });
  const text = JSON.stringify(value);
  if (text.length > MOST_CHARACTERS) {
    throw new TalosConfigError(
      `${where}: ${what}: has ${text.length} characters as JSON, which is too much to be remembered: write it to a file, and give its name`,
      { field: what },
    );
  }
  return JSON.parse(text) as Json;
}

/** What of `value` is not JSON, and where. */
function problemOf(value: unknown, path: string, above: readonly object[]): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `${path}: ${value} is not JSON`;
    case 'bigint':
      return `${path}: a bigint is not JSON: write it as a decimal text`;
    case 'object':
      return value === null ? undefined : inside(value, path, above);
    default:
      return `${path}: ${described(value)} is not JSON`;
  }
}

function inside(value: object, path: string, above: readonly object[]): string | undefined {
  if (above.includes(value)) return `${path}: holds itself`;
  if (above.length >= MOST_LEVELS) return `${path}: is deeper than ${MOST_LEVELS} levels`;
  const way = [...above, value];
  if (Array.isArray(value)) {
    // Not `map`, which skips holes.
    return first(value.keys(), (index) => problemOf(value[index], `${path}[${index}]`, way));
  }
  if (ArrayBuffer.isView(value)) return `${path}: bytes are not JSON: write them as base64`;
  if (!isPlain(value)) return `${path}: ${described(value)} is not JSON: write its values`;
  return first(Object.entries(value), ([key, item]) =>
    item === undefined ? undefined : problemOf(item, below(path, key), way),
  );
}

/** Whether it is an object of no class, from whichever realm. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function first<T>(items: Iterable<T>, find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
