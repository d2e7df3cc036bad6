import { describe, expect, it } from 'vitest';
import { fromBytes, toBytes } from '../../src/runtime/codec.js';
import { type Reader, readTag, readUint32 } from '../../src/runtime/protobuf/reader.js';
import { readString } from '../../src/runtime/protobuf/text.js';
import { type Writer, writeString } from '../../src/runtime/protobuf/writer.js';

const encodeText = (writer: Writer, text: string): void => writeString(writer, 10, text, 'text');
const decodeText = (reader: Reader): string => readString(reader, readTag(reader));

describe('strings', () => {
  it('are written right wherever a character of several bytes stands', () => {
    for (const character of ['é', '€', '😀', 'ā', '\u0080', '\ufffd']) {
      for (const length of [0, 1, 2, 3, 4, 5, 10, 37, 38, 39, 40, 41, 100]) {
        for (let at = 0; at <= length; at += 1) {
          const text = `${'a'.repeat(at)}${character}${'b'.repeat(length - at)}`;
          const bytes = Buffer.from(toBytes(encodeText, text));
          const size = Buffer.byteLength(text);
          expect(bytes.subarray(bytes.length - size).toString()).toBe(text);
          expect(fromBytes(decodeText, bytes)).toBe(text);
        }
      }
    }
  });
});

describe('decoding', () => {
  it('of a message within the decoding of another leaves the outer one where it was', () => {
    const inner = toBytes(encodeText, 'the inner message, long enough to be cut from a stretch');
    const outer = Buffer.concat([toBytes(encodeText, 'outer'), Buffer.of(0x10, 0x2a)]);
    const read = fromBytes((reader: Reader) => {
      const text = readString(reader, readTag(reader));
      return [text, fromBytes(decodeText, inner), readUint32(reader, readTag(reader))];
    }, outer);
    expect(read).toEqual(['outer', 'the inner message, long enough to be cut from a stretch', 42]);
  });

  it('goes on after a message that was refused', () => {
    expect(() => fromBytes(decodeText, Buffer.of(0x0a, 0x05, 0x61))).toThrow();
    expect(fromBytes(decodeText, toBytes(encodeText, 'fine'))).toBe('fine');
  });
});
