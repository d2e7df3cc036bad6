import { configError } from './place.js';

/**
 * What YAML parsers do not take alike: control characters, which Talos' own refuses, line and
 * paragraph separators, which end a line for some, halves of surrogate pairs, and byte order marks.
 */
const troublesome = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufeff\ufffe\uffff]/u;

/** Where the first such character stands in a file, which may have line ends, tabs, and one mark. */
export function troubleAt(text: string): number {
  const blanked = text.replace(/^\ufeff|\t|\r?\n/g, (allowed) => ' '.repeat(allowed.length));
  return blanked.search(troublesome);
}

/**
 * Returns `value` if it is a line of text.
 *
 * @throws {TalosConfigError} naming `field`, never the value.
 */
export function checkText(value: unknown, field: string): string {
  if (typeof value !== 'string') throw configError('must be text', { field });
  if (value === '') throw configError('must not be empty', { field });
  if (troublesome.test(value)) {
    throw configError('must be one line of text without control characters', { field });
  }
  return value;
}

/** As `checkText`, for each entry of a list. */
export function checkList(values: unknown, field: string): readonly string[] {
  if (!Array.isArray(values)) throw configError('must be an array of texts', { field });
  return values.map((value, index) => checkText(value, `${field}[${index}]`));
}
