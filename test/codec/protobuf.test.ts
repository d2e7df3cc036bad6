import fc from 'fast-check';
import Long from 'long';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { fromBytes, toBytes } from '../../src/runtime/codec.js';
import * as read from '../../src/runtime/protobuf/reader.js';
import { readString } from '../../src/runtime/protobuf/text.js';
import * as write from '../../src/runtime/protobuf/writer.js';

type Write<T> = (writer: write.Writer, tag: number, value: T, field: string) => void;
type Read<T> = (reader: read.Reader, tag: number) => T;

/** A number of all sizes: plain `fc.integer` seldom gives a varint of three bytes. */
function sized(bits: number, signed: boolean): fc.Arbitrary<bigint> {
  return fc
    .tuple(fc.integer({ min: 0, max: bits }), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }))
    .map(([keep, value]) => {
      const cut = BigInt.asUintN(keep, value);
      return signed ? BigInt.asIntN(bits, cut) : BigInt.asUintN(bits, cut);
    });
}

const int32 = sized(32, true).map(Number);
const uint32 = sized(32, false).map(Number);
const int64 = sized(64, true);
const uint64 = sized(64, false);
const words = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary-ascii', maxLength: 300 }),
  fc.string({ unit: 'grapheme', minLength: 40, maxLength: 400 }),
);

// biome-ignore lint/suspicious/noExplicitAny: a table over types that have nothing in common.
type Row = [type: string, wireType: number, values: fc.Arbitrary<any>, Write<any>, Read<any>];

const rows: Row[] = [
  ['int32', read.VARINT, int32, write.writeInt32, read.readInt32],
  ['uint32', read.VARINT, uint32, write.writeUint32, read.readUint32],
  ['sint32', read.VARINT, int32, write.writeSint32, read.readSint32],
  ['int64', read.VARINT, int64, write.writeInt64, read.readInt64],
  ['uint64', read.VARINT, uint64, write.writeUint64, read.readUint64],
  ['sint64', read.VARINT, int64, write.writeSint64, read.readSint64],
  ['bool', read.VARINT, fc.boolean(), write.writeBool, read.readBool],
  ['fixed32', read.FIXED32, uint32, write.writeFixed32, read.readFixed32],
  ['sfixed32', read.FIXED32, int32, write.writeSfixed32, read.readSfixed32],
  ['fixed64', read.FIXED64, uint64, write.writeFixed64, read.readFixed64],
  ['sfixed64', read.FIXED64, int64, write.writeSfixed64, read.readSfixed64],
  ['float', read.FIXED32, fc.float(), write.writeFloat, read.readFloat],
  ['double', read.FIXED64, fc.double(), write.writeDouble, read.readDouble],
  ['string', read.DELIMITED, words, write.writeString, readString],
  ['bytes', read.DELIMITED, fc.uint8Array(), write.writeBytes, read.readBytes],
];

/** A field number of one, two or more tag bytes. */
const fieldNumber = fc.oneof(
  fc.integer({ min: 1, max: 15 }),
  fc.integer({ min: 16, max: 3000 }),
  fc.integer({ min: 1, max: 536_870_911 }),
);

describe.each(rows)('%s', (type, wireType, values, writeValue, readValue) => {
  const property = fc.property(fieldNumber, values, (number, value) => {
    const tag = ((number << 3) | wireType) >>> 0;
    const bytes = toBytes((writer, _: undefined) => writeValue(writer, tag, value, 'f'), undefined);

    const theirs = protobuf.Writer.create().uint32(tag);
    // biome-ignore lint/suspicious/noExplicitAny: the method is named by the table.
    (theirs as any)[type](typeof value === 'bigint' ? toLong(type, value) : value);
    expect(Buffer.from(bytes).toString('hex')).toBe(Buffer.from(theirs.finish()).toString('hex'));

    const reader = new read.Reader(bytes);
    expect(read.readTag(reader)).toBe(tag);
    const back = readValue(reader, tag);
    expect(back instanceof Uint8Array ? new Uint8Array(back) : back).toEqual(value);
    expect(reader.pos).toBe(bytes.length);
  });

  it('has the bytes of protobufjs, and reads them back', () => {
    fc.assert(property, { numRuns: 500 });
  });

  it('is refused when cut short, and when it comes with another wire type', () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = toBytes(
          (writer, _: undefined) => writeValue(writer, 0, value, 'f'),
          undefined,
        );
        for (let length = 0; length < bytes.length; length += 1) {
          const reader = new read.Reader(bytes.subarray(0, length));
          expect(() => readValue(reader, wireType)).toThrow('malformed message at byte');
        }
        for (const other of [0, 1, 2, 3, 4, 5, 6, 7].filter((other) => other !== wireType)) {
          const reader = new read.Reader(bytes);
          expect(() => readValue(reader, (9 << 3) | other)).toThrow(
            `field 9 has wire type ${other} where ${wireType} is declared`,
          );
        }
      }),
    );
  });
});

function toLong(type: string, value: bigint): unknown {
  return Long.fromString(value.toString(), type.startsWith('u') || type === 'fixed64');
}

describe('reading', () => {
  const varints: [string, number[]][] = [
    ['eleven bytes', [...Array(10).fill(0x80), 0]],
    ['more than 64 bits', [...Array(9).fill(0xff), 0x02]],
  ];
  it.each(varints)('refuses a number of %s', (_, bytes) => {
    for (const readNumber of [read.readInt32, read.readUint64, read.readBool]) {
      const reader = new read.Reader(new Uint8Array(bytes));
      expect(() => readNumber(reader, read.VARINT)).toThrow('longer than 64 bits');
    }
  });

  it('takes a number with needless bytes, and a 32-bit field with 64 bits as its low half', () => {
    const padded = new Uint8Array([0x85, 0x80, 0x80, 0x00]);
    expect(read.readUint32(new read.Reader(padded), read.VARINT)).toBe(5);
    const long = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
    expect(read.readInt32(new read.Reader(long), read.VARINT)).toBe(-1);
    expect(read.readUint32(new read.Reader(long), read.VARINT)).toBe(4_294_967_295);
  });

  it('refuses field number 0 and tags over 32 bits', () => {
    const tags: [number[], string][] = [
      [[0x00], 'number 0'],
      [[0x07], 'number 0'],
      [[0x80, 0x80, 0x80, 0x80, 0x10], 'longer than 32 bits'],
      [[0x88, 0x80, 0x80, 0x80, 0x80, 0x00], 'longer than 32 bits'],
    ];
    for (const [bytes, problem] of tags) {
      expect(() => read.readTag(new read.Reader(new Uint8Array(bytes)))).toThrow(problem);
    }
  });

  it('refuses bytes that are no UTF-8, at every length', () => {
    for (const wrong of [
      [0xff],
      [0xc3],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xc0, 0x80],
    ]) {
      for (let before = 0; before < 300; before += before < 20 ? 1 : 37) {
        const text = [...Array(before).fill(0x61), ...wrong];
        const bytes = toBytes(
          (writer, _: undefined) => write.writeBytes(writer, 0, new Uint8Array(text), 'f'),
          undefined,
        );
        expect(() => readString(new read.Reader(bytes), read.DELIMITED)).toThrow('not valid UTF-8');
      }
    }
  });

  it('takes a replacement character that is really there', () => {
    const bytes = toBytes(
      (writer, _: undefined) => write.writeString(writer, 0, 'a\ufffdb', 'f'),
      undefined,
    );
    expect(readString(new read.Reader(bytes), read.DELIMITED)).toBe('a\ufffdb');
  });

  it('reads many strings of one message right, whatever their lengths and order', () => {
    fc.assert(
      fc.property(fc.array(words, { maxLength: 60 }), (texts) => {
        const bytes = toBytes((writer, list: readonly string[]) => {
          for (const entry of [...list].reverse()) write.writeString(writer, 10, entry, 'f');
        }, texts);
        const reader = new read.Reader(bytes);
        const back: string[] = [];
        while (reader.pos < bytes.length) back.push(readString(reader, read.readTag(reader)));
        expect(back).toEqual(texts);
      }),
    );
  });

  it('skips unknown fields and groups, and refuses groups that do not close', () => {
    const group = [0x0b, 0x10, 0x05, 0x13, 0x14, 0x0c];
    const reader = new read.Reader(new Uint8Array(group));
    read.skipField(reader, read.readTag(reader));
    expect(reader.pos).toBe(group.length);
    for (const broken of [[0x0b], [0x0b, 0x14], [0x0c], [0x0e], [0x0b, 0x10]]) {
      const cut = new read.Reader(new Uint8Array(broken));
      expect(() => read.skipField(cut, read.readTag(cut))).toThrow('malformed message');
    }
    const deep = new read.Reader(new Uint8Array(1000).fill(0x0b));
    expect(() => read.skipField(deep, read.readTag(deep))).toThrow('nested deeper than 100');
  });

  const takers: [string, (reader: read.Reader, tag: number) => unknown][] = [
    ['bytes', read.readBytes],
    ['a string', readString],
    ['a message', read.openMessage],
    ['a packed list', (from, tag) => read.readPacked(from, tag, [], read.VARINT, read.readInt32)],
    ['a field that is skipped', read.skipField],
  ];
  it.each(takers)('refuses a length of 2^32 or more for %s', (_, take) => {
    const lengths = fc.bigInt({ min: 1n << 32n, max: (1n << 64n) - 1n });
    fc.assert(
      fc.property(fc.oneof(fc.constant(1n << 32n), lengths), (length) => {
        const varint = toBytes(
          (writer, _: undefined) => write.writeUint64(writer, 0, length, 'f'),
          undefined,
        );
        // With some of the bytes that the lower half alone would ask for.
        const bytes = new Uint8Array([...varint, 0, 0]);
        const reader = new read.Reader(bytes);
        expect(() => take(reader, read.DELIMITED)).toThrow('malformed message at byte');
      }),
    );
  });

  it('takes a length with needless bytes', () => {
    for (const padding of [[], [0x80], [0x80, 0x80, 0x80], Array(8).fill(0x80)]) {
      const reader = new read.Reader(new Uint8Array([0x82, ...padding, 0x00, 0x61, 0x62]));
      expect(readString(reader, read.DELIMITED)).toBe('ab');
    }
  });

  it('takes messages and groups 100 deep, and refuses one more', () => {
    interface Nest {
      readonly depth: number;
    }
    const decodeNest = (reader: read.Reader, end: number): Nest => {
      let depth = 1;
      while (reader.pos < end) {
        const tag = read.readTag(reader);
        if ((tag & 7) !== read.DELIMITED) read.skipField(reader, tag);
        else depth = 1 + decodeNest(reader, read.openMessage(reader, tag)).depth;
      }
      read.closeMessage(reader, end);
      return { depth };
    };
    const messages = (depth: number): Uint8Array => {
      let bytes = Buffer.alloc(0);
      for (let level = 1; level < depth; level += 1) {
        const length = protobuf.Writer.create().uint32(bytes.length).finish();
        bytes = Buffer.concat([Buffer.from([0x0a]), length, bytes]);
      }
      return bytes;
    };
    // A message that holds groups in each other.
    const groups = (depth: number) =>
      new Uint8Array([...Array(depth - 1).fill(0x0b), ...Array(depth - 1).fill(0x0c)]);
    expect(fromBytes(decodeNest, messages(100))).toEqual({ depth: 100 });
    expect(fromBytes(decodeNest, groups(100))).toEqual({ depth: 1 });
    for (const deep of [messages(101), groups(101)]) {
      expect(() => fromBytes(decodeNest, deep)).toThrow('nested deeper than 100');
    }
  });
});

describe('writing', () => {
  const wrong: [string, Write<never>, unknown][] = [
    ['a fraction', write.writeInt32, 1.5],
    ['a number over 32 bits', write.writeInt32, 2 ** 31],
    ['a negative number', write.writeUint32, -1],
    ['a number for 64 bits', write.writeUint64, 5],
    ['a number over 64 bits', write.writeUint64, 1n << 64n],
    ['a negative bigint', write.writeFixed64, -1n],
    ['a bigint over 63 bits', write.writeInt64, 1n << 63n],
    ['text for a number', write.writeDouble, '5'],
    ['a number for text', write.writeString, 5],
    ['a lone surrogate', write.writeString, 'a\ud800'],
    ['text for bytes', write.writeBytes, 'abc'],
    ['null', write.writeString, null],
    ['text for a boolean', write.writeBool, 'true'],
    ['NaN for a whole number', write.writeSfixed32, Number.NaN],
  ];
  it.each(wrong)('refuses %s and names the field', (_, writeValue, value) => {
    expect(() =>
      toBytes((writer, bad: never) => writeValue(writer, 8, bad, 'hostname'), value as never),
    ).toThrow(expect.objectContaining({ code: 'config', field: 'hostname' }));
  });

  it('never shows the text or bytes it refuses', () => {
    expect(() =>
      toBytes(
        (writer, _: undefined) => write.writeBytes(writer, 8, 'hunter2' as never, 'key'),
        undefined,
      ),
    ).toThrow(/^(?!.*hunter2).*key/s);
  });

  it('grows for messages of any size, nested ones too, and keeps finished messages as they are', () => {
    const done: [Uint8Array, Uint8Array][] = [];
    for (const size of [0, 1, 100, 16_000, 16_384, 70_000, 1_000_000, 3]) {
      const payload = new Uint8Array(size).fill(size % 251);
      const bytes = toBytes((writer, value: Uint8Array) => {
        const outer = write.openLength(writer);
        const inner = write.openLength(writer);
        write.writeBytes(writer, 10, value, 'f');
        write.closeLength(writer, 18, inner);
        write.closeLength(writer, 26, outer);
      }, payload);
      const reader = new read.Reader(bytes);
      const end = read.openMessage(reader, read.readTag(reader));
      read.openMessage(reader, read.readTag(reader));
      const back = read.readBytes(reader, read.readTag(reader));
      expect(reader.pos).toBe(end);
      expect(Buffer.compare(back, payload)).toBe(0);
      done.push([bytes, Uint8Array.prototype.slice.call(bytes)]);
    }
    for (const [bytes, copy] of done) expect(Buffer.compare(bytes, copy)).toBe(0);
  });

  it('goes on after a message that was refused', () => {
    const encode = (writer: write.Writer, value: string) => {
      write.writeString(writer, 18, value, 'b');
      write.writeString(writer, 10, 'a', 'a');
    };
    expect(() => toBytes(encode, '\ud800')).toThrow();
    expect(Buffer.from(toBytes(encode, 'b')).toString('hex')).toBe('0a0161120162');
  });

  it('can be entered again from a getter of the message it writes', () => {
    const message = {
      get name() {
        return Buffer.from(
          toBytes((writer, _: undefined) => write.writeBool(writer, 8, true, 'x'), undefined),
        ).toString('hex');
      },
    };
    const bytes = toBytes((writer, value: typeof message) => {
      write.writeString(writer, 18, 'tail', 'tail');
      write.writeString(writer, 10, value.name, 'name');
    }, message);
    expect(Buffer.from(bytes).toString()).toBe('\n\u00040801\u0012\u0004tail');
  });
});
