/** A value of DER: its tag, its content, and all of its bytes. */
export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly raw: Uint8Array;
}

/**
 * The one value that `bytes` are.
 *
 * @throws when they are none, or more than one.
 */
export function readDer(bytes: Uint8Array): DerValue {
  const value = valueAt(bytes, 0);
  if (value.raw.length !== bytes.length) throw new Error('bytes are left after the DER value');
  return value;
}

/**
 * The values in a sequence or a set, or in a numbered place.
 *
 * @throws when it holds something else.
 */
export function partsOf({ content }: DerValue): readonly DerValue[] {
  const parts: DerValue[] = [];
  for (let at = 0; at < content.length; ) {
    const part = valueAt(content, at);
    parts.push(part);
    at += part.raw.length;
  }
  return parts;
}

/** The object identifier in dots, such as `2.5.4.10`. */
export function oidText({ content }: DerValue): string {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte > 0x7f) continue;
    numbers.push(value);
    value = 0;
  }
  const [joined = 0, ...rest] = numbers;
  const first = Math.min(2, Math.floor(joined / 40));
  return [first, joined - first * 40, ...rest].join('.');
}

function valueAt(bytes: Uint8Array, at: number): DerValue {
  const tag = bytes[at];
  const short = bytes[at + 1];
  if (tag === undefined || short === undefined) throw cut();
  let start = at + 2;
  let size = short;
  if (short > 0x7f) {
    const digits = short & 0x7f;
    // Four bytes of length are four gigabytes: more never comes from a text.
    if (digits === 0 || digits > 4) throw new Error('a DER value has a length that is none');
    size = 0;
    for (let digit = 0; digit < digits; digit++) size = size * 256 + (bytes[start + digit] ?? 0);
    start += digits;
  }
  const end = start + size;
  if (end > bytes.length) throw cut();
  return { tag, content: bytes.subarray(start, end), raw: bytes.subarray(at, end) };
}

function cut(): Error {
  return new Error('a DER value is cut short');
}
