import { setEntry } from '../../runtime/protobuf/entries.js';
import { malformed } from '../../runtime/protobuf/malformed.js';
import {
  closeMessage,
  openMessage,
  type Reader,
  readBool,
  readBytes,
  readDouble,
  readInt32,
  readInt64,
  readPacked,
  readTag,
  readUint32,
  readUint64,
  skipField,
} from '../../runtime/protobuf/reader.js';
import { readString } from '../../runtime/protobuf/text.js';
import { macText } from './addresses.js';
import { readStruct } from './json.js';
import type { Field, JsonValue, Scalar, Shape, Structure } from './shape.js';
import { readSmall } from './small-messages.js';
import { flagsOf, wordOf } from './words.js';
import { isZero, zeroOf, zeroStructure } from './zero.js';

/**
 * Reads a message up to `end`: what `shape` becomes. For the specs of nodes of the contract's
 * release; the numbers of others may mean something else.
 */
export function readMessage(reader: Reader, end: number, shape: Shape): unknown {
  if (typeof shape === 'object' && 'fields' in shape) return readStructure(reader, end, shape);
  if (typeof shape === 'object' && 'only' in shape) return readOnly(reader, end, shape);
  throw new TypeError('a spec is a message');
}

/** Number → field, made once for each structure that is read. */
const numbered = new WeakMap<Structure, ReadonlyMap<number, Field>>();

function fieldsOf(structure: Structure): ReadonlyMap<number, Field> {
  let fields = numbered.get(structure);
  if (fields === undefined) {
    fields = new Map(structure.fields.map((field) => [field[1], field]));
    numbered.set(structure, fields);
  }
  return fields;
}

function readStructure(
  reader: Reader,
  end: number,
  structure: Structure,
  into: Record<string, unknown> = zeroStructure(structure),
): Record<string, unknown> {
  const fields = fieldsOf(structure);
  while (reader.pos < end) {
    const tag = readTag(reader);
    const field = fields.get(tag >>> 3);
    if (field === undefined) skipField(reader, tag);
    else into[field[0]] = readField(reader, tag, field[3], into[field[0]]);
  }
  closeMessage(reader, end);
  for (const [name, , , holds] of structure.fields) {
    if (typeof holds === 'object' && 'unlessZero' in holds && isZero(into[name])) {
      into[name] = undefined;
    }
  }
  return into;
}

function readOnly(
  reader: Reader,
  end: number,
  { only, number }: { readonly only: Shape; readonly number: number },
  before: unknown = zeroOf(only),
): unknown {
  let value = before;
  while (reader.pos < end) {
    const tag = readTag(reader);
    if (tag >>> 3 === number) value = readField(reader, tag, only, value);
    else skipField(reader, tag);
  }
  closeMessage(reader, end);
  return value;
}

/** The value of a field, of which `before` may have been read already. */
function readField(reader: Reader, tag: number, shape: Shape, before: unknown): unknown {
  if (typeof shape === 'string') return readScalar(reader, tag, shape, before);
  if ('words' in shape) return wordOf(shape, readInt32(reader, tag));
  if ('flags' in shape) return flagsOf(shape, readUint32(reader, tag));
  if ('maybe' in shape) return readField(reader, tag, shape.maybe, before);
  if ('unlessZero' in shape) return readField(reader, tag, shape.unlessZero, before);
  if ('untold' in shape) return readField(reader, tag, shape.untold, before);
  if ('list' in shape) return readItem(reader, tag, shape.list, before as unknown[]);
  if ('map' in shape) return readEntry(reader, tag, shape.map, before as Record<string, unknown>);
  if ('pairs' in shape) return readPair(reader, tag, before as Record<string, unknown>);
  const end = openMessage(reader, tag);
  if ('only' in shape) return readOnly(reader, end, shape, before);
  return readStructure(reader, end, shape, before as Record<string, unknown> | undefined);
}

/** Single values that may come packed: the wire has no tag for each. */
function isPackable(shape: Shape): boolean {
  if (typeof shape === 'object') return 'words' in shape || 'flags' in shape;
  return ['bool', 'double', 'int32', 'uint32', 'integer', 'int64', 'uint64'].includes(shape);
}

function readItem(reader: Reader, tag: number, item: Shape, list: unknown[]): unknown[] {
  if (isPackable(item)) {
    readPacked(reader, tag, list, item === 'double' ? 1 : 0, (from, next) =>
      readField(from, next, item, undefined),
    );
  } else list.push(readField(reader, tag, item, zeroOf(item)));
  return list;
}

function readEntry(
  reader: Reader,
  tag: number,
  shape: Shape,
  record: Record<string, unknown>,
): Record<string, unknown> {
  const end = openMessage(reader, tag);
  let key = '';
  let value = zeroOf(shape);
  while (reader.pos < end) {
    const part = readTag(reader);
    if (part >>> 3 === 1) key = readString(reader, part);
    else if (part >>> 3 === 2) value = readField(reader, part, shape, value);
    else skipField(reader, part);
  }
  closeMessage(reader, end);
  setEntry(record, key, value);
  return record;
}

function readPair(
  reader: Reader,
  tag: number,
  record: Record<string, unknown>,
): Record<string, unknown> {
  const end = openMessage(reader, tag);
  let name = '';
  let value = '';
  while (reader.pos < end) {
    const part = readTag(reader);
    if (part >>> 3 === 1) name = readString(reader, part);
    else if (part >>> 3 === 2) value = readString(reader, part);
    else skipField(reader, part);
  }
  closeMessage(reader, end);
  setEntry(record, name, value);
  return record;
}

function readScalar(reader: Reader, tag: number, scalar: Scalar, before: unknown): unknown {
  switch (scalar) {
    case 'text':
      return readString(reader, tag);
    case 'bool':
      return readBool(reader, tag);
    case 'double':
      return readDouble(reader, tag);
    case 'int32':
      return readInt32(reader, tag);
    case 'uint32':
      return readUint32(reader, tag);
    case 'integer':
      return safeInteger(reader, readInt64(reader, tag));
    case 'int64':
      return readInt64(reader, tag);
    case 'uint64':
      return readUint64(reader, tag);
    case 'mac':
      return macText(readBytes(reader, tag));
    case 'pem':
    case 'chars':
      return Buffer.from(readBytes(reader, tag)).toString();
    case 'base64':
      return Buffer.from(readBytes(reader, tag)).toString('base64');
    case 'json': {
      const end = openMessage(reader, tag);
      return readStruct(reader, end, before as Record<string, JsonValue>);
    }
    case 'config':
      throw new TypeError('a machine configuration is read from its YAML');
    default:
      return readSmall(reader, openMessage(reader, tag), scalar);
  }
}

function safeInteger(reader: Reader, value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw malformed(reader.pos, 'a count is beyond 2^53');
}
