/** The tags of DER that certificates need. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Writes a value in the distinguished encoding rules of ASN.1, as X.509 certificates are written. */
export function der(
  tag: keyof typeof tags | number,
  ...content: readonly Uint8Array[]
): Uint8Array {
  const bytes = concat(content);
  return concat([
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

/** A whole number that is not negative, of its bytes with the highest first. */
export function unsignedInteger(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start === -1 ? Uint8Array.of(0) : bytes.subarray(start);
  const sign = (digits[0] ?? 0) > 0x7f ? Uint8Array.of(0) : new Uint8Array();
  return der('integer', sign, digits);
}

/** Text: of the kind that holds least, as Go writes it. */
export function text(value: string): Uint8Array {
  const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value);
  return der(printable ? 'printableString' : 'utf8String', new TextEncoder().encode(value));
}

/** A time to the second. Years from 2050 on have four digits, those before two. */
export function time(date: Date): Uint8Array {
  const digits = date.toISOString().replace(/\D/g, '').slice(0, 14);
  const short = date.getUTCFullYear() < 2050;
  const shown = new TextEncoder().encode(`${short ? digits.slice(2) : digits}Z`);
  return der(short ? 'utcTime' : 'generalizedTime', shown);
}

/** A bit string whose last `unused` bits do not count. */
export function bitString(bytes: Uint8Array, unused = 0): Uint8Array {
  return der('bitString', Uint8Array.of(unused), bytes);
}

/** A set of values, which stand in the order of their encodings. */
export function setOf(values: readonly Uint8Array[]): Uint8Array {
  return der('set', ...[...values].sort(compareBytes));
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const different = a.findIndex((byte, index) => byte !== b[index]);
  return different === -1 ? a.length - b.length : (a[different] ?? 0) - (b[different] ?? 0);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length: size }) => sum + size, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
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
