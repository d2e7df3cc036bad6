import { join } from 'node:path';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { type Decode, type Encode, fromBytes, toBytes } from '../../src/runtime/codec.js';
import { TalosConfigError } from '../../src/runtime/errors/config-error.js';
import * as enumMessages from './golden/enums/output/messages/levels.js';
import * as listMessages from './golden/lists/output/messages/lists.js';
import * as mapMessages from './golden/maps/output/messages/maps.js';
import * as nameMessages from './golden/names/output/messages/function.js';
import * as treeMessages from './golden/nesting/output/messages/trees.js';
import * as oneofMessages from './golden/oneofs/output/messages/choices.js';
import * as scalarMessages from './golden/scalars/output/messages/scalars.js';
import { repository } from './protos/support.js';

// The codecs of the golden topics hold what Talos does not use. They are compared with those that
// protobufjs makes of the same protos by reflection.

function reflect(topic: string): protobuf.Root {
  const folder = join(repository, 'test/codegen/golden', topic, 'input');
  return new protobuf.Root().loadSync(join(folder, `${topic}.proto`));
}

/** Checks that both write the same bytes for a message, and that ours reads them back. */
function compare<T extends object>(
  type: protobuf.Type,
  codec: { readonly decode: Decode<T>; readonly encode: Encode<never> },
  ours: T,
  theirs: Record<string, unknown>,
): void {
  const expected = Buffer.from(type.encode(type.fromObject(theirs)).finish());
  const actual = Buffer.from(toBytes(codec.encode as unknown as Encode<T>, ours));
  expect(actual.toString('hex')).toBe(expected.toString('hex'));
  expect(fromBytes(codec.decode, actual)).toEqual(ours);
}

const names = [
  'double',
  'float',
  'int32',
  'int64',
  'uint32',
  'uint64',
  'sint32',
  'sint64',
  'fixed32',
  'fixed64',
  'sfixed32',
  'sfixed64',
  'bool',
  'string',
  'bytes',
] as const;

/** The ends of each type's range. */
const least = [
  -Number.MAX_VALUE,
  -1.5,
  -(2 ** 31),
  -(2n ** 63n),
  0,
  0n,
  -(2 ** 31),
  -(2n ** 63n),
  0,
  0n,
  -(2 ** 31),
  -(2n ** 63n),
  false,
  '',
  Buffer.alloc(0),
];
const most = [
  Number.MIN_VALUE,
  Number.POSITIVE_INFINITY,
  2 ** 31 - 1,
  2n ** 63n - 1n,
  2 ** 32 - 1,
  2n ** 64n - 1n,
  2 ** 31 - 1,
  2n ** 63n - 1n,
  2 ** 32 - 1,
  2n ** 64n - 1n,
  2 ** 31 - 1,
  2n ** 63n - 1n,
  true,
  'zażółć 🦭',
  Buffer.from([0, 255]),
];

function record(prefix: (name: string) => string, values: readonly unknown[]) {
  return Object.fromEntries(names.map((name, index) => [prefix(name), values[index]]));
}

/** 64-bit numbers as protobufjs takes them from plain objects. */
function forReflection(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(forReflection);
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, forReflection(one)]));
}

describe('scalars', () => {
  const root = reflect('scalars');

  it.each(['least', 'most'])('with the %s value of each type', (end) => {
    const values = end === 'least' ? least : most;
    const { decodeScalars: decode, encodeScalars: encode } = scalarMessages;
    const message = { ...record((name) => `${name}Field`, values), last: 2 ** 32 - 1 };
    const type = root.lookupType('golden.scalars.Scalars');
    compare(type, { decode, encode }, message as never, forReflection(message) as never);
  });

  it('with presence are written although they are zero, and told from absent ones', () => {
    const { decodeOptionals: decode, encodeOptionals: encode } = scalarMessages;
    const camel = (name: string) => `optional${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const zeros = most.map((value) => {
      if (typeof value === 'bigint') return 0n;
      if (typeof value === 'string') return '';
      if (typeof value === 'boolean') return false;
      return typeof value === 'number' ? 0 : Buffer.alloc(0);
    });
    const message = { ...record(camel, zeros), message: undefined, kind: 'KIND_NONE' };
    const type = root.lookupType('golden.scalars.Optionals');
    compare(type, { decode, encode }, message as never, forReflection(message) as never);
    expect(fromBytes(decode, new Uint8Array())).toMatchObject({
      optionalBool: undefined,
      optionalBytes: undefined,
      kind: undefined,
    });
  });

  it('without presence are not written when they are zero, apart from minus zero', () => {
    const { decodeScalars, encodeScalars } = scalarMessages;
    expect(toBytes(encodeScalars, fromBytes(decodeScalars, new Uint8Array()))).toHaveLength(0);
    const bytes = toBytes(encodeScalars, { doubleField: -0, floatField: Number.NaN });
    expect(fromBytes(decodeScalars, bytes)).toMatchObject({
      doubleField: -0,
      floatField: Number.NaN,
    });
  });
});

describe('lists', () => {
  const root = reflect('lists');
  const lists = Object.fromEntries(
    names.map((name, index) => [`${name}List`, [least[index], most[index]]]),
  );
  const numbers = Object.fromEntries(
    Object.entries(lists).filter(([name]) => name !== 'stringList' && name !== 'bytesList'),
  );

  it('of every type, packed', () => {
    const { decodeLists: decode, encodeLists: encode } = listMessages;
    const empty = fromBytes(decode, new Uint8Array());
    const message = { ...lists, nested: [empty, empty], colors: ['GREEN', 'RED', 7] };
    const theirs = { ...lists, nested: [{}, {}], colors: [1, 0, 7] };
    const type = root.lookupType('golden.lists.Lists');
    compare(type, { decode, encode }, message as never, forReflection(theirs) as never);
  });

  it('of every type, one by one', () => {
    const { decodeUnpacked: decode, encodeUnpacked: encode } = listMessages;
    const message = { ...numbers, colors: ['GREEN', 'RED', -1] };
    const theirs = { ...numbers, colors: [1, 0, -1] };
    const type = root.lookupType('golden.lists.Unpacked');
    compare(type, { decode, encode }, message as never, forReflection(theirs) as never);
  });

  it('are read in either form', () => {
    const { decodeLists, decodeUnpacked, encodeLists, encodeUnpacked } = listMessages;
    const message = { ...numbers, colors: ['GREEN'] };
    expect(fromBytes(decodeLists, toBytes(encodeUnpacked, message as never))).toMatchObject(
      message,
    );
    expect(fromBytes(decodeUnpacked, toBytes(encodeLists, message as never))).toMatchObject(
      message,
    );
  });

  it('are joined when they come in pieces', () => {
    const { decodeLists, encodeLists, encodeUnpacked } = listMessages;
    const bytes = Buffer.concat([
      toBytes(encodeLists, { int32List: [1, 2], stringList: ['a'] }),
      toBytes(encodeUnpacked, { int32List: [3] }),
      toBytes(encodeLists, { int32List: [4], stringList: ['b'] }),
    ]);
    expect(fromBytes(decodeLists, bytes)).toMatchObject({
      int32List: [1, 2, 3, 4],
      stringList: ['a', 'b'],
    });
  });
});

describe('maps', () => {
  const root = reflect('maps');
  const type = root.lookupType('golden.maps.Maps');
  const { decodeMaps: decode, encodeMaps: encode } = mapMessages;
  const empty = fromBytes(decode, new Uint8Array());

  it('have keys of every type, as text', () => {
    const maps: Record<string, Record<string, string>> = {};
    names.forEach((name, index) => {
      if (name === 'double' || name === 'float' || name === 'bytes') return;
      const keys = [String(least[index]), String(most[index])];
      maps[`by${name.charAt(0).toUpperCase()}${name.slice(1)}`] = Object.fromEntries(
        keys.map((key) => [key, `value of ${key}`]),
      );
    });
    const bytes = toBytes(encode, maps);
    expect(fromBytes(decode, bytes)).toMatchObject(maps);
    const theirs = type.toObject(type.decode(bytes), { longs: String });
    expect(theirs.byString).toEqual(maps.byString);
    expect(theirs.byInt32).toEqual(maps.byInt32);
    expect(theirs.byBool).toEqual(maps.byBool);
    expect(Object.values(theirs.byUint64)).toEqual(Object.values(maps.byUint64 ?? {}));
  });

  it('have values of every type', () => {
    const values = Object.fromEntries(
      names
        .map((name, index) => [`${name}Values`, { a: least[index], b: most[index] }] as const)
        .filter(([name]) => name !== 'stringValues'),
    );
    const message = { ...empty, ...values, messages: { '': empty }, levels: {} };
    compare(type, { decode, encode }, message as never, {
      ...(forReflection(values) as object),
      messages: { '': {} },
    });
    const levels = { '18446744073709551615': 'HIGH', '0': 'LOW', '7': 5 } as const;
    expect(fromBytes(decode, toBytes(encode, { levels })).levels).toEqual(levels);
  });

  it('take keys and values that are missing for zero, and the last of two', () => {
    // Entries of field 42: without key and value, with a key only, and that key again.
    const bytes = Buffer.from('d20200d202020807d20204080710015a', 'hex').subarray(0, -1);
    expect(fromBytes(decode, bytes).levels).toEqual({ '0': 'LOW', '7': 'HIGH' });
    // Entries of field 41, whose value is a message.
    expect(fromBytes(decode, Buffer.from('ca0200', 'hex')).messages).toEqual({ '': empty });
  });

  it('take any key for data', () => {
    const byString = Object.fromEntries([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['toString', 'c'],
    ]);
    const read = fromBytes(decode, toBytes(encode, { byString })).byString;
    expect(Object.entries(read)).toEqual(Object.entries(byString));
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });

  it('leave out values that are undefined', () => {
    expect(toBytes(encode, { byString: { a: undefined } })).toHaveLength(0);
  });

  it.each([
    ['byInt32', '1.5'],
    ['byInt32', '01'],
    ['byInt32', '2147483648'],
    ['byUint32', '-1'],
    ['byInt64', 'x'],
    ['byInt64', ' 1'],
    ['byUint64', '-1'],
    ['byUint64', '18446744073709551616'],
    ['byBool', '1'],
  ])('refuse %s with the key %s', (field, key) => {
    expect(() => toBytes(encode, { [field]: { [key]: 'x' } })).toThrow(TalosConfigError);
    expect(() => toBytes(encode, { [field]: { [key]: 'x' } })).toThrow(field);
  });
});

describe('oneofs', () => {
  const type = reflect('oneofs').lookupType('golden.oneofs.Choice');
  const { decodeChoice: decode, encodeChoice: encode } = oneofMessages;
  const empty = fromBytes(decode, new Uint8Array());

  it.each([
    ['text', '', { text: '' }],
    ['number', -1n, { number: -1 }],
    ['data', Buffer.from([1]), { data: Buffer.from([1]) }],
    ['flag', false, { flag: false }],
    ['inner', empty, { inner: {} }],
    ['answer', 'NO', { answer: 0 }],
    ['answer', 9, { answer: 9 }],
  ] as const)('keep the case %s', (name, value, theirs) => {
    const choice = { case: name, value };
    const message = { ...empty, name: 'n', between: 3, choice };
    const expected = { name: 'n', between: 3, ...theirs };
    compare(type, { decode, encode }, message as never, expected);
  });

  it('hold the last case that came', () => {
    const bytes = Buffer.concat([
      toBytes(encode, { choice: { case: 'text', value: 'a' } }),
      toBytes(encode, { choice: { case: 'flag', value: true }, name: 'kept' }),
    ]);
    expect(fromBytes(decode, bytes)).toMatchObject({
      name: 'kept',
      choice: { case: 'flag', value: true },
    });
  });

  it('merge a message with one of the same case, and not across another', () => {
    const inner = (value: object) => toBytes(encode, { choice: { case: 'inner', value } });
    const merged = Buffer.concat([inner({ name: 'a' }), inner({ between: 2 })]);
    expect(fromBytes(decode, merged)).toMatchObject({
      choice: { value: { name: 'a', between: 2 } },
    });
    const text = toBytes(encode, { choice: { case: 'text', value: 'x' } });
    const apart = Buffer.concat([inner({ name: 'a' }), text, inner({ between: 2 })]);
    expect(fromBytes(decode, apart)).toMatchObject({ choice: { value: { name: '', between: 2 } } });
  });
});

describe('enums', () => {
  const { decodeLevels: decode, encodeLevels: encode } = enumMessages;

  it('read aliases as the first name, and write any', () => {
    const bytes = toBytes(encode, {
      outer: 'HIGHEST',
      all: ['UNSPECIFIED', 'LEAST', 'BELOW', 77, 'MOST'],
      maybe: 'LOW',
    });
    expect(fromBytes(decode, bytes)).toEqual({
      inner: 'LOW',
      outer: 'MOST',
      all: ['UNKNOWN', 'LEAST', 'BELOW', 77, 'MOST'],
      maybe: 'LOW',
    });
    expect(toBytes(encode, { outer: 'UNSPECIFIED', inner: 0 })).toHaveLength(0);
  });

  it.each(['low', '', 1.5, 2 ** 31, Number.NaN, true, {}])('refuse %j', (value) => {
    expect(() => toBytes(encode, { inner: value as never })).toThrow(
      /^inner: expected LOW, HIGH or a whole number of 32 bits, got /,
    );
  });
});

describe('nested messages', () => {
  const { decodeTree, encodeTree } = treeMessages;

  it('merge when a field comes twice', () => {
    const bytes = Buffer.concat([
      toBytes(encodeTree, { left: { leaves: [{}] } }),
      toBytes(encodeTree, { left: { nothing: {}, leaves: [{}] }, right: {} }),
    ]);
    const tree = fromBytes(decodeTree, bytes);
    expect(tree.left?.leaves).toHaveLength(2);
    expect(tree.left?.nothing).toEqual({});
    expect(tree.right?.left).toBeUndefined();
  });

  it('that hold themselves are refused', () => {
    const tree: { left?: object } = {};
    tree.left = tree;
    expect(() => toBytes(encodeTree, tree)).toThrow(TalosConfigError);
  });

  it('that are null are refused', () => {
    expect(() => toBytes(encodeTree, { left: null as never })).toThrow(TalosConfigError);
  });
});

describe('hostile names', () => {
  it('are plain data', () => {
    const { decodeAll, encodeAll } = nameMessages;
    const all = fromBytes(decodeAll, new Uint8Array());
    const message = {
      ...all,
      a: {
        ...fromBytes(nameMessages.decodeconstructor_, new Uint8Array()),
        constructor_: 'a',
        Proto: 'b',
        toString_: 'c',
        value: { case: 'isPrototypeOf_', value: 'd' } as const,
      },
      c: { Proto: { constructor: 'x' } },
      l: { prototype: 'constructor', list: ['toString', '__proto__', 'hasOwnProperty'] } as never,
    };
    expect(fromBytes(decodeAll, toBytes(encodeAll, message))).toEqual(message);
    expect(toBytes(encodeAll, { a: {} })).toHaveLength(2);
  });
});
