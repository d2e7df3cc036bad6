import { isBytes } from '../runtime/protobuf/bytes.js';
import { configError, type Place } from './place.js';

/**
 * Characters that not all YAML parsers treat alike: control characters, which Talos' parser
 * refuses, line and paragraph separators, which end a line for some parsers, halves of surrogate
 * pairs, and byte order marks.
 */
export const troublesome = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufeff\ufffe\uffff]/u;

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

/** Does as `checkText` for each entry of a list. */
export function checkList(values: unknown, field: string): readonly string[] {
  if (!Array.isArray(values)) throw configError('must be an array of texts', { field });
  return values.map((value, index) => checkText(value, `${field}[${index}]`));
}

const pemBegin = '-----BEGIN ';

/**
 * The PEM text that a setting in a talosconfig stands for. Talos expects base64 there, with padding
 * and in one piece, but accepts line ends in it.
 *
 * @throws {TalosConfigError} naming the place, never the value.
 */
export function decodePem(value: string, place: Place): string {
  if (value.includes(pemBegin)) {
    throw configError('must be base64 of PEM text, not the PEM text itself', place);
  }
  const text = fromBase64(value);
  if (text === undefined) {
    throw configError('must be base64 of PEM text; this is no base64', place);
  }
  if (!text.includes(pemBegin)) {
    throw configError('must be base64 of PEM text; this is base64 of something else', place);
  }
  return text;
}

/**
 * Turns PEM text, its bytes, or base64 of it into the base64 that a talosconfig holds. The PEM text
 * is kept byte for byte.
 *
 * @throws {TalosConfigError} naming `field`, never the value.
 */
export function encodePem(value: unknown, field: string): string {
  // One character per byte, also where the text around the PEM blocks is not ASCII.
  const text =
    typeof value === 'string' || isBytes(value)
      ? Buffer.from(value as string).toString('latin1')
      : '';
  const pem = text.includes(pemBegin) ? text : fromBase64(text);
  if (!pem?.includes(pemBegin)) {
    throw configError('must be PEM text, its bytes, or base64 of it', { field });
  }
  return Buffer.from(pem, 'latin1').toString('base64');
}

/** One character per byte; `undefined` when it is not base64. */
function fromBase64(value: string): string | undefined {
  const compact = value.replace(/\s/g, '');
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined;
  return Buffer.from(compact, 'base64').toString('latin1');
}
