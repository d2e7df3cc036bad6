import { setEntry } from '../../runtime/protobuf/entries.js';
import {
  closeMessage,
  openMessage,
  type Reader,
  readBool,
  readDouble,
  readInt32,
  readTag,
  skipField,
} from '../../runtime/protobuf/reader.js';
import { readString } from '../../runtime/protobuf/text.js';
import type { JsonValue } from './shape.js';

/** Reads a `google.protobuf.Struct` up to `end`, into `object`. */
export function readStruct(
  reader: Reader,
  end: number,
  object: Record<string, JsonValue> = {},
): Record<string, JsonValue> {
  while (reader.pos < end) {
    const tag = readTag(reader);
    if (tag >>> 3 === 1) readMember(reader, openMessage(reader, tag), object);
    else skipField(reader, tag);
  }
  closeMessage(reader, end);
  return object;
}

function readMember(reader: Reader, end: number, object: Record<string, JsonValue>): void {
  let key = '';
  let value: JsonValue = null;
  while (reader.pos < end) {
    const tag = readTag(reader);
    if (tag >>> 3 === 1) key = readString(reader, tag);
    else if (tag >>> 3 === 2) value = readValue(reader, openMessage(reader, tag));
    else skipField(reader, tag);
  }
  closeMessage(reader, end);
  setEntry(object, key, value);
}

function readValue(reader: Reader, end: number): JsonValue {
  let value: JsonValue = null;
  while (reader.pos < end) {
    const tag = readTag(reader);
    switch (tag >>> 3) {
      case 1:
        readInt32(reader, tag);
        value = null;
        break;
      case 2:
        value = readDouble(reader, tag);
        break;
      case 3:
        value = readString(reader, tag);
        break;
      case 4:
        value = readBool(reader, tag);
        break;
      case 5:
        value = readStruct(reader, openMessage(reader, tag));
        break;
      case 6:
        value = readList(reader, openMessage(reader, tag));
        break;
      default:
        skipField(reader, tag);
    }
  }
  closeMessage(reader, end);
  return value;
}

function readList(reader: Reader, end: number): JsonValue[] {
  const list: JsonValue[] = [];
  while (reader.pos < end) {
    const tag = readTag(reader);
    if (tag >>> 3 === 1) list.push(readValue(reader, openMessage(reader, tag)));
    else skipField(reader, tag);
  }
  closeMessage(reader, end);
  return list;
}
