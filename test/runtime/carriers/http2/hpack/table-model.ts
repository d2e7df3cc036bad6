import { encodeFields } from '../../../../../src/runtime/carriers/http2/hpack/encoder.js';

const names = [':status', 'content-type', 'grpc-status', 'grpc-message', 'x', ''];
const values = [
  '',
  '200',
  '0',
  'application/grpc',
  'a'.repeat(60),
  'b'.repeat(300),
  '\u00ff\u0000',
];

/** A block of an encoder, what it holds, and how large the encoder's table is after it. */
export interface ModelBlock {
  readonly block: Uint8Array;
  readonly fields: string[];
  readonly tableSize: number;
}

/**
 * An encoder that uses the dynamic table as `take` decides, written for the tests: a plain list of
 * entries, the newest first. Makes blocks of one connection, in turn.
 *
 * @param take gives a number from 0 to below its argument
 */
export function randomBlock(take: (below: number) => number): () => ModelBlock {
  let entries: [string, string][] = [];
  let maxSize = 4096;
  const size = () =>
    entries.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
  const shrink = () => {
    while (size() > maxSize) entries = entries.slice(0, -1);
  };

  return () => {
    const parts: Uint8Array[] = [];
    const fields: string[] = [];
    for (let changes = take(8) - 5; changes > 0; changes -= 1) {
      maxSize = [0, 64, 300, 4096][take(4)] as number;
      parts.push(integer(0x20, 0x1f, maxSize));
      shrink();
    }
    for (let count = take(6); count >= 0; count -= 1) {
      const name = names[take(names.length)] as string;
      const value = values[take(values.length)] as string;
      const whole = entries.findIndex((entry) => entry[0] === name && entry[1] === value);
      const named = entries.findIndex((entry) => entry[0] === name);
      fields.push(`${name}: ${value}`);
      if (whole >= 0 && take(4) > 0) {
        parts.push(integer(0x80, 0x7f, whole + 62));
        continue;
      }
      const kept = take(3) > 0;
      const index = named >= 0 ? named + 62 : 0;
      parts.push(kept ? integer(0x40, 0x3f, index) : integer(0x00, 0x0f, index));
      if (index === 0) parts.push(text(name));
      parts.push(text(value));
      if (kept) {
        entries.unshift([name, value]);
        shrink();
      }
    }
    return { block: Buffer.concat(parts), fields, tableSize: size() };
  };
}

function integer(flags: number, prefix: number, value: number): Uint8Array {
  if (value < prefix) return Uint8Array.of(flags | value);
  const bytes = [flags | prefix];
  let rest = value - prefix;
  for (; rest > 0x7f; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

/** A literal as the encoder writes it, cut out of a field. */
function text(value: string): Uint8Array {
  return encodeFields([['', value, 'literal']]).subarray(2);
}
