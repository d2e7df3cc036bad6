import { ApiProblem } from '../problem.js';

/** What a patch may change: anything that stands in JSON. */
export type Draft = null | boolean | number | string | Draft[] | { [key: string]: Draft };

/**
 * Applies a JSON merge patch (RFC 7396): `null` removes. Lists are replaced as a whole. A strategic
 * merge patch is the same for what can be changed about nodes; its directives, which begin with `$`,
 * order lists that are not changed.
 */
export function mergePatch(target: Draft | undefined, patch: Draft): Draft {
  if (!isMap(patch)) return patch;
  const merged: { [key: string]: Draft } = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(Object.hasOwn(merged, key) ? merged[key] : undefined, value);
  }
  return merged;
}

/**
 * Applies a JSON patch (RFC 6902).
 *
 * @throws {ApiProblem} when a place is not there, or a test fails.
 */
export function jsonPatch(target: Draft, operations: readonly Draft[]): Draft {
  const root = { '': structuredClone(target) };
  for (const operation of operations) {
    if (!isMap(operation)) throw unprocessable('an operation is no object');
    const { op, path, from, value } = operation;
    const place = placeOf(root, path);
    switch (op) {
      case 'add':
        add(place, value);
        break;
      case 'replace':
        get(place);
        set(place, value);
        break;
      case 'remove':
        remove(place);
        break;
      case 'test':
        if (JSON.stringify(get(place)) !== JSON.stringify(value)) {
          throw unprocessable(`testing value ${path} failed`);
        }
        break;
      case 'move': {
        const source = placeOf(root, from);
        const moved = get(source);
        remove(source);
        add(placeOf(root, path), moved);
        break;
      }
      case 'copy':
        add(place, structuredClone(get(placeOf(root, from))));
        break;
      default:
        throw unprocessable(`unexpected kind: ${JSON.stringify(op)}`);
    }
  }
  return root[''];
}

interface Place {
  readonly holder: Draft[] | { [key: string]: Draft };
  readonly key: string;
  readonly path: string;
}

function placeOf(root: { [key: string]: Draft }, path: Draft | undefined): Place {
  if (typeof path !== 'string' || (path !== '' && !path.startsWith('/'))) {
    throw unprocessable(`${JSON.stringify(path)} is no path`);
  }
  const keys = path.split('/').map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() as string;
  let holder: Draft | undefined = root;
  for (const key of keys) holder = child(holder, key);
  if (!Array.isArray(holder) && !isMap(holder)) throw missing(path);
  return { holder, key: last, path };
}

function child(holder: Draft | undefined, key: string): Draft | undefined {
  if (Array.isArray(holder)) return holder[Number(key)];
  return isMap(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined;
}

function get({ holder, key, path }: Place): Draft {
  const value = child(holder, key);
  if (value === undefined) throw missing(path);
  return value;
}

function set({ holder, key, path }: Place, value: Draft | undefined): void {
  if (value === undefined) throw unprocessable(`${path} has no value`);
  if (Array.isArray(holder)) {
    holder[Number(key)] = value;
    return;
  }
  // A name such as `__proto__` is a name like any other.
  Object.defineProperty(holder, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

function add(place: Place, value: Draft | undefined): void {
  const { holder, key, path } = place;
  if (!Array.isArray(holder)) {
    set(place, value);
    return;
  }
  const index = key === '-' ? holder.length : Number(key);
  if (!Number.isInteger(index) || index < 0 || index > holder.length) throw missing(path);
  if (value === undefined) throw unprocessable(`${path} has no value`);
  holder.splice(index, 0, value);
}

function remove(place: Place): void {
  get(place);
  const { holder, key } = place;
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

function isMap(value: Draft | undefined): value is { [key: string]: Draft } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function missing(path: string): ApiProblem {
  return unprocessable(`${path}: there is no such place`);
}

function unprocessable(why: string): ApiProblem {
  return new ApiProblem(
    422,
    'Invalid',
    `the server rejected our request due to an error in our request: ${why}`,
  );
}
