import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBytes, toBytes } from '../../src/runtime/codec.js';
import { codecs, reflection } from './support/codecs.js';
import { messageOf } from './support/values.js';

/** Buffers as plain byte arrays, so that only their bytes are compared. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
  }
  return value;
}

it('every message of the contract has a codec', () => {
  expect(codecs.size).toBe(574);
});

describe.each([...codecs.keys()])('%s', (name) => {
  const codec = codecs.get(name);
  if (codec === undefined) throw new Error(name);
  const { encode, decode } = codec;
  const type = reflection.lookupType(name);

  it('passes between the library and protobufjs unchanged, both ways', () => {
    fc.assert(
      fc.property(messageOf(codec), ({ ours, theirs }) => {
        const theirBytes = type.encode(type.create(theirs)).finish();
        expect(plain(fromBytes(decode, theirBytes))).toEqual(plain(ours));
        const ourBytes = toBytes(encode, ours);
        expect(plain(fromBytes(decode, ourBytes))).toEqual(plain(ours));
        const options = { longs: String, bytes: Array, defaults: true, oneofs: true } as const;
        expect(type.toObject(type.decode(ourBytes), options)).toEqual(
          type.toObject(type.decode(theirBytes), options),
        );
      }),
      { numRuns: 25 },
    );
  });
});
