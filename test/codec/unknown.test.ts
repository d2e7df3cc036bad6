import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEmpty, encodeEmpty } from '../../generated/messages/shared.js';
import { decodeTime, type Time } from '../../generated/messages/time.js';
import {
  TalosConfigError,
  toJson,
  unknownFields,
  type WithUnknownFields,
} from '../../src/index.js';
import { fromBytes, toBytes } from '../../src/runtime/codec.js';
import { Reader } from '../../src/runtime/protobuf/reader.js';
import {
  Writer,
  writeBytes,
  writeFixed32,
  writeFixed64,
  writeUint64,
} from '../../src/runtime/protobuf/writer.js';
import { encodeTime } from '../../testkit/generated/time.js';
import { codecs } from './support/codecs.js';

/** Fields with numbers that no message of the contract has, of every wire type. */
const field = fc
  .record({
    number: fc.integer({ min: 500_000, max: 2 ** 29 - 1 }),
    kind: fc.integer({ min: 0, max: 4 }),
    value: fc.bigInt(0n, 2n ** 64n - 1n),
    bytes: fc.uint8Array({ maxLength: 300 }),
  })
  .map(({ number, kind, value, bytes }) => encoded(number, kind, value, bytes));

function encoded(number: number, kind: number, value: bigint, bytes: Uint8Array): Buffer {
  const writer = new Writer();
  const base = number * 8;
  if (kind === 0) writeUint64(writer, base, value, '');
  else if (kind === 1) writeFixed64(writer, base + 1, value, '');
  else if (kind === 2) writeBytes(writer, base + 2, bytes, '');
  else if (kind === 3) writeFixed32(writer, base + 5, Number(value & 0xffffffffn), '');
  else {
    const [open, close] = [3, 4].map((type) => {
      writeUint64(writer, base, 0n, '');
      const tag = Buffer.from(writer.finish()).subarray(0, -1);
      tag[0] = ((tag[0] as number) & ~7) | type;
      return tag;
    });
    return Buffer.concat([open as Buffer, encoded(number, 0, value, bytes), close as Buffer]);
  }
  return Buffer.from(writer.finish());
}

function unknownOf(message: object): Uint8Array | undefined {
  return (message as WithUnknownFields)[unknownFields];
}

const time: Time = {
  metadata: undefined,
  server: 'pool.ntp.org',
  localtime: { seconds: 5n, nanos: 6 },
  remotetime: undefined,
};
const known = Buffer.from(toBytes(encodeTime, time));

describe('fields that the contract does not have', () => {
  it.each([...codecs.keys()])('survive in %s', (name) => {
    const codec = codecs.get(name);
    if (codec === undefined) throw new Error(name);
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 4 }), (fields) => {
        const bytes = Buffer.concat(fields);
        const message = fromBytes(codec.decode, bytes);
        expect(Buffer.from(toBytes(codec.encode, message))).toStrictEqual(bytes);
      }),
      { numRuns: 5 },
    );
  });

  it('come out behind those that it has, in the order in which they came', () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 8 }), fc.nat(), (fields, at) => {
        const cut = at % (fields.length + 1);
        const bytes = Buffer.concat([...fields.slice(0, cut), known, ...fields.slice(cut)]);
        const message = fromBytes(decodeTime, bytes);
        expect(message).toEqual(time);
        const again = Buffer.from(toBytes(encodeTime, message));
        expect(again).toStrictEqual(Buffer.concat([known, ...fields]));
      }),
    );
  });

  it('stay with the nested message that they came in', () => {
    const inner = encoded(600_000, 0, 7n, Buffer.alloc(0));
    const bytes = Buffer.concat([Buffer.from([26, inner.length]), inner]);
    const message = fromBytes(decodeTime, bytes);
    expect(unknownOf(message)).toBeUndefined();
    expect(Buffer.from(unknownOf(message.localtime ?? {}) ?? [])).toStrictEqual(inner);
    expect(Buffer.from(toBytes(encodeTime, message))).toStrictEqual(bytes);
  });

  it('add up where a message comes in two parts, thousands of them too', () => {
    const part = (number: number) => encoded(600_000 + number, 0, BigInt(number), Buffer.alloc(0));
    const inner = Array.from({ length: 3000 }, (_, number) => part(number));
    const parts = inner.flatMap((each) => [Buffer.from([26, each.length]), each, part(1)]);
    const message = fromBytes(decodeTime, Buffer.concat(parts));
    expect(Buffer.from(unknownOf(message.localtime ?? {}) ?? [])).toStrictEqual(
      Buffer.concat(inner),
    );
    expect(unknownOf(message)).toHaveLength(3000 * part(1).length);
  });

  it('are the message’s own, whatever a copy of it reads on', () => {
    const [one, two, three] = [1n, 2n, 3n].map((value) =>
      encoded(600_000, 0, value, Buffer.alloc(0)),
    );
    const read = (bytes: Buffer, into?: Time) => decodeTime(new Reader(bytes), bytes.length, into);
    const first = read(Buffer.concat([one as Buffer, one as Buffer]));
    const second: Time = Object.defineProperty({ ...first }, unknownFields, {
      value: unknownOf(first),
      configurable: true,
    });
    read(two as Buffer, first);
    read(three as Buffer, second);
    expect(unknownOf(first)?.at(-1)).toBe(2);
    expect(unknownOf(second)?.at(-1)).toBe(3);
  });

  it('are not enumerable, and no part of JSON', () => {
    const message = fromBytes(decodeTime, Buffer.concat([known, encoded(600_000, 0, 1n, known)]));
    expect(unknownOf({ ...message })).toBeUndefined();
    expect(Object.keys(message)).toStrictEqual(Object.keys(time));
    expect(toJson(message)).toStrictEqual(toJson(time));
    expect(message).toStrictEqual(time);
  });

  it('cost a message without any nothing', () => {
    expect(Object.getOwnPropertySymbols(fromBytes(decodeTime, known))).toStrictEqual([]);
  });

  it('are kept by a message without fields', () => {
    const bytes = encoded(600_000, 2, 0n, known);
    expect(Buffer.from(toBytes(encodeEmpty, fromBytes(decodeEmpty, bytes)))).toStrictEqual(bytes);
  });

  it('are refused where they are no bytes', () => {
    const message = { ...time, [unknownFields]: 'text' };
    expect(() => toBytes(encodeTime, message)).toThrow(TalosConfigError);
    expect(() => toBytes(encodeTime, message)).toThrow(
      'unknownFields: expected a Uint8Array, got a string',
    );
    const nested = { ...time, localtime: { seconds: 5n, [unknownFields]: 5 } };
    expect(() => toBytes(encodeTime, nested as never)).toThrow(
      'localtime.unknownFields: expected a Uint8Array, got 5',
    );
  });

  it('are accepted where other unknown names are refused, and are no name to try instead', () => {
    const kept = encoded(600_000, 0, 7n, Buffer.alloc(0));
    const message = { server: 'pool.ntp.org', [unknownFields]: kept };
    expect(unknownOf(fromBytes(decodeTime, toBytes(encodeTime, message)))).toEqual(
      new Uint8Array(kept),
    );
    const misspelt = { ...message, unknownField: kept };
    expect(() => toBytes(encodeTime, misspelt)).toThrow(
      /^unknownField: .*there are metadata, server, localtime, remotetime$/,
    );
  });
});
