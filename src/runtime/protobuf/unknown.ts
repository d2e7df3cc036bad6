import { isBytes } from './bytes.js';
import { type Reader, skipField } from './reader.js';
import { wrong } from './unfit.js';
import { type Writer, writeRaw } from './writer.js';

/**
 * Key of the encoded fields of a received message that this release of the contract does not have.
 * Absent on messages without such fields.
 *
 * They are written again when the message is encoded again. So a program that is older than its
 * server loses nothing that passes through it. The key is not enumerable: copies by spread,
 * `Object.entries` and `toJson` leave the fields out.
 *
 * @example
 * ```ts
 * const status = await etcd(node).status();
 * const more = (status as WithUnknownFields)[unknownFields]; // Uint8Array or undefined
 * ```
 */
export const unknownFields: unique symbol = Symbol('talos-client.unknownFields');

/** Any message with its unknown fields: see `unknownFields`. */
export interface WithUnknownFields {
  readonly [unknownFields]?: Uint8Array;
}

/** Buffers with room to spare, and how many bytes each holds so far. */
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

/**
 * The same bytes with `size` more behind them. It grows by doubling: there may be millions of
 * fields.
 */
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
