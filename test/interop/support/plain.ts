/**
 * The JSON form in which the Go side shows a message: the library's form of it, where a message
 * that is absent is null, and what JSON cannot hold is an object with one of the keys below.
 */
export type Plain =
  | null
  | boolean
  | number
  | string
  | readonly Plain[]
  | { readonly [key: string]: Plain };

interface Tagged {
  readonly $big?: string;
  readonly $bytes?: string;
  readonly $float?: string;
  readonly $map?: readonly (readonly [string, Plain])[];
}

/**
 * Where a message that the library decoded departs from what the official code read in the same
 * bytes; undefined when nowhere. Types count: bytes are a Uint8Array, 64-bit integers bigint, and
 * every field is there.
 */
export function difference(expected: Plain, actual: unknown, path = ''): string | undefined {
  if (expected === null) return actual === undefined ? undefined : told(path, 'absent', actual);
  if (typeof expected !== 'object') {
    return Object.is(expected, actual) ? undefined : told(path, show(expected), actual);
  }
  if (Array.isArray(expected)) return listDifference(expected, actual, path);
  const { $big, $bytes, $float, $map } = expected as Tagged;
  if ($big !== undefined) {
    return actual === BigInt($big) ? undefined : told(path, `${$big}n`, actual);
  }
  if ($float !== undefined) {
    return Object.is(Number($float), actual) ? undefined : told(path, $float, actual);
  }
  if ($bytes !== undefined) {
    const same =
      actual instanceof Uint8Array && Buffer.from($bytes, 'base64').compare(actual) === 0;
    return same ? undefined : told(path, `bytes ${$bytes}`, actual);
  }
  if ($map !== undefined) return entriesDifference($map, actual, path);
  return entriesDifference(Object.entries(expected), actual, path);
}

function listDifference(
  expected: readonly Plain[],
  actual: unknown,
  path: string,
): string | undefined {
  if (!Array.isArray(actual)) return told(path, 'a list', actual);
  if (actual.length !== expected.length) {
    return told(`${path}.length`, `${expected.length}`, actual.length);
  }
  for (const [index, item] of expected.entries()) {
    const found = difference(item, actual[index], `${path}[${index}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function entriesDifference(
  expected: readonly (readonly [string, Plain])[],
  actual: unknown,
  path: string,
): string | undefined {
  if (typeof actual !== 'object' || actual === null) return told(path, 'an object', actual);
  const keys = new Set(Object.keys(actual));
  for (const [key, value] of expected) {
    // A oneof with nothing set may leave `value` out, and says `case: undefined`.
    if (!keys.delete(key)) return told(`${path}.${key}`, 'a field', 'no own property');
    const found = difference(value, (actual as Record<string, unknown>)[key], `${path}.${key}`);
    if (found !== undefined) return found;
  }
  for (const key of keys) {
    const extra = (actual as Record<string, unknown>)[key];
    if (extra !== undefined) return told(`${path}.${key}`, 'no such field', extra);
  }
  return undefined;
}

function told(path: string, expected: string, actual: unknown): string {
  return `${path || 'the message'}: expected ${expected}, got ${show(actual)}`;
}

function show(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('base64')}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** The message that a JSON form shows, as a caller of the library would write it. */
export function fromPlain(plain: Plain): unknown {
  if (plain === null) return undefined;
  if (typeof plain !== 'object') return plain;
  if (Array.isArray(plain)) return plain.map(fromPlain);
  const { $big, $bytes, $float, $map } = plain as Tagged;
  if ($big !== undefined) return BigInt($big);
  if ($float !== undefined) return Number($float);
  if ($bytes !== undefined) return new Uint8Array(Buffer.from($bytes, 'base64'));
  const made: Record<string, unknown> = {};
  for (const [key, value] of $map ?? Object.entries(plain)) {
    // A plain assignment to `__proto__` would not make a key.
    Object.defineProperty(made, key, {
      value: fromPlain(value),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return made;
}
