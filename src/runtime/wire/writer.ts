import { TalosConfigError } from '../errors/config-error.js';

/** Bytes taken from the allocator at once; messages are cut from it one after the other. */
const BLOCK = 16 * 1024;

/**
 * Builds messages from their last byte to their first, so that the length of a nested message
 * is known when its tag is due. Finished messages are views of a block that is never written
 * again, so they need no copy.
 */
export class Writer {
  bytes: TextBuffer = block(BLOCK);
  view: DataView = viewOf(this.bytes);
  /** Offset of the first byte written so far. */
  pos = BLOCK;
  /** Offset just past the message being built. */
  end = BLOCK;

  /** Cuts the finished message off. */
  finish(): Uint8Array {
    const message = this.bytes.subarray(this.pos, this.end);
    this.end = this.pos;
    // A block that grew for one large message is left to that message.
    if (this.bytes.length > BLOCK) this.#use(block(BLOCK));
    return message;
  }

  /** The finished message, in memory that `rewind` gives to the next one. */
  lend(): Uint8Array {
    return this.bytes.subarray(this.pos, this.end);
  }

  /** Starts over in the same block: messages that were lent are written over. */
  rewind(): void {
    this.pos = this.bytes.length;
    this.end = this.bytes.length;
  }

  /** Throws what was written of an unfinished message away. */
  discard(): void {
    this.pos = this.end;
  }

  /** Makes room for `size` more bytes in front of those written, in a new block. */
  grow(size: number): void {
    const { bytes, pos, end } = this;
    const written = end - pos;
    this.#use(block(Math.max(BLOCK, (written + size) * 2)));
    this.pos -= written;
    bytes.copy(this.bytes, this.pos, pos, end);
  }

  #use(bytes: TextBuffer): void {
    this.bytes = bytes;
    this.view = viewOf(bytes);
    this.pos = bytes.length;
    this.end = bytes.length;
  }
}

/** Node's Buffer with the method behind `write`, which skips its argument checks. */
interface TextBuffer extends Buffer {
  utf8Write(text: string, offset: number, size: number): number;
}

function block(size: number): TextBuffer {
  return Buffer.allocUnsafeSlow(size) as TextBuffer;
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function reserve(writer: Writer, size: number): void {
  if (writer.pos < size) writer.grow(size);
}

/** Moves `size` bytes to the front and returns the offset there. */
function stepBack(writer: Writer, size: number): number {
  reserve(writer, size);
  writer.pos -= size;
  return writer.pos;
}

/** Starts a nested message or packed field: the mark that `closeLength` takes. */
export function openLength(writer: Writer): number {
  return writer.end - writer.pos;
}

/** Ends a nested message or packed field: writes the length of all since `mark`, and the tag. */
export function closeLength(writer: Writer, tag: number, mark: number): void {
  writeVarint32(writer, writer.end - writer.pos - mark);
  writeTag(writer, tag);
}

const longValue = new BigUint64Array(1);
const signedLongValue = new BigInt64Array(longValue.buffer);
const longWords = new Uint32Array(longValue.buffer);

/** The refusal of a value that does not fit its field. The value is shown when it is harmless. */
export function wrong(field: string, expected: string, value: unknown): TalosConfigError {
  const got =
    typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
      ? String(value)
      : value === null
        ? 'null'
        : typeof value;
  return new TalosConfigError(`${field}: expected ${expected}, got ${got}`, { field });
}

/** Writes a varint of up to 32 bits in front. */
function writeVarint32(writer: Writer, value: number): void {
  reserve(writer, 5);
  const { bytes } = writer;
  if (value < 0x80) {
    bytes[--writer.pos] = value;
  } else if (value < 0x4000) {
    writer.pos -= 2;
    bytes[writer.pos] = (value & 0x7f) | 0x80;
    bytes[writer.pos + 1] = value >>> 7;
  } else writeLongVarint(writer, value, 0);
}

function writeLongVarint(writer: Writer, low: number, high: number): void {
  reserve(writer, 10);
  const { bytes } = writer;
  const size = varintSize(low, high);
  let pos = writer.pos - size;
  writer.pos = pos;
  let lowBits = low >>> 0;
  let highBits = high >>> 0;
  for (let left = size; left > 1; left -= 1) {
    bytes[pos++] = (lowBits & 0x7f) | 0x80;
    lowBits = ((lowBits >>> 7) | (highBits << 25)) >>> 0;
    highBits >>>= 7;
  }
  bytes[pos] = lowBits;
}

function varintSize(low: number, high: number): number {
  if (high === 0) {
    const bits = 32 - Math.clz32(low);
    return bits <= 7 ? 1 : Math.ceil(bits / 7);
  }
  return Math.ceil((64 - Math.clz32(high)) / 7);
}

/** Writes a tag in front; 0 stands for none, as inside packed fields. */
function writeTag(writer: Writer, tag: number): void {
  if (tag !== 0) writeVarint32(writer, tag);
}

export function writeInt32(writer: Writer, tag: number, value: number, field: string): void {
  if ((value | 0) !== value) throw wrong(field, 'a whole number of 32 bits', value);
  if (value >= 0) writeVarint32(writer, value);
  else writeLongVarint(writer, value, -1);
  writeTag(writer, tag);
}

export function writeUint32(writer: Writer, tag: number, value: number, field: string): void {
  if (value >>> 0 !== value) throw wrong(field, 'a whole number from 0 to 4294967295', value);
  writeVarint32(writer, value);
  writeTag(writer, tag);
}

export function writeSint32(writer: Writer, tag: number, value: number, field: string): void {
  if ((value | 0) !== value) throw wrong(field, 'a whole number of 32 bits', value);
  writeVarint32(writer, ((value << 1) ^ (value >> 31)) >>> 0);
  writeTag(writer, tag);
}

export function writeBool(writer: Writer, tag: number, value: boolean, field: string): void {
  if (typeof value !== 'boolean') throw wrong(field, 'a boolean', value);
  writeVarint32(writer, value ? 1 : 0);
  writeTag(writer, tag);
}

/** Puts a 64-bit value into the shared words, refusing what does not fit. */
function splitSigned(value: bigint, field: string): void {
  if (typeof value !== 'bigint') throw wrong(field, 'a bigint', value);
  signedLongValue[0] = value;
  if (signedLongValue[0] !== value) throw wrong(field, 'a signed number of 64 bits', value);
}

function splitUnsigned(value: bigint, field: string): void {
  if (typeof value !== 'bigint') throw wrong(field, 'a bigint', value);
  longValue[0] = value;
  if (longValue[0] !== value) throw wrong(field, 'an unsigned number of 64 bits', value);
}

function writeSharedVarint(writer: Writer, tag: number): void {
  const low = longWords[0] as number;
  const high = longWords[1] as number;
  if (high === 0 && low < 0x4000) writeVarint32(writer, low);
  else writeLongVarint(writer, low, high);
  writeTag(writer, tag);
}

export function writeInt64(writer: Writer, tag: number, value: bigint, field: string): void {
  splitSigned(value, field);
  writeSharedVarint(writer, tag);
}

export function writeUint64(writer: Writer, tag: number, value: bigint, field: string): void {
  splitUnsigned(value, field);
  writeSharedVarint(writer, tag);
}

export function writeSint64(writer: Writer, tag: number, value: bigint, field: string): void {
  splitSigned(value, field);
  signedLongValue[0] = (value << 1n) ^ (value >> 63n);
  writeSharedVarint(writer, tag);
}

export function writeFixed64(writer: Writer, tag: number, value: bigint, field: string): void {
  splitUnsigned(value, field);
  const at = stepBack(writer, 8);
  writer.view.setBigUint64(at, value, true);
  writeTag(writer, tag);
}

export function writeSfixed64(writer: Writer, tag: number, value: bigint, field: string): void {
  splitSigned(value, field);
  const at = stepBack(writer, 8);
  writer.view.setBigInt64(at, value, true);
  writeTag(writer, tag);
}

export function writeFixed32(writer: Writer, tag: number, value: number, field: string): void {
  if (value >>> 0 !== value) throw wrong(field, 'a whole number from 0 to 4294967295', value);
  const at = stepBack(writer, 4);
  writer.view.setUint32(at, value, true);
  writeTag(writer, tag);
}

export function writeSfixed32(writer: Writer, tag: number, value: number, field: string): void {
  if ((value | 0) !== value) throw wrong(field, 'a whole number of 32 bits', value);
  const at = stepBack(writer, 4);
  writer.view.setInt32(at, value, true);
  writeTag(writer, tag);
}

export function writeFloat(writer: Writer, tag: number, value: number, field: string): void {
  if (typeof value !== 'number') throw wrong(field, 'a number', value);
  const at = stepBack(writer, 4);
  writer.view.setFloat32(at, value, true);
  writeTag(writer, tag);
}

export function writeDouble(writer: Writer, tag: number, value: number, field: string): void {
  if (typeof value !== 'number') throw wrong(field, 'a number', value);
  const at = stepBack(writer, 8);
  writer.view.setFloat64(at, value, true);
  writeTag(writer, tag);
}

/** Up to this many characters a string is written by hand when it is ASCII. */
const SHORT = 48;

export function writeString(writer: Writer, tag: number, value: string, field: string): void {
  if (typeof value !== 'string') throw wrong(field, 'a string', value);
  const { length } = value;
  if (length > SHORT || !writeAscii(writer, value, length)) {
    // A lone surrogate has no UTF-8 form; it would silently become another character.
    if (!value.isWellFormed()) throw wrong(field, 'well-formed Unicode', value);
    const size = Buffer.byteLength(value);
    reserve(writer, size + 10);
    writer.pos -= size;
    writer.bytes.utf8Write(value, writer.pos, size);
    writeVarint32(writer, size);
  }
  writeTag(writer, tag);
}

function writeAscii(writer: Writer, value: string, length: number): boolean {
  reserve(writer, length + 10);
  const { bytes } = writer;
  const start = writer.pos - length;
  for (let index = 0; index < length; index += 1) {
    const code = value.charCodeAt(index);
    if (code > 0x7f) return false;
    bytes[start + index] = code;
  }
  writer.pos = start;
  writeVarint32(writer, length);
  return true;
}

export function writeBytes(writer: Writer, tag: number, value: Uint8Array, field: string): void {
  if (!(value instanceof Uint8Array)) throw wrong(field, 'a Uint8Array', value);
  reserve(writer, value.length + 10);
  writer.pos -= value.length;
  writer.bytes.set(value, writer.pos);
  writeVarint32(writer, value.length);
  writeTag(writer, tag);
}
