import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromBytes, toBytes } from '../../src/runtime/codec.js';
import { unknownFields, type WithUnknownFields } from '../../src/runtime/protobuf/unknown.js';
import { type Codec, loadCodecs } from '../interop/support/codecs.js';
import { difference, fromPlain, type Plain } from '../interop/support/plain.js';

interface Vector {
  readonly type: string;
  readonly index: number;
  readonly bytes: string;
  readonly value: Plain;
}

/** What `npm run interop:sample` wrote with official code; the first line says how. */
const sample = readFileSync(fileURLToPath(new URL('sample.ndjson', import.meta.url)), 'utf8');
const [, ...vectors] = sample
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector);

let codecs: ReadonlyMap<string, Codec>;

beforeAll(async () => {
  codecs = await loadCodecs();
});

/** The message without its unknown fields, at every depth. */
function forgetful<T>(message: T): T {
  if (typeof message !== 'object' || message === null || ArrayBuffer.isView(message)) return message;
  Reflect.deleteProperty(message, unknownFields);
  Object.values(message).forEach(forgetful);
  return message;
}

/** The unknown fields of a message and of those in it, as hexadecimal numbers. */
function unknownIn(message: unknown): string[] {
  if (typeof message !== 'object' || message === null || ArrayBuffer.isView(message)) return [];
  const own = (message as WithUnknownFields)[unknownFields];
  const inner = Object.values(message).flatMap(unknownIn);
  return own === undefined ? inner : [Buffer.from(own).toString('hex'), ...inner];
}

/** What `check` finds wrong, by value. */
function wrong(check: (codec: Codec, vector: Vector) => string | undefined): string[] {
  return vectors.flatMap((vector) => {
    const found = check(codecs.get(vector.type) as Codec, vector);
    return found === undefined ? [] : [`${vector.type} ${vector.index}: ${found}`];
  });
}

describe('values that the official code encoded', () => {
  test('are of every message type', () => {
    expect(new Set(vectors.map(({ type }) => type)).size).toBe(574);
    expect([...codecs.keys()].sort()).toEqual([...new Set(vectors.map(({ type }) => type))].sort());
  });

  test('are read as the official code reads them', () => {
    expect(
      wrong(({ decode }, { bytes, value }) =>
        difference(value, fromBytes(decode, Buffer.from(bytes, 'base64'))),
      ),
    ).toEqual([]);
  });

  test('come back the same after writing and reading', () => {
    expect(
      wrong(({ encode, decode }, { bytes, value }) => {
        const message = fromBytes(decode, Buffer.from(bytes, 'base64'));
        return difference(value, fromBytes(decode, toBytes(encode, message)));
      }),
    ).toEqual([]);
  });

  test('are encoded from what a caller writes down, in as few bytes', () => {
    expect(
      wrong(({ encode, decode }, { bytes, value }) => {
        const read = toBytes(encode, forgetful(fromBytes(decode, Buffer.from(bytes, 'base64'))));
        const written = toBytes(encode, fromPlain(value));
        // Entries of maps may come in another order, and NaN has many encodings.
        if (read.length !== written.length) return `${written.length} bytes, not ${read.length}`;
        return difference(value, fromBytes(decode, written));
      }),
    ).toEqual([]);
  });

  test('keep the fields that the contract does not have', () => {
    let kept = 0;
    const lost = wrong(({ encode, decode }, { bytes }) => {
      const message = fromBytes(decode, Buffer.from(bytes, 'base64'));
      const before = unknownIn(message);
      kept += before.length;
      const after = unknownIn(fromBytes(decode, toBytes(encode, message)));
      return String(before) === String(after) ? undefined : `${before} became ${after}`;
    });
    expect(lost).toEqual([]);
    expect(kept).toBeGreaterThan(50);
  });

  test('are refused or read when cut short, without anything else happening', () => {
    const outcomes = new Set<string>();
    for (const { type, bytes } of vectors) {
      const { decode } = codecs.get(type) as Codec;
      const whole = Buffer.from(bytes, 'base64');
      for (let length = 0; length < whole.length; length++) {
        try {
          fromBytes(decode, whole.subarray(0, length));
          outcomes.add('read');
        } catch (error) {
          outcomes.add((error as Error).name);
        }
      }
    }
    expect([...outcomes].sort()).toEqual(['TalosProtocolError', 'read']);
  });
});

describe('the comparison itself', () => {
  const cases: readonly [string, Plain, unknown][] = [
    ['another text', { a: 'x' }, { a: 'y' }],
    ['a number for a bigint', { a: { $big: '1' } }, { a: 1 }],
    ['0 for -0', { a: { $float: '-0' } }, { a: 0 }],
    ['a number for NaN', { a: { $float: 'NaN' } }, { a: 1 }],
    ['null for an absent message', { a: null }, { a: null }],
    ['a field that is not there', { a: null }, {}],
    ['a field too many', {}, { a: 0 }],
    ['other bytes', { a: { $bytes: 'AQ==' } }, { a: new Uint8Array([2]) }],
    ['a list for bytes', { a: { $bytes: 'AQ==' } }, { a: [1] }],
    ['a shorter list', { a: ['x', 'y'] }, { a: ['x'] }],
    ['an inherited key of a map', { a: { $map: [['toString', 'x']] } }, { a: {} }],
    ['another member of a oneof', { o: { case: 'a', value: 1 } }, { o: { case: 'b', value: 1 } }],
  ];
  test.each(cases)('sees %s', (_name, expected, actual) => {
    expect(difference(expected, actual)).toBeTypeOf('string');
  });

  test('accepts what fromPlain makes', () => {
    expect(wrong((_codec, { value }) => difference(value, fromPlain(value)))).toEqual([]);
  });
});
