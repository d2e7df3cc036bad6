import { cloneValue, getOwn, isMap, sameValue, setOwn } from '../values.js';
import { indexOf, type Place, placeOf, valueAt } from './json-pointer.js';
import { PatchFailure } from './patch-failure.js';

/** One step of a JSON patch as it was written; nothing of it is checked before it is applied. */
export type JsonOperation = Readonly<Record<string, unknown>>;

/** How many values the copies of one patch may hold together. */
const maxCopiedValues = 1_000_000;
/** How deeply the result may be nested. Configurations of Talos need a tenth of it. */
const maxDepth = 200;

/**
 * Applies a JSON patch in the dialect of Talos and returns the new document; `document` stays as it
 * is. The dialect is RFC 6902 but for this: `replace` adds a missing key; index -1 is the end in
 * `add` and the last item elsewhere; indices may have leading zeros; `test` finds a missing key
 * equal to null; `copy` of a missing key gives null.
 *
 * @throws PatchFailure when a step does not apply; the text is the one of `talosctl`.
 */
export function applyJsonPatch(document: unknown, operations: readonly JsonOperation[]): unknown {
  const state: State = { document: cloneValue(document), copied: 0 };
  for (const operation of operations) {
    const kind = text(operation, 'op') ?? 'unknown';
    const step = steps.get(kind);
    if (step === undefined) throw new PatchFailure(`Unexpected kind: ${kind}`);
    step(state, operation);
  }
  if (isDeeper(state.document, maxDepth)) throw tooDeep();
  return state.document;
}

interface State {
  document: unknown;
  /** Values that `copy` has made so far. */
  copied: number;
}

const steps = new Map<string, (state: State, operation: JsonOperation) => void>([
  ['add', add],
  ['remove', remove],
  ['replace', replace],
  ['move', move],
  ['copy', copy],
  ['test', test],
]);

function add(state: State, operation: JsonOperation): void {
  const path = pointer(operation, 'add', 'path');
  const place = placeOf(state.document, path);
  if (place === undefined) throw missing('add', `doc is missing path: "${path}"`);
  insert(place, cloneValue(operation.value ?? null), `error in add for path: '${path}'`);
}

function remove(state: State, operation: JsonOperation): void {
  const path = pointer(operation, 'remove', 'path');
  const place = placeOf(state.document, path);
  if (place === undefined) throw missing('remove', `doc is missing path: "${path}"`);
  take(place, `error in remove for path: '${path}'`);
}

function replace(state: State, operation: JsonOperation): void {
  const path = pointer(operation, 'replace', 'path');
  const value = cloneValue(operation.value ?? null);
  if (path === '') {
    if (!isMap(value) && !Array.isArray(value)) {
      throw new PatchFailure('replace operation value must be object or array');
    }
    state.document = value;
    return;
  }
  const place = placeOf(state.document, path);
  if (place === undefined) throw missing('replace', `doc is missing path: ${path}`);
  if (!Array.isArray(place.container)) {
    setOwn(place.container, place.key, value);
    return;
  }
  const index = indexIn(place.container, place.key);
  if (index === undefined) throw missing('replace', `doc is missing key: ${path}`);
  place.container[index] = value;
}

function move(state: State, operation: JsonOperation): void {
  const from = pointer(operation, 'move', 'from');
  const source = placeOf(state.document, from);
  if (source === undefined) throw missing('move', `doc is missing from path: ${from}`);
  const value = take(source, `error in move for path: '${source.key}'`);
  const path = pointer(operation, 'move', 'path');
  const place = placeOf(state.document, path);
  if (place === undefined) throw missing('move', `doc is missing destination path: ${path}`);
  insert(place, value, `error in move for path: '${path}'`);
}

function copy(state: State, operation: JsonOperation): void {
  const from = pointer(operation, 'copy', 'from');
  const source = placeOf(state.document, from);
  if (source === undefined) throw missing('copy', `doc is missing from path: ${from}`);
  const value = valueAt(source);
  if (value === undefined && Array.isArray(source.container)) {
    throw invalidIndex(source.key, `error in copy for from: '${from}'`);
  }
  // A pointer of one step can double the depth: look before going down.
  if (isDeeper(value, maxDepth)) throw tooDeep();
  const path = pointer(operation, 'copy', 'path');
  const place = placeOf(state.document, path);
  if (place === undefined) throw missing('copy', `doc is missing destination path: ${path}`);
  // Copies of copies double with every step: count before they are made.
  state.copied += countValues(value ?? null);
  if (state.copied > maxCopiedValues) {
    throw new PatchFailure(`the copies hold more than ${maxCopiedValues} values together`);
  }
  insert(place, cloneValue(value ?? null), 'error while adding value during copy');
}

function test(state: State, operation: JsonOperation): void {
  const path = pointer(operation, 'test', 'path');
  const expected = operation.value ?? null;
  if (path === '') {
    if (!sameValue(state.document, expected)) throw testFailed(path);
    return;
  }
  const place = placeOf(state.document, path);
  if (place === undefined) throw missing('test', `is missing path: ${path}`);
  const value = valueAt(place);
  if (value === undefined && Array.isArray(place.container)) {
    throw invalidIndex(place.key, `error in test for path: '${path}'`);
  }
  if (!sameValue(value ?? null, expected)) throw testFailed(path);
}

function insert({ container, key }: Place, value: unknown, where: string): void {
  if (!Array.isArray(container)) {
    setOwn(container, key, value);
    return;
  }
  if (key === '-') {
    container.push(value);
    return;
  }
  const index = indexOf(key);
  if (index === undefined) {
    throw new PatchFailure(`${where}: value was not a proper array index: '${key}'`);
  }
  // One more place than items: -1 is behind the last one.
  const at = index < 0 ? index + container.length + 1 : index;
  if (at < 0 || at > container.length) throw invalidIndex(key, where);
  container.splice(at, 0, value);
}

function take({ container, key }: Place, where: string): unknown {
  if (Array.isArray(container)) {
    const index = indexIn(container, key);
    if (index === undefined) throw invalidIndex(key, where);
    return container.splice(index, 1)[0];
  }
  const value = getOwn(container, key);
  if (value === undefined) {
    throw new PatchFailure(`${where}: Unable to remove nonexistent key: ${key}: missing value`);
  }
  delete container[key];
  return value;
}

/** The index of an item that is there. */
function indexIn(list: readonly unknown[], key: string): number | undefined {
  const index = indexOf(key);
  if (index === undefined) return undefined;
  const at = index < 0 ? index + list.length : index;
  return at >= 0 && at < list.length ? at : undefined;
}

function pointer(operation: JsonOperation, kind: string, field: 'path' | 'from'): string {
  const value = text(operation, field);
  if (value === undefined) {
    throw new PatchFailure(`${kind} operation failed to decode ${field}: missing value`);
  }
  if (value !== '' && !value.startsWith('/')) {
    throw new PatchFailure(`${kind} operation: a ${field} starts with "/": "${value}"`);
  }
  return value;
}

function text(operation: JsonOperation, field: string): string | undefined {
  const value = Object.hasOwn(operation, field) ? operation[field] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function missing(kind: string, what: string): PatchFailure {
  return new PatchFailure(`${kind} operation does not apply: ${what}: missing value`);
}

function invalidIndex(key: string, where: string): PatchFailure {
  const index = indexOf(key);
  return new PatchFailure(
    index === undefined
      ? `${where}: value was not a proper array index: '${key}'`
      : `${where}: Unable to access invalid index: ${index}: invalid index referenced`,
  );
}

function testFailed(path: string): PatchFailure {
  return new PatchFailure(`testing value ${path} failed: test failed`);
}

function tooDeep(): PatchFailure {
  return new PatchFailure(`the result is nested more than ${maxDepth} levels deep`);
}

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, item) => sum + countValues(item), 1);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1));
}
