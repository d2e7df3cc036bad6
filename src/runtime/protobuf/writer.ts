import { isBytes } from './bytes.js';
import { wrong } from './unfit.js';

/** Bytes to allocate at once. Messages are cut from this block one after the other. */
const BLOCK = 16 * 1024;
/** The most bytes to allocate in advance because the message before was large. */
const LARGEST_GUESS = 1024 * 1024;
/** The most bytes that a scalar with its tag takes. */
const SCALAR = 15;

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
  /** Size of the last message that outgrew a block: the next one that does is likely as large. */
  #large = 0;
  /** The block that small messages share, while a large one is built elsewhere. */
  #shared: TextBuffer | undefined;
  #sharedEnd = 0;

  /** Cuts the finished message off. */
  finish(): Uint8Array {
    const message = this.bytes.subarray(this.pos, this.end);
    // A block that was taken for one large message is left to it.
    if (this.#shared !== undefined) this.#large = Math.min(message.length, LARGEST_GUESS);
    this.end = this.pos;
    this.discard();
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

  /** Drops what was written of an unfinished message. */
  discard(): void {
    if (this.#shared !== undefined) {
      this.#use(this.#shared);
      this.#shared = undefined;
      this.end = this.#sharedEnd;
    }
    this.pos = this.end;
  }

  /** Makes room for `size` more bytes in front of those written, in a larger block. */
  grow(size: number): void {
    const { bytes, pos, end } = this;
    const written = end - pos;
    if ((written + size) * 2 <= BLOCK) {
      // The shared block is used up.
      this.#use(block(BLOCK));
    } else {
      if (this.#shared === undefined) {
        this.#shared = bytes;
        this.#sharedEnd = end;
      }
      // Twice what is there, so that few copies are made; a large field needs no room to grow.
      this.#use(block(Math.max(BLOCK, this.#large + SCALAR, written * 2 + size + SCALAR)));
    }
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

/** Node's Buffer with the methods behind `write`, which skip its argument checks. */
interface TextBuffer extends Buffer {
  utf8Write(text: string, offset: number, size: number): number;
  latin1Write(text: string, offset: number, size: number): number;
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

/**
 * Moves `size` bytes to the front, with room for a tag before them, and returns the offset there.
 */
function stepBack(writer: Writer, size: number): number {
  reserve(writer, size + SCALAR);
  writer.pos -= size;
  return writer.pos;
}

/** Starts a nested message or packed field: the mark that `closeLength` takes. */
export function openLength(writer: Writer): number {
  return writer.end - writer.pos;
}

/** Ends a nested message or packed field: writes the length of all since `mark`, and the tag. */
export function closeLength(writer: Writer, tag: number, mark: number): void {
  const length = writer.end - writer.pos - mark;
  reserve(writer, SCALAR);
  putVarint32(writer, tag, length);
}

const longValue = new BigUint64Array(1);
const signedLongValue = new BigInt64Array(longValue.buffer);
const longWords = new Uint32Array(longValue.buffer);

/** Writes a varint of up to 32 bits and the tag before it; `SCALAR` bytes must be reserved. */
function putVarint32(writer: Writer, tag: number, value: number): void {
  const { bytes } = writer;
  writer.pos = putTag(bytes, putWord(bytes, writer.pos, value), tag);
}

/** Writes a varint of two 32-bit words and the tag before it; `SCALAR` bytes must be reserved. */
function putVarint64(writer: Writer, tag: number, low: number, high: number): void {
  const { bytes } = writer;
  writer.pos = putTag(bytes, putWords(bytes, writer.pos, low, high), tag);
}

/**
 * Writes a tag before `pos` and returns the offset there; 0 stands for none, as in packed fields.
 */
function putTag(bytes: Uint8Array, pos: number, tag: number): number {
  if (tag >= 0x80) return putWord(bytes, pos, tag);
  if (tag === 0) return pos;
  bytes[pos - 1] = tag;
  return pos - 1;
}

/** Writes a varint of up to 32 bits before `pos` and returns the offset there. */
function putWord(bytes: Uint8Array, pos: number, value: number): number {
  if (value < 0x80) {
    bytes[pos - 1] = value;
    return pos - 1;
  }
  if (value < 0x4000) {
    bytes[pos - 1] = value >>> 7;
    bytes[pos - 2] = value | 0x80;
    return pos - 2;
  }
  if (value < 0x200000) {
    bytes[pos - 1] = value >>> 14;
    bytes[pos - 2] = (value >>> 7) | 0x80;
    bytes[pos - 3] = value | 0x80;
    return pos - 3;
  }
  if (value < 0x10000000) {
    bytes[pos - 1] = value >>> 21;
    bytes[pos - 2] = (value >>> 14) | 0x80;
    bytes[pos - 3] = (value >>> 7) | 0x80;
    bytes[pos - 4] = value | 0x80;
    return pos - 4;
  }
  bytes[pos - 1] = value >>> 28;
  bytes[pos - 2] = (value >>> 21) | 0x80;
  bytes[pos - 3] = (value >>> 14) | 0x80;
  bytes[pos - 4] = (value >>> 7) | 0x80;
  bytes[pos - 5] = value | 0x80;
  return pos - 5;
}

/** Writes a varint of two 32-bit words before `pos` and returns the offset there. */
function putWords(bytes: Uint8Array, pos: number, low: number, high: number): number {
  if (high === 0) return putWord(bytes, pos, low);
  // The bits above the low 28, seven to a byte.
  const middle = ((low >>> 28) | (high << 4)) & 0x7f;
  let start = pos - 5;
  for (let rest = high >>> 3; rest !== 0; rest >>>= 7) start -= 1;
  bytes[start] = low | 0x80;
  bytes[start + 1] = (low >>> 7) | 0x80;
  bytes[start + 2] = (low >>> 14) | 0x80;
  bytes[start + 3] = (low >>> 21) | 0x80;
  let at = start + 4;
  let byte = middle;
  for (let rest = high >>> 3; rest !== 0; rest >>>= 7) {
    bytes[at] = byte | 0x80;
    byte = rest & 0x7f;
    at += 1;
  }
  bytes[at] = byte;
  return start;
}

/** Writes a `int32` behind its tag; `field` is named when the value does not fit. */
export function writeInt32(writer: Writer, tag: number, value: number, field: string): void {
  if (typeof value !== 'number' || (value | 0) !== value) {
    throw wrong(field, 'a whole number of 32 bits', value);
  }
  reserve(writer, SCALAR);
  if (value >= 0) putVarint32(writer, tag, value);
  else putVarint64(writer, tag, value, -1);
}

/** Writes a `uint32` behind its tag; `field` is named when the value does not fit. */
export function writeUint32(writer: Writer, tag: number, value: number, field: string): void {
  if (typeof value !== 'number' || value >>> 0 !== value) {
    throw wrong(field, 'a whole number from 0 to 4294967295', value);
  }
  reserve(writer, SCALAR);
  putVarint32(writer, tag, value);
}

/** Writes a `sint32` behind its tag; `field` is named when the value does not fit. */
export function writeSint32(writer: Writer, tag: number, value: number, field: string): void {
  if (typeof value !== 'number' || (value | 0) !== value) {
    throw wrong(field, 'a whole number of 32 bits', value);
  }
  reserve(writer, SCALAR);
  putVarint32(writer, tag, ((value << 1) ^ (value >> 31)) >>> 0);
}

/** Writes a `bool` behind its tag; `field` is named when the value does not fit. */
export function writeBool(writer: Writer, tag: number, value: boolean, field: string): void {
  if (typeof value !== 'boolean') throw wrong(field, 'a boolean', value);
  reserve(writer, SCALAR);
  putVarint32(writer, tag, value ? 1 : 0);
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
  reserve(writer, SCALAR);
  if (high === 0) putVarint32(writer, tag, low);
  else putVarint64(writer, tag, low, high);
}

/** Writes a `int64` behind its tag; `field` is named when the value does not fit. */
export function writeInt64(writer: Writer, tag: number, value: bigint, field: string): void {
  splitSigned(value, field);
  writeSharedVarint(writer, tag);
}

/** Writes a `uint64` behind its tag; `field` is named when the value does not fit. */
export function writeUint64(writer: Writer, tag: number, value: bigint, field: string): void {
  splitUnsigned(value, field);
  writeSharedVarint(writer, tag);
}

/** Writes a `sint64` behind its tag; `field` is named when the value does not fit. */
export function writeSint64(writer: Writer, tag: number, value: bigint, field: string): void {
  splitSigned(value, field);
  signedLongValue[0] = (value << 1n) ^ (value >> 63n);
  writeSharedVarint(writer, tag);
}

/** Writes a `fixed64` behind its tag; `field` is named when the value does not fit. */
export function writeFixed64(writer: Writer, tag: number, value: bigint, field: string): void {
  splitUnsigned(value, field);
  const at = stepBack(writer, 8);
  writer.view.setBigUint64(at, value, true);
  writer.pos = putTag(writer.bytes, at, tag);
}

/** Writes a `sfixed64` behind its tag; `field` is named when the value does not fit. */
export function writeSfixed64(writer: Writer, tag: number, value: bigint, field: string): void {
  splitSigned(value, field);
  const at = stepBack(writer, 8);
  writer.view.setBigInt64(at, value, true);
  writer.pos = putTag(writer.bytes, at, tag);
}

/** Writes a `fixed32` behind its tag; `field` is named when the value does not fit. */
export function writeFixed32(writer: Writer, tag: number, value: number, field: string): void {
  if (typeof value !== 'number' || value >>> 0 !== value) {
    throw wrong(field, 'a whole number from 0 to 4294967295', value);
  }
  const at = stepBack(writer, 4);
  writer.view.setUint32(at, value, true);
  writer.pos = putTag(writer.bytes, at, tag);
}

/** Writes a `sfixed32` behind its tag; `field` is named when the value does not fit. */
export function writeSfixed32(writer: Writer, tag: number, value: number, field: string): void {
  if (typeof value !== 'number' || (value | 0) !== value) {
    throw wrong(field, 'a whole number of 32 bits', value);
  }
  const at = stepBack(writer, 4);
  writer.view.setInt32(at, value, true);
  writer.pos = putTag(writer.bytes, at, tag);
}

/** Writes a `float` behind its tag; `field` is named when the value does not fit. */
export function writeFloat(writer: Writer, tag: number, value: number, field: string): void {
  if (typeof value !== 'number') throw wrong(field, 'a number', value);
  const at = stepBack(writer, 4);
  writer.view.setFloat32(at, value, true);
  writer.pos = putTag(writer.bytes, at, tag);
}

/** Writes a `double` behind its tag; `field` is named when the value does not fit. */
export function writeDouble(writer: Writer, tag: number, value: number, field: string): void {
  if (typeof value !== 'number') throw wrong(field, 'a number', value);
  const at = stepBack(writer, 8);
  writer.view.setFloat64(at, value, true);
  writer.pos = putTag(writer.bytes, at, tag);
}

/** From this many characters on, two native calls cost less than looking at each character. */
const LONG = 40;

/** Writes a `string` behind its tag; `field` is named when the value does not fit. */
export function writeString(writer: Writer, tag: number, value: string, field: string): void {
  if (typeof value !== 'string') throw wrong(field, 'a string', value);
  const { length } = value;
  reserve(writer, length + SCALAR);
  const start = writer.pos - length;
  if (length < LONG) {
    if (!putShortAscii(writer, start, value)) {
      writeText(writer, tag, value, field);
      return;
    }
  } else {
    if (Buffer.byteLength(value) !== length) {
      writeText(writer, tag, value, field);
      return;
    }
    writer.bytes.latin1Write(value, start, length);
  }
  writer.pos = start;
  putVarint32(writer, tag, length);
}

/** Writes `value` at `start`, as long as it is ASCII, and says whether it is. */
function putShortAscii({ bytes, view }: Writer, start: number, value: string): boolean {
  const { length } = value;
  let index = 0;
  for (const last = length - 3; index < last; index += 4) {
    const a = value.charCodeAt(index);
    const b = value.charCodeAt(index + 1);
    const c = value.charCodeAt(index + 2);
    const d = value.charCodeAt(index + 3);
    if ((a | b | c | d) > 0x7f) return false;
    view.setInt32(start + index, a | (b << 8) | (c << 16) | (d << 24), true);
  }
  for (; index < length; index += 1) {
    const code = value.charCodeAt(index);
    if (code > 0x7f) return false;
    bytes[start + index] = code;
  }
  return true;
}

/** Writes a string that is not ASCII. */
function writeText(writer: Writer, tag: number, value: string, field: string): void {
  // A lone surrogate has no UTF-8 form; it would silently become another character.
  if (!value.isWellFormed()) throw wrong(field, 'well-formed Unicode', value);
  const size = Buffer.byteLength(value);
  reserve(writer, size + SCALAR);
  writer.pos -= size;
  writer.bytes.utf8Write(value, writer.pos, size);
  putVarint32(writer, tag, size);
}

/** Writes a `bytes` behind its tag; `field` is named when the value does not fit. */
export function writeBytes(writer: Writer, tag: number, value: Uint8Array, field: string): void {
  if (!isBytes(value)) throw wrong(field, 'a Uint8Array', value);
  writeRaw(writer, value);
  putVarint32(writer, tag, value.length);
}

/** Writes bytes without a tag or a length. Room for those is left before them. */
export function writeRaw(writer: Writer, bytes: Uint8Array): void {
  const { length } = bytes;
  reserve(writer, length + SCALAR);
  writer.pos -= length;
  writer.bytes.set(bytes, writer.pos);
}
