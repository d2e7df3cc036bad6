import { isBytes } from './protobuf/bytes.js';

/** A value that `JSON.stringify` writes without loss. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/**
 * A copy of a message that can be logged and stored as JSON. 64-bit numbers become decimal strings,
 * bytes become base64, and `NaN` and the infinities become their names, as in the JSON form of
 * protobuf. Absent fields stay absent.
 *
 * It does not remove secrets: a key in a reply is in the copy too.
 */
export function toJson(value: unknown): Json {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (isBytes(value)) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object') return null;
  const copy: Record<string, Json> = {};
  for (const [key, entry] of Object.entries(value)) {
    if (entry === undefined) continue;
    // Keys of maps are data, `__proto__` too.
    Object.defineProperty(copy, key, {
      value: toJson(entry),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return copy;
}
