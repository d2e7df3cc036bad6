import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeFields,
  type HeaderField,
  noTable,
} from '../../../../../src/runtime/carriers/http2/hpack/encoder.js';
import {
  staticNames,
  staticValues,
} from '../../../../../src/runtime/carriers/http2/hpack/static-table.js';
import { decoded, hex, newDecoder } from './blocks.js';

const encoded = (...fields: HeaderField[]) => Buffer.from(encodeFields(fields)).toString('hex');

describe('fields to send', () => {
  it('are one byte where the static table holds them', () => {
    expect(
      encoded(
        [':method', 'POST', 'literal'],
        [':scheme', 'https', 'literal'],
        [':path', '/', 'literal'],
      ),
    ).toBe('838784');
  });

  it('take their names from the static table, and are not to be kept', () => {
    expect(encoded(['content-type', 'application/grpc', 'literal'])).toBe(
      // Name 31 in a prefix of four bits, then 11 bytes of Huffman code.
      '0f108b1d75d0620d263d4c4d6564',
    );
  });

  it('are written plainly where Huffman codes are no shorter', () => {
    expect(encoded(['te', '{}', 'literal'])).toBe('00027465027b7d');
    expect(encoded(['~', '', 'literal'])).toBe('00017e00');
  });

  it('say of secrets that nobody may keep them, also where the table holds them', () => {
    expect(encoded(['authorization', '', 'never'])).toBe('1f0800');
    expect(encoded([':method', 'POST', 'never'])).toBe('1204504f5354');
  });

  it('refuse characters that are no octets, and name no value', () => {
    expect(() => encodeFields([['a', 'secret\u0100', 'literal']])).toThrow(
      new TypeError('a header holds a character above U+00FF, which HTTP cannot carry'),
    );
  });

  it('begin a connection by saying that there is no table', () => {
    const decoder = newDecoder();
    decoded(decoder, hex('40 0161 0162'));
    expect(
      decoded(decoder, Buffer.concat([noTable, encodeFields([['a', 'b', 'literal']])])),
    ).toEqual(['a: b']);
    expect(decoder.tableSize).toBe(0);
  });

  it('are the same bytes each time, and whole blocks when put together', () => {
    const parts = [
      encodeFields([[':path', '/a.B/C', 'literal']]),
      encodeFields([['b', 'c', 'never']]),
    ];
    expect(decoded(newDecoder(), Buffer.concat([...parts, ...parts]))).toEqual([
      ':path: /a.B/C',
      'b: c',
      ':path: /a.B/C',
      'b: c',
    ]);
  });
});

describe('what is encoded', () => {
  const octets = fc.oneof(
    fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
      maxLength: 300,
    }),
    fc.string({ unit: fc.constantFrom(...'0123abc/-'), maxLength: 300 }),
    fc.constantFrom(...staticValues),
  );
  const names = fc.oneof(octets, fc.constantFrom(...staticNames));
  const field = fc.tuple(names, octets, fc.constantFrom('literal', 'never'));

  it('is decoded as it was, for any octets', () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 20 }), (fields) => {
        expect(decoded(newDecoder(), encodeFields(fields))).toEqual(
          fields.map(([name, value]) => `${name}: ${value}`),
        );
      }),
    );
  });

  it('is decoded as it was, for texts of every length up to the ends of the prefixes', () => {
    for (const length of [0, 1, 126, 127, 128, 254, 255, 256, 16_510, 16_511, 100_000]) {
      for (const letter of ['a', '\u00ff']) {
        const text = letter.repeat(length);
        const block = encodeFields([[text, text, 'literal']]);
        expect(decoded(newDecoder(), block)).toEqual([`${text}: ${text}`]);
      }
    }
  });
});
