import { Timestamp } from '../values.js';

/** What a scalar means by itself, as Talos' YAML library resolves it. */
export type Resolved = null | boolean | number | bigint | string | Timestamp;

/** Words that are no text when they stand without quotes. */
const words = new Map<string, null | boolean | number>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, Number.NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map(
    (word) => [word, Number.POSITIVE_INFINITY] as const,
  ),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, Number.NEGATIVE_INFINITY] as const),
]);

/** What a text without quotes and tag means. */
export function resolvePlain(text: string): Resolved {
  const word = words.get(text);
  if (word !== undefined) return word;
  const [first = ''] = text;
  if (first === '.') return isFloat(text) ? Number(text) : text;
  if (!/[-+\d]/.test(first)) return text;
  return parseTimestamp(text) ?? parseNumber(text) ?? text;
}

/** Integers of 64 bits in Go's notations, and decimals. */
function parseNumber(text: string): number | bigint | undefined {
  const plain = text.replaceAll('_', '');
  const [, sign = '', digits = ''] = /^([-+]?)(.*)$/s.exec(plain) ?? [];
  const integer = parseInteger(digits);
  if (integer !== undefined) {
    const value = sign === '-' ? -integer : integer;
    if (value >= -(1n << 63n) && value < 1n << 64n) {
      return value === 0n && sign === '-' ? -0 : asNumber(value);
    }
  }
  return isFloat(plain) ? Number(plain) : undefined;
}

/** Digits as Go reads them: a leading zero makes them octal. */
function parseInteger(digits: string): bigint | undefined {
  if (/^(?:0|[1-9]\d*)$/.test(digits)) return BigInt(digits);
  if (/^0[0-7]+$/.test(digits)) return BigInt(`0o${digits.slice(1)}`);
  if (/^0(?:[xX][\da-fA-F]+|[oO][0-7]+|[bB][01]+)$/.test(digits)) return BigInt(digits);
  return undefined;
}

/** A bigint only where a number would not be exact. */
export function asNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function isFloat(text: string): boolean {
  return /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text);
}

/** A date, or a date and a time, in the forms that Talos' YAML library takes for one. */
function parseTimestamp(text: string): Timestamp | undefined {
  const [, year = '', month = '', day = '', time, zone = ''] =
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}:\d{1,2}:\d{1,2}(?:[.,]\d+)?)(Z|[-+]\d\d:\d\d))?$/.exec(
      text,
    ) ??
    /^(\d{4})-(\d{1,2})-(\d{1,2}) (\d{1,2}:\d{1,2}:\d{1,2}(?:[.,]\d+)?)$/.exec(text) ??
    [];
  if (!isDate(Number(year), Number(month), Number(day))) return undefined;
  const [hour = 0, minute = 0, second = 0] = (time ?? '0:0:0').split(/[:.,]/).map(Number);
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const fraction =
    /[.,](\d+)$/
      .exec(time ?? '')?.[1]
      ?.slice(0, 9)
      .replace(/0+$/, '') ?? '';
  const two = (value: number | string) => String(value).padStart(2, '0');
  const offset = zone === '' || /^[-+]00:00$/.test(zone) ? 'Z' : zone;
  return new Timestamp(
    `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${
      fraction === '' ? '' : `.${fraction}`
    }${offset}`,
  );
}

function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return day <= (days[month - 1] ?? 0);
}
