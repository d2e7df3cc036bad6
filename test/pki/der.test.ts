import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DerValue, oidText, partsOf, readDer } from '../../src/pki/der-reader.js';
import {
  bitString,
  der,
  explicit,
  oid,
  setOf,
  text,
  time,
  unsignedInteger,
} from '../../src/pki/der-writer.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

// X.690: what each value looks like.
describe('writing DER', () => {
  it.each<[string, Uint8Array, string]>([
    ['a short value', der('octetString', bytes('0102')), '04020102'],
    ['an empty sequence', der('sequence'), '3000'],
    ['a numbered place', explicit(3, der('sequence')), 'a3023000'],
    ['a bit string', bitString(bytes('84'), 2), '03020284'],
    ['zero', unsignedInteger(bytes('0000')), '020100'],
    ['a number without leading zeros', unsignedInteger(bytes('00007f')), '02017f'],
    ['a number whose first bit is set', unsignedInteger(bytes('80')), '02020080'],
    ['the organization', oid('2.5.4.10'), '060355040a'],
    ['ecdsa-with-SHA256', oid('1.2.840.10045.4.3.2'), '06082a8648ce3d040302'],
    ['printable text', text('os:admin'), '13086f733a61646d696e'],
    ['other text', text('a@b'), '0c03614062'],
    ['text beyond ASCII', text('ü'), '0c02c3bc'],
    [
      'a set, ordered',
      setOf([bytes('0c0162'), bytes('0c0161'), bytes('0101ff')]),
      '31090101ff0c01610c0162',
    ],
    [
      'a time before 2050',
      time(new Date('2049-12-31T23:59:59.999Z')),
      `170d${Buffer.from('491231235959Z').toString('hex')}`,
    ],
    [
      'a time from 2050 on',
      time(new Date('2050-01-01T00:00:00Z')),
      `180f${Buffer.from('20500101000000Z').toString('hex')}`,
    ],
  ])('writes %s', (_, written, expected) => {
    expect(hex(written)).toBe(expected);
  });

  it.each([
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65_536, '0483010000'],
  ])('writes the length %i', (size, start) => {
    const written = der('octetString', new Uint8Array(size));
    expect(hex(written.subarray(0, start.length / 2))).toBe(start);
    expect(written).toHaveLength(start.length / 2 + size);
  });
});

/** Any tree of values. */
const { tree } = fc.letrec<{ tree: Uint8Array }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.uint8Array({ maxLength: 300 }).map((content) => der('octetString', content)),
    fc.array(tie('tree'), { maxLength: 4 }).map((parts) => der('sequence', ...parts)),
  ),
}));

function rewrite(value: DerValue): Uint8Array {
  return value.tag === 0x30
    ? der('sequence', ...partsOf(value).map(rewrite))
    : der(value.tag, value.content);
}

describe('reading DER', () => {
  it('reads what was written', () => {
    fc.assert(
      fc.property(tree, (written) => {
        expect(hex(rewrite(readDer(written)))).toBe(hex(written));
      }),
    );
  });

  it('reads object identifiers', () => {
    const part = fc.nat({ max: 2 ** 31 - 1 });
    const first = fc.oneof(
      fc.tuple(fc.constantFrom(0, 1), fc.nat({ max: 39 })),
      fc.tuple(fc.constant(2), fc.nat({ max: 47 })),
    );
    fc.assert(
      fc.property(first, fc.array(part, { maxLength: 8 }), (two, rest) => {
        const name = [...two, ...rest].join('.');
        expect(oidText(readDer(oid(name)))).toBe(name);
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['a tag alone', '30'],
    ['a value that is cut', '300401'],
    ['a length that is cut', '3082'],
    ['an endless length', '3080'],
    ['a length of five bytes', '30850000000001ff'],
    ['more than one value', '30003000'],
  ])('refuses %s', (_, text) => {
    expect(() => readDer(bytes(text))).toThrow(/DER/);
  });

  it('ends for any bytes, with values inside them or an error', () => {
    const walk = (value: DerValue): number =>
      value.tag & 0x20
        ? partsOf(value).reduce((sum, part) => sum + walk(part), 0)
        : value.content.length;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        try {
          expect(walk(readDer(input))).toBeLessThanOrEqual(input.length);
        } catch (error) {
          expect(String(error)).toMatch(/DER/);
        }
      }),
    );
  });
});
