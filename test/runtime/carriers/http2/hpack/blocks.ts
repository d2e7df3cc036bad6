import { HpackDecoder } from '../../../../../src/runtime/carriers/http2/hpack/decoder.js';

/** Bytes from hexadecimal digits; blanks and line breaks are left out. */
export function hex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits.replaceAll(/\s/g, ''), 'hex'));
}

export function newDecoder(maxTableSize = 4096, maxListBytes = 1 << 20): HpackDecoder {
  return new HpackDecoder({ maxTableSize, maxListBytes });
}

/** The fields of a block, each as `name: value`. */
export function decoded(decoder: HpackDecoder, block: Uint8Array | string): string[] {
  const bytes = typeof block === 'string' ? hex(block) : block;
  const fields: string[] = [];
  // With other bytes around it, which must not matter.
  const around = Buffer.concat([hex('82'), bytes, hex('82')]);
  decoder.decode(around, 1, 1 + bytes.length, (name, value) => fields.push(`${name}: ${value}`));
  return fields;
}
