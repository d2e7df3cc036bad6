import { huffmanBytes, writeHuffman } from './huffman-encoder.js';
import { asOctets } from './octets.js';
import { staticNames, staticValues } from './static-table.js';

/**
 * A field to send: its name in lower case, its value, and whether proxies on the way may keep it in
 * their tables. `never` is for secrets: whoever shares a table can guess at what it holds
 * (RFC 7541, section 7.1.3). Texts have one character an octet.
 */
export type HeaderField = readonly [name: string, value: string, how: 'literal' | 'never'];

/**
 * What the first header block of a connection begins with: our table has no room. Whatever size the
 * peer allows later, the table is not above it, so that no other change of the size is ever due.
 */
export const noTable: Uint8Array = /* @__PURE__ */ Uint8Array.of(0x20);

/**
 * Encodes fields without a table of their own: the bytes mean the same in every block and on every
 * connection. So they can be kept, put together, and sent or dropped in any order.
 *
 * The dynamic table of HPACK would save some 45 bytes a call. In return, blocks would depend on each
 * other and on the connection, and the peer would keep what they hold.
 *
 * @throws {TypeError} for a character above U+00FF
 */
export function encodeFields(fields: readonly HeaderField[]): Uint8Array {
  // An index takes a byte or two, each length at most six.
  let room = 0;
  for (const [name, value] of fields) room += name.length + value.length + 16;
  // From Node's pool: calls to many nodes encode a few fields for each.
  const bytes = Buffer.allocUnsafe(room);
  let pos = 0;
  for (const [name, value, how] of fields) {
    const whole = how === 'literal' ? exactIndex(name, value) : 0;
    if (whole > 0) {
      pos = writeInteger(bytes, pos, 0x80, 0x7f, whole);
      continue;
    }
    const index = Math.max(staticNames.indexOf(name), 0);
    pos = writeInteger(bytes, pos, how === 'never' ? 0x10 : 0x00, 0x0f, index);
    if (index === 0) pos = writeText(bytes, pos, name);
    pos = writeText(bytes, pos, value);
  }
  return bytes.subarray(0, pos);
}

/** Index of a field of the static table; 0 for none. */
function exactIndex(name: string, value: string): number {
  let index = staticNames.indexOf(name);
  for (; index > 0 && staticNames[index] === name; index += 1) {
    if (staticValues[index] === value) return index;
  }
  return 0;
}

/** Writes an integer whose first bits share a byte with `flags` (RFC 7541, section 5.1). */
function writeInteger(
  bytes: Uint8Array,
  start: number,
  flags: number,
  prefix: number,
  value: number,
): number {
  let pos = start;
  if (value < prefix) {
    bytes[pos++] = flags | value;
    return pos;
  }
  bytes[pos++] = flags | prefix;
  let rest = value - prefix;
  for (; rest >= 0x80; rest >>>= 7) bytes[pos++] = 0x80 | (rest & 0x7f);
  bytes[pos++] = rest;
  return pos;
}

/** Writes a string literal (section 5.2), in the Huffman code where that is shorter. */
function writeText(bytes: Uint8Array, start: number, text: string): number {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) > 0xff) {
      throw new TypeError('a header holds a character above U+00FF, which HTTP cannot carry');
    }
  }
  const coded = huffmanBytes(text);
  if (coded >= text.length) {
    const pos = writeInteger(bytes, start, 0, 0x7f, text.length);
    return pos + asOctets(bytes).write(text, pos, 'latin1');
  }
  const pos = writeInteger(bytes, start, 0x80, 0x7f, coded);
  writeHuffman(text, bytes, pos);
  return pos + coded;
}
