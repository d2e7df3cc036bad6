import { describe, expect, it } from 'vitest';
import { HpackError } from '../../../../../src/runtime/carriers/http2/hpack/hpack-error.js';
import { decoded, hex, newDecoder } from './blocks.js';

const letters = (text: string) => Buffer.from(text, 'latin1').toString('hex');
const literal = (text: string) => text.length.toString(16).padStart(2, '0') + letters(text);
/** A field that is kept, `a: <value>`. */
const kept = (value: string) => `40${literal('a')}${literal(value)}`;

describe('a block that breaks the rules', () => {
  it.each([
    ['index 0', '80', 'no field at index 0'],
    ['an index beyond an empty table', 'be', 'no field at index 62'],
    ['an index beyond what the table holds', `${kept('b')}bf`, 'no field at index 63'],
    ['a name beyond the table', '7f00 0162', 'no field at index 63'],
    ['a name beyond the table, not to be kept', '0f30 0162', 'no field at index 63'],
    ['an index that is huge', 'ff ff ff ff 7f', 'no field at index 268435582'],
    ['an integer that goes on', 'ff 80 80 80 80 00', 'more bytes'],
    ['an integer that goes on in a length', '00 0161 7f 80 80 80 80 80 80 01', 'more bytes'],
    ['an integer cut short', 'ff', 'ends within a field'],
    ['an integer cut short later', 'ff 80', 'ends within a field'],
    ['a literal without a name', '40', 'ends within a field'],
    ['a literal without a value', '40 0161', 'ends within a field'],
    ['a name cut short', '40 0361 61', 'ends within a text'],
    ['a value cut short', '00 0161 0361 61', 'ends within a text'],
    ['a value of a length that no block has', '00 0161 7f ff ff ff 7f 61', 'ends within a text'],
    ['a coded value cut short', '00 0161 8361 61', 'ends within a text'],
    ['a table size after a field', '82 20', 'after a field'],
    ['a table size above the limit', '3f e2 1f', 'a table of 4097 octets, and 4096 are allowed'],
    ['three table sizes', '20 3f 01 20', 'more than twice'],
    ['a table size cut short', '3f', 'ends within a field'],
    // '0' is 00000, so that what follows fills up the byte.
    ['a code filled up with zeros', '00 0161 8100', 'filled up wrongly'],
    ['a code filled up with ones and a zero', '00 0161 8106', 'filled up wrongly'],
    ['a code filled up with eight ones', '00 0161 8207 ff', 'filled up wrongly'],
    ['a code of nothing but eight ones', '00 0161 81ff', 'filled up wrongly'],
    ['a code that ends within a symbol', '00 0161 82ff fe', 'filled up wrongly'],
    ['a code with the end-of-string symbol', '00 0161 84ff ff ff ff', 'end-of-string'],
    ['a code with the symbol and more', '00 0161 85ff ff ff fc 07', 'end-of-string'],
  ])('is refused: %s', (_, block, reason) => {
    const decode = () => decoded(newDecoder(), block);
    expect(decode).toThrow(HpackError);
    expect(decode).toThrow(reason);
  });

  it('is refused as well when more bytes follow the end of the block', () => {
    const bytes = hex('00 0161 0361 62 63');
    expect(() => newDecoder().decode(bytes, 0, 6, () => {})).toThrow('ends within a text');
  });
});

describe('a block at the limits of the rules', () => {
  it.each([
    ['an empty block', '', []],
    ['an empty name and value', '00 00 00', [': ']],
    ['empty coded texts', '00 80 80', [': ']],
    ['an integer with zeros that add nothing', '0f 97 80 80 00 0162', ['host: b']],
    ['a code that fills its bytes', '00 0161 85 0000000000', ['a: 00000000']],
    ['a code filled up with three bits', '00 0161 81 07', ['a: 0']],
    ['a code filled up with seven bits', '00 0161 84 0000007f', ['a: 00000']],
    ['two changes of the table size', '20 3f e1 1f 82', [':method: GET']],
    ['octets that are no ASCII', '00 0161 03 e4 80 ff', ['a: ä\u0080ÿ']],
  ])('is read: %s', (_, block, fields) => {
    expect(decoded(newDecoder(), block)).toEqual(fields);
  });
});

describe('the dynamic table', () => {
  it('hands out the same strings each time', () => {
    const decoder = newDecoder();
    decoded(decoder, kept('some value'));
    const seen: string[] = [];
    decoder.decode(hex('be be'), 0, 2, (name, value) => seen.push(name, value));
    expect(seen).toEqual(['a', 'some value', 'a', 'some value']);
  });

  it('lets the oldest go first, and counts 32 octets besides the texts', () => {
    const decoder = newDecoder(2 * 34 + 33);
    decoded(decoder, kept('1') + kept('2') + kept('3'));
    expect(decoded(decoder, 'be bf')).toEqual(['a: 3', 'a: 2']);
    expect(decoder.tableSize).toBe(68);
    expect(() => decoded(decoder, 'c0')).toThrow('no field at index 64');
  });

  it('keeps its order while it grows, shrinks and goes round', () => {
    const decoder = newDecoder();
    for (let count = 0; count < 500; count += 1) {
      decoded(decoder, kept(`${count}`));
      const oldest = Math.floor(4096 / (33 + 3));
      if (count < 200) expect(decoded(decoder, 'be')).toEqual([`a: ${count}`]);
      else {
        expect(decoded(decoder, 'c7')).toEqual([`a: ${count - 9}`]);
        const index = 61 + oldest - 127;
        expect(decoded(decoder, `ff${index.toString(16).padStart(2, '0')}`)).toEqual([
          `a: ${count - oldest + 1}`,
        ]);
      }
    }
  });

  it('is emptied by a field that is larger than all of it', () => {
    const decoder = newDecoder(100);
    decoded(decoder, kept('b'));
    expect(decoded(decoder, kept('c'.repeat(68)))).toEqual([`a: ${'c'.repeat(68)}`]);
    expect(decoder.tableSize).toBe(0);
    expect(() => decoded(decoder, 'be')).toThrow('no field');
  });

  it('gives a new field the name of one that it lets go for it', () => {
    const decoder = newDecoder(40);
    decoded(decoder, kept('b'));
    expect(decoded(decoder, `7e${literal('c')}`)).toEqual(['a: c']);
    expect(decoded(decoder, 'be')).toEqual(['a: c']);
  });

  it('follows the sizes that the peer asks for', () => {
    const decoder = newDecoder(4096);
    decoded(decoder, kept('b'));
    decoded(decoder, '20 82');
    expect(decoder.tableSize).toBe(0);
    decoded(decoder, kept('c'));
    expect(decoder.tableSize).toBe(0);
    decoded(decoder, `3f e1 1f ${kept('d')}`);
    expect(decoded(decoder, 'be')).toEqual(['a: d']);
  });
});

describe('a smaller table of our own', () => {
  it('has to be taken over by the next block', () => {
    const decoder = newDecoder(4096);
    decoder.setMaxTableSize(100);
    expect(() => decoded(decoder, '82')).toThrow('did not become smaller');
  });

  it('is refused when the peer becomes smaller, but not small enough', () => {
    const decoder = newDecoder(4096);
    decoder.setMaxTableSize(30);
    expect(() => decoded(decoder, '3f 00 82')).toThrow('a table of 31 octets, and 30 are allowed');
  });

  it('has to be passed through even when it has become larger again', () => {
    const settings = (decoder = newDecoder(4096)) => {
      decoder.setMaxTableSize(0);
      decoder.setMaxTableSize(8192);
      return decoder;
    };
    expect(() => decoded(settings(), '82')).toThrow('did not become smaller');
    expect(() => decoded(settings(), '3f e1 1f 82')).toThrow('did not become smaller');
    expect(decoded(settings(), '20 3f e1 3f 82')).toEqual([':method: GET']);
  });

  it('is asked for once', () => {
    const decoder = newDecoder(4096);
    decoder.setMaxTableSize(0);
    decoded(decoder, '20 82');
    expect(decoded(decoder, '82')).toEqual([':method: GET']);
  });

  it('need not be taken over when the peer has a smaller one already', () => {
    const decoder = newDecoder(4096);
    decoded(decoder, '20 82');
    decoder.setMaxTableSize(100);
    expect(decoded(decoder, '82')).toEqual([':method: GET']);
  });
});

describe('a list above the limit', () => {
  it('is handed out up to the limit, and leaves the table in step', () => {
    const decoder = newDecoder(4096, 100);
    const fields = decoded(decoder, `82 ${kept('b'.repeat(60))} ${kept('c')}`);
    expect(fields).toEqual([':method: GET']);
    expect(decoder.isOversized).toBe(true);
    expect(decoded(decoder, 'be')).toEqual(['a: c']);
    expect(decoder.isOversized).toBe(false);
  });

  it('counts 32 octets a field, also for fields of one byte', () => {
    const decoder = newDecoder(4096, 3 * 42);
    expect(decoded(decoder, '82 82 82')).toHaveLength(3);
    expect(decoder.isOversized).toBe(false);
    expect(decoded(decoder, '82 82 82 82')).toHaveLength(3);
    expect(decoder.isOversized).toBe(true);
  });

  it('is one of more than 1000 fields, whatever they hold', () => {
    const decoder = newDecoder();
    expect(decoded(decoder, '82'.repeat(1000))).toHaveLength(1000);
    expect(decoder.isOversized).toBe(false);
    expect(decoded(decoder, '82'.repeat(1001))).toHaveLength(1000);
    expect(decoder.isOversized).toBe(true);
  });

  it('does not hold what a bomb unfolds to', () => {
    // One large field in the table, then a reference a byte: 4 KiB for each.
    const decoder = newDecoder();
    const large = `40 0161 7f a1 1e ${letters('b'.repeat(4000))}`;
    decoded(decoder, large);
    const fields = decoded(decoder, 'be'.repeat(100_000));
    expect(decoder.isOversized).toBe(true);
    expect(fields.length).toBeLessThan(270);
    expect(decoder.tableSize).toBe(4033);
  });
});
