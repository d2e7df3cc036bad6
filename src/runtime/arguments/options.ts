import { TalosConfigError } from '../errors/config-error.js';
import { below, described } from './described.js';
import { instead } from './nearest.js';
import { isRecord } from './record.js';

/** What an option has to be, in words, when `value` is not that; absent when it is. */
export type Kind = (value: unknown) => string | undefined;

/** Every option of `T` with its kind. Options that are left out or `undefined` are of any kind. */
export type Shape<T> = { readonly [Key in keyof T]-?: Kind };

/**
 * Refuses options that are no object, that `shape` does not have, or of another kind. Values are
 * not shown.
 *
 * @param where the function or the path of the RPC that they were given to
 * @param example what to write, when there are no options at all
 * @throws {TalosConfigError} naming the option, and the nearest one there is.
 */
export function checkOptions<T>(
  options: T,
  shape: Shape<T>,
  where: string,
  example = `{ ${Object.keys(shape)[0]}: … }`,
): void {
  if (!isRecord(options)) {
    const late = typeof (options as PromiseLike<T> | undefined)?.then === 'function';
    throw refused(
      where,
      'options',
      `expected an object such as ${example}, got ${described(options)}${late ? ': await it' : ''}`,
    );
  }
  for (const name in options) {
    if (!Object.hasOwn(shape, name)) {
      const hint = instead(name, Object.keys(shape));
      throw refused(where, below('', name), `there is no such option${hint}`);
    }
    const value: unknown = options[name];
    const expected = value === undefined ? undefined : shape[name](value);
    if (expected !== undefined) {
      throw refused(where, name, `expected ${expected}, got ${described(value)}`);
    }
  }
}

/**
 * Refuses what is no function where one is due that is handed each node.
 *
 * @throws {TalosConfigError}
 */
export function checkCallback(run: unknown, where: string): void {
  if (typeof run === 'function') return;
  throw refused(where, 'run', `expected a function of a node, got ${described(run)}`);
}

function refused(where: string, field: string, problem: string): TalosConfigError {
  return new TalosConfigError(`${where.replace('/', '')}: ${field}: ${problem}`, { field });
}
