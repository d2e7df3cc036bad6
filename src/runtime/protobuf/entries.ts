import { checkRecord } from './checks.js';
import type { Encode } from './coding.js';
import { closeMessage, openMessage, type Reader, readInt32, readTag, skipField } from './reader.js';
import { UnfitValue } from './unfit.js';
import {
  closeLength,
  openLength,
  type Writer,
  writeBool,
  writeFixed32,
  writeFixed64,
  writeInt32,
  writeInt64,
  writeSfixed32,
  writeSfixed64,
  writeSint32,
  writeSint64,
  writeUint32,
  writeUint64,
} from './writer.js';

// A map travels as a list of messages with the key as field 1 and the value as field 2. In
// TypeScript it is a record, so keys that are numbers or booleans are strings there.

type ReadKey = (reader: Reader, tag: number) => string | number | bigint | boolean;
type WriteKey = (writer: Writer, tag: number, key: string, field: string) => void;

/** Tag of a value that is an enum or a message. */
const ENUM_VALUE = 16;
const MESSAGE_VALUE = 18;

/** Reads one entry of a map of scalars into `record`. */
export function readEntry<V>(
  reader: Reader,
  tag: number,
  record: Record<string, V>,
  readKey: ReadKey,
  initialKey: string,
  readValue: (reader: Reader, tag: number) => V,
  initialValue: V,
): void {
  const end = openMessage(reader, tag);
  let key = initialKey;
  let value = initialValue;
  while (reader.pos < end) {
    const part = readTag(reader);
    if (part >>> 3 === 1) key = String(readKey(reader, part));
    else if (part >>> 3 === 2) value = readValue(reader, part);
    else skipField(reader, part);
  }
  closeMessage(reader, end);
  setEntry(record, key, value);
}

/** Reads one entry of a map of enums into `record`. */
export function readEnumEntry<V>(
  reader: Reader,
  tag: number,
  record: Record<string, V>,
  readKey: ReadKey,
  initialKey: string,
  decode: (value: number) => V,
): void {
  const read = (from: Reader, part: number) => decode(readInt32(from, part));
  readEntry(reader, tag, record, readKey, initialKey, read, decode(0));
}

/** Reads one entry of a map of messages into `record`. */
export function readMessageEntry<V>(
  reader: Reader,
  tag: number,
  record: Record<string, V>,
  readKey: ReadKey,
  initialKey: string,
  decode: (reader: Reader, end: number, into?: V) => V,
): void {
  const end = openMessage(reader, tag);
  let key = initialKey;
  let value: V | undefined;
  while (reader.pos < end) {
    const part = readTag(reader);
    if (part >>> 3 === 1) key = String(readKey(reader, part));
    else if (part >>> 3 === 2) value = decode(reader, openMessage(reader, part), value);
    else skipField(reader, part);
  }
  closeMessage(reader, end);
  if (value === undefined) {
    // An entry without a value holds an empty message; reading none at all makes one.
    reader.depth += 1;
    value = decode(reader, reader.pos);
  }
  setEntry(record, key, value);
}

/** Keys are data, `__proto__` too. */
export function setEntry<V>(record: Record<string, V>, key: string, value: V): void {
  if (key !== '__proto__') {
    record[key] = value;
    return;
  }
  Object.defineProperty(record, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** Writes a map of scalars. Values that are `undefined` are left out, as fields are. */
export function writeEntries<V>(
  writer: Writer,
  tag: number,
  record: Readonly<Record<string, V | undefined>>,
  field: string,
  writeKey: WriteKey,
  keyTag: number,
  writeValue: (writer: Writer, tag: number, value: V, field: string) => void,
  valueTag: number,
): void {
  checkRecord(record, field);
  const keys = Object.keys(record);
  for (let index = keys.length - 1; index >= 0; index -= 1) {
    const key = keys[index] as string;
    const value = record[key];
    if (value === undefined) continue;
    const mark = openLength(writer);
    writeValue(writer, valueTag, value, field);
    writeKey(writer, keyTag, key, field);
    closeLength(writer, tag, mark);
  }
}

/** Writes a map of enums. */
export function writeEnumEntries<V>(
  writer: Writer,
  tag: number,
  record: Readonly<Record<string, V | undefined>>,
  field: string,
  writeKey: WriteKey,
  keyTag: number,
  encode: (value: V, field: string) => number,
): void {
  const write = (to: Writer, valueTag: number, value: V) =>
    writeInt32(to, valueTag, encode(value, field), field);
  writeEntries(writer, tag, record, field, writeKey, keyTag, write, ENUM_VALUE);
}

/** Writes a map of messages. */
export function writeMessageEntries<V>(
  writer: Writer,
  tag: number,
  record: Readonly<Record<string, V | undefined>>,
  field: string,
  writeKey: WriteKey,
  keyTag: number,
  encode: Encode<V>,
): void {
  const write = (to: Writer, valueTag: number, value: V): void => {
    const mark = openLength(to);
    encode(to, value);
    closeLength(to, valueTag, mark);
  };
  writeEntries(writer, tag, record, field, writeKey, keyTag, write, MESSAGE_VALUE);
}

function wrongKey(field: string, keys: string, key: string): UnfitValue {
  return new UnfitValue(field, `the keys of the map to be ${keys}`, key);
}

/** Reads the key of an entry as a number. Refuses one that a record cannot hold. */
function numberKey(key: string, field: string): number {
  const value = Number(key);
  if (String(value) !== key) throw wrongKey(field, 'decimal numbers', key);
  return value;
}

function bigintKey(key: string, field: string): bigint {
  if (!/^(?:0|-?[1-9][0-9]*)$/.test(key)) throw wrongKey(field, 'decimal numbers', key);
  return BigInt(key);
}

/** Writes the key of an entry, a `bool` that stands in an object as text. */
export function writeBoolKey(writer: Writer, tag: number, key: string, field: string): void {
  if (key !== 'true' && key !== 'false') throw wrongKey(field, 'true or false', key);
  writeBool(writer, tag, key === 'true', field);
}

/** Writes the key of an entry, a `int32` that stands in an object as text. */
export function writeInt32Key(writer: Writer, tag: number, key: string, field: string): void {
  writeInt32(writer, tag, numberKey(key, field), field);
}

/** Writes the key of an entry, a `uint32` that stands in an object as text. */
export function writeUint32Key(writer: Writer, tag: number, key: string, field: string): void {
  writeUint32(writer, tag, numberKey(key, field), field);
}

/** Writes the key of an entry, a `sint32` that stands in an object as text. */
export function writeSint32Key(writer: Writer, tag: number, key: string, field: string): void {
  writeSint32(writer, tag, numberKey(key, field), field);
}

/** Writes the key of an entry, a `fixed32` that stands in an object as text. */
export function writeFixed32Key(writer: Writer, tag: number, key: string, field: string): void {
  writeFixed32(writer, tag, numberKey(key, field), field);
}

/** Writes the key of an entry, a `sfixed32` that stands in an object as text. */
export function writeSfixed32Key(writer: Writer, tag: number, key: string, field: string): void {
  writeSfixed32(writer, tag, numberKey(key, field), field);
}

/** Writes the key of an entry, a `int64` that stands in an object as text. */
export function writeInt64Key(writer: Writer, tag: number, key: string, field: string): void {
  writeInt64(writer, tag, bigintKey(key, field), field);
}

/** Writes the key of an entry, a `uint64` that stands in an object as text. */
export function writeUint64Key(writer: Writer, tag: number, key: string, field: string): void {
  writeUint64(writer, tag, bigintKey(key, field), field);
}

/** Writes the key of an entry, a `sint64` that stands in an object as text. */
export function writeSint64Key(writer: Writer, tag: number, key: string, field: string): void {
  writeSint64(writer, tag, bigintKey(key, field), field);
}

/** Writes the key of an entry, a `fixed64` that stands in an object as text. */
export function writeFixed64Key(writer: Writer, tag: number, key: string, field: string): void {
  writeFixed64(writer, tag, bigintKey(key, field), field);
}

/** Writes the key of an entry, a `sfixed64` that stands in an object as text. */
export function writeSfixed64Key(writer: Writer, tag: number, key: string, field: string): void {
  writeSfixed64(writer, tag, bigintKey(key, field), field);
}
