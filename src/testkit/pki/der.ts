import { isBytes } from '../../runtime/protobuf/bytes.js';

/** What is encoded as part of something else. */
type Content = Uint8Array | readonly Uint8Array[];

/** The tags of DER that certificates need. */
const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Writes a value in the distinguished encoding rules of ASN.1, as X.509 certificates are written. */
export function der(tag: keyof typeof tags | number, content: Content): Uint8Array {
  const bytes = isBytes(content) ? content : Buffer.concat([...content]);
  return Buffer.concat([
    Uint8Array.of(typeof tag === 'number' ? tag : tags[tag]),
    length(bytes.length),
    bytes,
  ]);
}

/** A value in its own numbered place: `[3]`. */
export function explicit(number: number, content: Uint8Array): Uint8Array {
  return der(0xa0 | number, content);
}

/** An object identifier such as `2.5.4.10`. */
export function oid(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return der('objectIdentifier', Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** A time to the second, for years up to 2049. */
export function utcTime(date: Date): Uint8Array {
  const digits = date.toISOString().replace(/\D/g, '').slice(2, 14);
  return der('utcTime', Buffer.from(`${digits}Z`));
}

/** A bit string whose last `unused` bits do not count. */
export function bitString(bytes: Uint8Array, unused = 0): Uint8Array {
  return der('bitString', [Uint8Array.of(unused), bytes]);
}

function length(value: number): Uint8Array {
  if (value < 0x80) return Uint8Array.of(value);
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}
