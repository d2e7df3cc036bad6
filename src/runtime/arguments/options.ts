import { TalosConfigError } from '../errors/config-error.js';
import { below, described } from './described.js';
import { instead } from './nearest.js';
import { isRecord } from './record.js';

/**
 * Returns what the option has to be, in words, if `value` is something else; nothing if it fits.
 */
export type Kind = (value: unknown) => string | undefined;

/** Every option of `T` with its kind. An option that is left out or `undefined` always fits. */
export type Shape<T> = { readonly [Key in keyof T]-?: Kind };

/**
 * Refuses options that are not an object, that `shape` does not have, or of the wrong kind. The
 * error shows no values.
 *
 * @param where the function, or the path of the RPC, that got the options
 * @param example what the error suggests when there are no options at all
 * @throws {TalosConfigError} naming the option, and the nearest right name.
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
 * Refuses what is not a function, where a function of a node is expected.
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
