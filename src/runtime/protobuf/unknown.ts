import { isBytes } from './bytes.js';
import { type Reader, skipField } from './reader.js';
import { wrong } from './unfit.js';
import { type Writer, writeRaw } from './writer.js';

/**
 * Key of the fields that a message came with and that this release of the contract does not have,
 * as they were encoded. Absent on messages without any.
 *
 * Encoding the message again writes them again, so that nothing is lost on the way through a program
 * that is older than its server. Not enumerable: copies by spread, `Object.entries` and `toJson`
 * leave them out.
 *
 * @example
 * ```ts
 * const status = await etcd(node).status();
 * const more = (status as WithUnknownFields)[unknownFields]; // Uint8Array or undefined
 * ```
 */
export const unknownFields: unique symbol = Symbol('talos-client.unknownFields');

/** Any message, as far as its unknown fields go: see `unknownFields`. */
export interface WithUnknownFields {
  readonly [unknownFields]?: Uint8Array;
}

/** Buffers that are larger than what they hold so far → how much that is. */
const filled = new WeakMap<ArrayBufferLike, number>();

/** Reads a field that `message` does not have, and keeps it with the message. */
export function keepField(reader: Reader, tag: number, message: object): void {
  const start = reader.pos;
  skipField(reader, tag);
  const value = reader.bytes.subarray(start, reader.pos);
  const earlier = (message as WithUnknownFields)[unknownFields];
  const kept = extended(earlier, tagSize(tag) + value.length);
  let at = earlier === undefined ? 0 : earlier.length;
  let rest = tag >>> 0;
  for (; rest > 0x7f; rest >>>= 7) kept[at++] = rest | 0x80;
  kept[at++] = rest;
  kept.set(value, at);
  Object.defineProperty(message, unknownFields, {
    value: kept,
    enumerable: false,
    configurable: true,
    writable: true,
  });
}

function tagSize(tag: number): number {
  return Math.ceil((32 - Math.clz32(tag)) / 7);
}

/** The same bytes and `size` more behind them; grows by doubling, as fields may be millions. */
function extended(earlier: Uint8Array | undefined, size: number): Uint8Array {
  if (earlier === undefined) return new Uint8Array(size);
  const { buffer, byteOffset, length } = earlier;
  const total = length + size;
  if (byteOffset === 0 && filled.get(buffer) === length && total <= buffer.byteLength) {
    filled.set(buffer, total);
    return new Uint8Array(buffer, 0, total);
  }
  const grown = new ArrayBuffer(total * 2);
  filled.set(grown, total);
  const kept = new Uint8Array(grown, 0, total);
  kept.set(earlier);
  return kept;
}

/** Writes the unknown fields of a message as they are. */
export function writeUnknown(writer: Writer, fields: Uint8Array): void {
  if (!isBytes(fields)) throw wrong('unknownFields', 'a Uint8Array', fields);
  writeRaw(writer, fields);
}
