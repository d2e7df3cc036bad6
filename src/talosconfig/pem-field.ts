import { isBytes } from '../runtime/wire/bytes.js';
import { configError, type Place } from './place.js';

const begin = '-----BEGIN ';

/**
 * The PEM text that a field of a talosconfig stands for. Talos has base64 there, with padding and
 * in one piece, but does not mind line ends.
 *
 * @throws {TalosConfigError} naming the place, never the value.
 */
export function decodePemField(value: string, place: Place): string {
  if (value.includes(begin)) {
    throw configError('must be base64 of PEM text, not the PEM text itself', place);
  }
  const text = fromBase64(value);
  if (text === undefined) {
    throw configError('must be base64 of PEM text; this is no base64', place);
  }
  if (!text.includes(begin)) {
    throw configError('must be base64 of PEM text; this is base64 of something else', place);
  }
  return text;
}

/**
 * PEM text, its bytes, or base64 of it as the base64 that a talosconfig holds. The PEM text is kept
 * byte for byte.
 *
 * @throws {TalosConfigError} naming `field`, never the value.
 */
export function encodePemField(value: unknown, field: string): string {
  // One character per byte, also where the text around the PEM blocks is not ASCII.
  const text =
    typeof value === 'string' || isBytes(value)
      ? Buffer.from(value as string).toString('latin1')
      : '';
  const pem = text.includes(begin) ? text : fromBase64(text);
  if (!pem?.includes(begin)) {
    throw configError('must be PEM text, its bytes, or base64 of it', { field });
  }
  return Buffer.from(pem, 'latin1').toString('base64');
}

/** One character per byte; `undefined` when it is no base64. */
function fromBase64(value: string): string | undefined {
  const compact = value.replace(/\s/g, '');
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined;
  return Buffer.from(compact, 'base64').toString('latin1');
}
