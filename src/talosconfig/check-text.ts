import { configError } from './place.js';

/**
 * Text that YAML, Talos' parser of it and a terminal all take alike: no control characters or line
 * separators, no halves of surrogate pairs.
 */
const oneLine = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufeff\ufffe\uffff]+$/u;

/**
 * Returns `value` if it is a line of text.
 *
 * @throws {TalosConfigError} naming `field`, never the value.
 */
export function checkText(value: unknown, field: string): string {
  if (typeof value !== 'string') throw configError('must be text', { field });
  if (value === '') throw configError('must not be empty', { field });
  if (!oneLine.test(value)) {
    throw configError('must be one line of text without control characters', { field });
  }
  return value;
}

/** As `checkText`, for each entry of a list. */
export function checkList(values: unknown, field: string): readonly string[] {
  if (!Array.isArray(values)) throw configError('must be an array of texts', { field });
  return values.map((value, index) => checkText(value, `${field}[${index}]`));
}
