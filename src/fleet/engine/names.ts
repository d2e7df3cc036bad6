import { described } from '../../runtime/arguments/described.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { quoted } from '../../runtime/errors/quoted.js';

const MOST_CHARACTERS = 200;

/**
 * Checks the name of a step, or of something else that a flow does.
 *
 * @throws {TalosConfigError}
 */
export function checkName(name: unknown, where: string): asserts name is string {
  check(name, where, 'name', 'such as "install:10.0.0.2"');
  // `#` tells the rounds of `children` from what flows name.
  if (name.includes('#')) throw refused(where, 'name', `${quoted(name)} must not have a "#"`);
}

/**
 * Checks the name of what a flow is to work on alone. Names of clusters, which may be long, are part of it.
 *
 * @throws {TalosConfigError}
 */
export function checkHolding(name: unknown, where: string): asserts name is string {
  check(name, where, 'holding', 'such as "cluster prod"', 2 * MOST_CHARACTERS);
}

/**
 * Checks the id that a child has among those of its parent.
 *
 * @throws {TalosConfigError}
 */
export function checkChildId(id: unknown, where: string): asserts id is string {
  check(id, where, 'id', 'such as the name of a cluster');
  if (id.includes('/')) throw refused(where, 'id', `${quoted(id)} must not have a "/"`);
}

/**
 * Checks the id of a run, which may become the name of a folder.
 *
 * @throws {TalosConfigError}
 */
export function checkRunId(id: unknown, where: string): asserts id is string {
  check(id, where, 'id', 'such as "talos-1.14.1"');
  if (/^[A-Za-z\d][\w.-]{0,99}$/.test(id)) return;
  throw refused(
    where,
    'id',
    `${quoted(id)} must be up to 100 letters, digits, ".", "_" and "-", and begin with a letter or a digit`,
  );
}

function check(
  name: unknown,
  where: string,
  field: string,
  example: string,
  most = MOST_CHARACTERS,
): asserts name is string {
  if (typeof name !== 'string' || name === '') {
    throw refused(where, field, `expected a text ${example}, got ${described(name)}`);
  }
  if (name.length > most) {
    throw refused(where, field, `${quoted(name)} is longer than ${most} characters`);
  }
  if (/[\p{Cc}\u2028\u2029]/u.test(name)) {
    throw refused(where, field, `${quoted(name)} must not have control characters`);
  }
}

function refused(where: string, field: string, problem: string): TalosConfigError {
  return new TalosConfigError(`${where}: ${field}: ${problem}`, { field });
}
