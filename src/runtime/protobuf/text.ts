import { malformed } from './malformed.js';
import { type Reader, readLength, SMALL, type TextBuffer, viewOf } from './reader.js';

/** A string of up to this many bytes is built from its character codes. */
const SHORT = 12;
/** From this many bytes on, one native call costs less than looking at each byte. */
const LONG = 200;
/**
 * Bytes turned to Latin-1 text at once. Strings cut from it keep it alive, so it stays small: a
 * caller who keeps one name of a large reply keeps at most this much besides.
 */
const STRETCH = 8192;

const fromCodes = String.fromCharCode;

/** Reads a string; bytes that are not UTF-8 are refused, as proto3 asks. */
export function readString(reader: Reader, tag: number): string {
  const end = readLength(reader, tag);
  const start = reader.pos;
  reader.pos = end;
  const length = end - start;
  const cut = end <= reader.textEnd && start >= reader.textStart;
  if (length <= SHORT && (length < 3 || !cut)) return shortText(reader.bytes, start, end);
  if (length >= LONG || !isAscii(reader, start, end)) return utf8(reader.bytes, start, end);
  if (!cut) {
    const stretchEnd = Math.min(start + STRETCH, reader.end);
    // Near the end of the message the stretch would serve few strings.
    if (stretchEnd - end < 16) return reader.bytes.latin1Slice(start, end);
    reader.textStart = start;
    reader.textEnd = stretchEnd;
    reader.text = reader.bytes.latin1Slice(start, stretchEnd);
  }
  return reader.text.substring(start - reader.textStart, end - reader.textStart);
}

function isAscii(reader: Reader, start: number, end: number): boolean {
  const { bytes } = reader;
  let bits = 0;
  let pos = start;
  if (reader.end < SMALL) {
    for (const last = end - 3; pos < last; pos += 4) {
      bits |=
        (bytes[pos] as number) |
        (bytes[pos + 1] as number) |
        (bytes[pos + 2] as number) |
        (bytes[pos + 3] as number);
    }
    for (; pos < end; pos += 1) bits |= bytes[pos] as number;
    return bits < 0x80;
  }
  const view = viewOf(reader);
  for (const last = end - 3; pos < last; pos += 4) bits |= view.getInt32(pos, true);
  for (; pos < end; pos += 1) bits |= bytes[pos] as number;
  return (bits & 0x80808080) === 0;
}

function utf8(bytes: TextBuffer, start: number, end: number): string {
  const text = bytes.utf8Slice(start, end);
  // A replacement character is either in the input or stands for bytes that are no UTF-8.
  if (text.includes('\ufffd') && !Buffer.from(text).equals(bytes.subarray(start, end))) {
    throw malformed(start, 'a string is not valid UTF-8');
  }
  return text;
}

function shortText(bytes: TextBuffer, start: number, end: number): string {
  const length = end - start;
  if (length === 0) return '';
  const a = bytes[start] as number;
  if (length === 1) return a < 0x80 ? fromCodes(a) : utf8(bytes, start, end);
  const b = bytes[start + 1] as number;
  if (length === 2) return (a | b) < 0x80 ? fromCodes(a, b) : utf8(bytes, start, end);
  const c = bytes[start + 2] as number;
  if (length === 3) return (a | b | c) < 0x80 ? fromCodes(a, b, c) : utf8(bytes, start, end);
  const d = bytes[start + 3] as number;
  if ((a | b | c | d) > 0x7f) return utf8(bytes, start, end);
  if (length === 4) return fromCodes(a, b, c, d);
  if (length < 8) {
    const e = bytes[end - 1] as number;
    if (length === 5) return e < 0x80 ? fromCodes(a, b, c, d, e) : utf8(bytes, start, end);
    const f = bytes[start + 4] as number;
    if (length === 6) return (e | f) < 0x80 ? fromCodes(a, b, c, d, f, e) : utf8(bytes, start, end);
    const g = bytes[start + 5] as number;
    return (e | f | g) < 0x80 ? fromCodes(a, b, c, d, f, g, e) : utf8(bytes, start, end);
  }
  const e = bytes[start + 4] as number;
  const f = bytes[start + 5] as number;
  const g = bytes[start + 6] as number;
  const h = bytes[start + 7] as number;
  if ((e | f | g | h) > 0x7f) return utf8(bytes, start, end);
  if (length === 8) return fromCodes(a, b, c, d, e, f, g, h);
  const i = bytes[start + 8] as number;
  if (length === 9)
    return i < 0x80 ? fromCodes(a, b, c, d, e, f, g, h, i) : utf8(bytes, start, end);
  const j = bytes[start + 9] as number;
  if (length === 10) {
    return (i | j) < 0x80 ? fromCodes(a, b, c, d, e, f, g, h, i, j) : utf8(bytes, start, end);
  }
  const k = bytes[start + 10] as number;
  if (length === 11) {
    return (i | j | k) < 0x80
      ? fromCodes(a, b, c, d, e, f, g, h, i, j, k)
      : utf8(bytes, start, end);
  }
  const l = bytes[start + 11] as number;
  return (i | j | k | l) < 0x80
    ? fromCodes(a, b, c, d, e, f, g, h, i, j, k, l)
    : utf8(bytes, start, end);
}
