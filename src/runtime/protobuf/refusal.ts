import { below, described } from '../arguments/described.js';
import { instead, nearest } from '../arguments/nearest.js';
import { TalosConfigError } from '../errors/config-error.js';
import { quoted } from '../errors/quoted.js';
import type { Encode } from './coding.js';
import { fieldsAt, placeOf } from './place.js';
import type { UnfitValue } from './unfit.js';

/** The most names that a message lists. */
const MOST_LISTED = 12;

/** The error for a value of `message` that does not fit, naming its place. Shows no text of it. */
export function refusal<T>(unfit: UnfitValue, encode: Encode<T>, message: T): TalosConfigError {
  const place = placeOf(encode, message, unfit);
  if (unfit.key !== undefined) {
    const field = below(place ?? '', unfit.key);
    const fields = place === undefined ? [] : fieldsAt(encode, message, place);
    return refusedAt(field, `there is no such field${instead(unfit.key, fields)}`);
  }
  return refusedAt(place || unfit.field, wrongValue(unfit));
}

function refusedAt(place: string, problem: string): TalosConfigError {
  if (place === '') return new TalosConfigError(problem);
  return new TalosConfigError(`${place}: ${problem}`, { field: place });
}

function wrongValue({ expected, value, names }: UnfitValue): string {
  if (names !== undefined) return wrongName(expected, value, names);
  // In the place of a message, those are most likely meant to be one of time.
  const isTime = typeof value === 'number' || value instanceof Date;
  const hint =
    isTime && expected.startsWith('an object')
      ? ': fromMs(ms) makes a duration, fromDate(date) a timestamp'
      : '';
  return `expected ${expected}, got ${described(value)}${hint}`;
}

function wrongName(expected: string, value: unknown, names: readonly string[]): string {
  const list = names.length > MOST_LISTED ? 'one of its names' : names.join(', ');
  const due = `expected ${list} or ${expected}`;
  if (typeof value !== 'string') return `${due}, got ${described(value)}`;
  const near = nearest(value, names);
  return `${due}, got ${quoted(value)}${near === undefined ? '' : `; did you mean ${near}?`}`;
}
