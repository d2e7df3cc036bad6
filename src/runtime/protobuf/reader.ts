import { malformed } from './malformed.js';

// Wire types of the protobuf encoding, the low three bits of a tag.

/** Wire type: a number of 1 to 10 bytes. */
export const VARINT = 0;
/** Wire type: eight bytes. */
export const FIXED64 = 1;
/** Wire type: a length, and as many bytes. */
export const DELIMITED = 2;
/** Wire type: the start of a group, which only readers know. */
export const START_GROUP = 3;
/** Wire type: the end of a group. */
export const END_GROUP = 4;
/** Wire type: four bytes. */
export const FIXED32 = 5;

/** Messages nested deeper than this are refused, as the official runtimes do. */
export const MAX_DEPTH = 100;

/** Node's Buffer with the two methods behind `toString`, which skip its argument checks. */
export interface TextBuffer extends Buffer {
  utf8Slice(start: number, end: number): string;
  latin1Slice(start: number, end: number): string;
}

/**
 * The value of a bytes field that was not sent. It is empty and so cannot be changed: all share it.
 */
export const emptyBytes: Uint8Array = /* @__PURE__ */ Buffer.alloc(0);

/**
 * Messages of fewer bytes are not worth a DataView: making one costs as much as reading 100 bytes.
 */
export const SMALL = 512;

const noView = /* @__PURE__ */ new DataView(new ArrayBuffer(0));

/**
 * A cursor over one encoded message. Generated decoders move it through the `read…` functions;
 * it holds no field of any message.
 */
export class Reader {
  bytes = emptyBytes as TextBuffer;
  /** Offset of the next byte to read. */
  pos = 0;
  /** Offset just past the message. */
  end = 0;
  /** How many messages and groups are open, this one included. */
  depth = 1;
  /**
   * A stretch of the input as Latin-1 text, from which ASCII strings are cut without a native call.
   */
  text = '';
  textStart = 0;
  textEnd = 0;
  /** The message for reads of several bytes at once, once `viewOf` was asked for it. */
  view: DataView = noView;

  constructor(bytes: Uint8Array) {
    this.open(bytes);
  }

  /** Moves to the start of a message. */
  open(bytes: Uint8Array): void {
    this.bytes = (
      bytes instanceof Buffer
        ? bytes
        : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    ) as TextBuffer;
    this.pos = 0;
    this.end = bytes.length;
    this.depth = 1;
  }

  /** Lets go of the message, which it would keep alive. */
  close(): void {
    this.bytes = emptyBytes as TextBuffer;
    this.text = '';
    this.textStart = 0;
    this.textEnd = 0;
    this.view = noView;
  }
}

/** The message for reads of several bytes at once. */
export function viewOf(reader: Reader): DataView {
  if (reader.view === noView) {
    const { buffer, byteOffset, byteLength } = reader.bytes;
    reader.view = new DataView(buffer, byteOffset, byteLength);
  }
  return reader.view;
}

const longWords = new Uint32Array(2);
const longValue = new BigUint64Array(longWords.buffer);
const signedLongValue = new BigInt64Array(longWords.buffer);

/** Reads the next tag: the field number times eight plus the wire type. */
export function readTag(reader: Reader): number {
  const tag = reader.bytes[reader.pos] as number;
  if (tag < 0x80 && tag > 7) {
    reader.pos += 1;
    return tag;
  }
  return readLongTag(reader);
}

function readLongTag(reader: Reader): number {
  const start = reader.pos;
  const tag = readVarint32(reader);
  if (
    reader.pos - start > 5 ||
    (reader.pos - start === 5 && (reader.bytes[start + 4] as number) > 15)
  ) {
    throw malformed(start, 'a tag is longer than 32 bits');
  }
  if (tag >>> 3 === 0) throw malformed(start, 'a field has the number 0');
  return tag;
}

/** Refuses a field that arrives with another wire type than its declaration has. */
function expectWireType(reader: Reader, tag: number, wireType: number): void {
  if ((tag & 7) !== wireType) {
    throw malformed(
      reader.pos,
      `field ${tag >>> 3} has wire type ${tag & 7} where ${wireType} is declared`,
    );
  }
}

/** The low 32 bits of a varint of up to ten bytes. */
function readVarint32(reader: Reader): number {
  const first = reader.bytes[reader.pos] as number;
  if (first < 0x80) {
    reader.pos += 1;
    return first;
  }
  const second = reader.bytes[reader.pos + 1] as number;
  if (second < 0x80) {
    reader.pos += 2;
    return (first & 0x7f) | (second << 7);
  }
  readLongVarint(reader);
  return longWords[0] as number;
}

/** Reads a varint of 64 bits into the two shared words. */
function readVarint64(reader: Reader): void {
  const first = reader.bytes[reader.pos] as number;
  if (first < 0x80) {
    reader.pos += 1;
    longWords[0] = first;
    longWords[1] = 0;
    return;
  }
  readLongVarint(reader);
}

/** As above, for varints of more than one byte. */
function readLongVarint(reader: Reader): void {
  const { bytes, pos } = reader;
  let next = pos + 1;
  // Past the end of the input there is no byte: then no comparison holds, down to the last check.
  let byte = bytes[next++] as number;
  let low = ((bytes[pos] as number) & 0x7f) | ((byte & 0x7f) << 7);
  let high = 0;
  if (!(byte < 0x80)) {
    byte = bytes[next++] as number;
    low |= (byte & 0x7f) << 14;
    if (!(byte < 0x80)) {
      byte = bytes[next++] as number;
      low |= (byte & 0x7f) << 21;
      if (!(byte < 0x80)) {
        byte = bytes[next++] as number;
        low |= byte << 28;
        high = (byte & 0x7f) >>> 4;
        for (let shift = 3; !(byte < 0x80); shift += 7) {
          byte = bytes[next++] as number;
          high |= (byte & 0x7f) << shift;
          // The tenth byte holds the 64th bit and nothing else.
          if (shift === 31 && !(byte < 2)) {
            const ends = next > bytes.length;
            throw malformed(
              pos,
              ends ? 'the message ends inside a number' : 'a number is longer than 64 bits',
            );
          }
        }
      }
    }
  }
  reader.pos = next;
  longWords[0] = low;
  longWords[1] = high;
}

/** Reads the value of a `int32` behind its tag. */
export function readInt32(reader: Reader, tag: number): number {
  if ((tag & 7) !== VARINT) expectWireType(reader, tag, VARINT);
  return readVarint32(reader) | 0;
}

/** Reads the value of a `uint32` behind its tag. */
export function readUint32(reader: Reader, tag: number): number {
  if ((tag & 7) !== VARINT) expectWireType(reader, tag, VARINT);
  return readVarint32(reader);
}

/** Reads the value of a `sint32` behind its tag. */
export function readSint32(reader: Reader, tag: number): number {
  const value = readUint32(reader, tag);
  return (value >>> 1) ^ -(value & 1);
}

/** Reads the value of a `bool` behind its tag. */
export function readBool(reader: Reader, tag: number): boolean {
  if ((tag & 7) !== VARINT) expectWireType(reader, tag, VARINT);
  const byte = reader.bytes[reader.pos] as number;
  if (byte < 0x80) {
    reader.pos += 1;
    return byte !== 0;
  }
  readVarint64(reader);
  return longWords[0] !== 0 || longWords[1] !== 0;
}

/** Reads the value of a `int64` behind its tag. */
export function readInt64(reader: Reader, tag: number): bigint {
  if ((tag & 7) !== VARINT) expectWireType(reader, tag, VARINT);
  readVarint64(reader);
  return signedLongValue[0] as bigint;
}

/** Reads the value of a `uint64` behind its tag. */
export function readUint64(reader: Reader, tag: number): bigint {
  if ((tag & 7) !== VARINT) expectWireType(reader, tag, VARINT);
  readVarint64(reader);
  return longValue[0] as bigint;
}

/** Reads the value of a `sint64` behind its tag. */
export function readSint64(reader: Reader, tag: number): bigint {
  const value = readUint64(reader, tag);
  return (value >> 1n) ^ -(value & 1n);
}

/** Moves over `size` bytes and returns where they start. */
function take(reader: Reader, size: number): number {
  const start = reader.pos;
  const end = start + size;
  if (end > reader.end) throw malformed(start, 'the message ends inside a field');
  reader.pos = end;
  return start;
}

/** Reads the value of a `fixed32` behind its tag. */
export function readFixed32(reader: Reader, tag: number): number {
  expectWireType(reader, tag, FIXED32);
  return viewOf(reader).getUint32(take(reader, 4), true);
}

/** Reads the value of a `sfixed32` behind its tag. */
export function readSfixed32(reader: Reader, tag: number): number {
  expectWireType(reader, tag, FIXED32);
  return viewOf(reader).getInt32(take(reader, 4), true);
}

/** Reads the value of a `float` behind its tag. */
export function readFloat(reader: Reader, tag: number): number {
  expectWireType(reader, tag, FIXED32);
  return viewOf(reader).getFloat32(take(reader, 4), true);
}

/** Reads the value of a `fixed64` behind its tag. */
export function readFixed64(reader: Reader, tag: number): bigint {
  expectWireType(reader, tag, FIXED64);
  return viewOf(reader).getBigUint64(take(reader, 8), true);
}

/** Reads the value of a `sfixed64` behind its tag. */
export function readSfixed64(reader: Reader, tag: number): bigint {
  expectWireType(reader, tag, FIXED64);
  return viewOf(reader).getBigInt64(take(reader, 8), true);
}

/** Reads the value of a `double` behind its tag. */
export function readDouble(reader: Reader, tag: number): number {
  if ((tag & 7) !== FIXED64) expectWireType(reader, tag, FIXED64);
  return viewOf(reader).getFloat64(take(reader, 8), true);
}

/** A view of the field's bytes: no copy, so it keeps the received message alive. */
export function readBytes(reader: Reader, tag: number): Uint8Array {
  const end = readLength(reader, tag);
  const start = reader.pos;
  reader.pos = end;
  return reader.bytes.subarray(start, end);
}

/** Reads the length of a delimited field and returns the offset just past it. */
export function readLength(reader: Reader, tag: number): number {
  if ((tag & 7) !== DELIMITED) expectWireType(reader, tag, DELIMITED);
  const start = reader.pos;
  const length = readVarint32(reader);
  // More than 32 bits take five bytes at least, and such a varint was left in the words.
  const isHuge = reader.pos - start >= 5 && longWords[1] !== 0;
  const end = reader.pos + length;
  if (isHuge || end > reader.end)
    throw malformed(reader.pos, 'a length points past the end of the message');
  return end;
}

/** Opens a nested message and returns the offset just past it; `closeMessage` must follow. */
export function openMessage(reader: Reader, tag: number): number {
  const end = readLength(reader, tag);
  reader.depth += 1;
  if (reader.depth > MAX_DEPTH) {
    throw malformed(reader.pos, `messages are nested deeper than ${MAX_DEPTH}`);
  }
  return end;
}

/** Ends a message: everything up to `end` must have been read, and nothing past it. */
export function closeMessage(reader: Reader, end: number): void {
  if (reader.pos !== end) throw malformed(end, 'a field crosses the end of its message');
  reader.depth -= 1;
}

/**
 * Appends the values of a repeated scalar field, which may come packed or one by one.
 */
export function readPacked<T>(
  reader: Reader,
  tag: number,
  values: T[],
  wireType: number,
  read: (reader: Reader, tag: number) => T,
): void {
  if ((tag & 7) !== DELIMITED) {
    values.push(read(reader, tag));
    return;
  }
  const end = readLength(reader, tag);
  while (reader.pos < end) values.push(read(reader, wireType));
  if (reader.pos !== end) throw malformed(end, 'a value crosses the end of its packed field');
}

/** Appends the values of a repeated enum field, packed or one by one, through its decoder. */
export function readPackedEnum<T>(
  reader: Reader,
  tag: number,
  values: T[],
  decode: (value: number) => T,
): void {
  readPacked(reader, tag, values, VARINT, (from, next) => decode(readInt32(from, next)));
}

/** Moves over a field this contract does not know. */
export function skipField(reader: Reader, tag: number): void {
  switch (tag & 7) {
    case VARINT:
      readVarint32(reader);
      return;
    case FIXED64:
      take(reader, 8);
      return;
    case DELIMITED:
      reader.pos = readLength(reader, tag);
      return;
    case START_GROUP:
      skipGroup(reader, tag >>> 3);
      return;
    case FIXED32:
      take(reader, 4);
      return;
    default:
      throw malformed(reader.pos, `field ${tag >>> 3} has the unexpected wire type ${tag & 7}`);
  }
}

function skipGroup(reader: Reader, field: number): void {
  reader.depth += 1;
  if (reader.depth > MAX_DEPTH) {
    throw malformed(reader.pos, `groups are nested deeper than ${MAX_DEPTH}`);
  }
  for (;;) {
    const tag = readTag(reader);
    if ((tag & 7) !== END_GROUP) {
      skipField(reader, tag);
      continue;
    }
    if (tag >>> 3 !== field) throw malformed(reader.pos, 'a group ends with the number of another');
    reader.depth -= 1;
    return;
  }
}
