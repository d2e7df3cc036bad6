import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBytes, toBytes } from '../../src/runtime/codec.js';
import { TalosProtocolError } from '../../src/runtime/errors/protocol-error.js';
import { type Codec, codecs, type Message } from './support/codecs.js';
import { messageOf } from './support/values.js';

/** Decodes bytes that may be anything: a message, or the typed error. */
function attempt({ decode }: Codec, bytes: Uint8Array): Message | undefined {
  try {
    return fromBytes(decode, bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(TalosProtocolError);
    expect((error as Error).message).toMatch(/^malformed message at byte \d+: /);
    return undefined;
  }
}

const all = fc.constantFrom(...codecs.values());
const sample = all.chain((codec) =>
  messageOf(codec).map(({ ours }) => ({ codec, bytes: toBytes(codec.encode, ours) })),
);

describe('bytes that were tampered with end in a message or in the typed error', () => {
  it('cut at any byte', () => {
    fc.assert(
      fc.property(sample, ({ codec, bytes }) => {
        for (let length = 0; length < bytes.length; length += 1) {
          attempt(codec, bytes.subarray(0, length));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('with bytes flipped, put in and taken out', () => {
    const edit = fc.record({
      at: fc.nat(),
      kind: fc.constantFrom('flip', 'insert', 'delete', 'repeat'),
      byte: fc.integer({ min: 0, max: 255 }),
    });
    fc.assert(
      fc.property(
        sample,
        fc.array(edit, { minLength: 1, maxLength: 6 }),
        ({ codec, bytes }, edits) => {
          const list = Array.from(bytes);
          for (const { at, kind, byte } of edits) {
            const place = at % (list.length + 1);
            if (kind === 'flip') list[place % Math.max(list.length, 1)] = byte;
            else if (kind === 'insert') list.splice(place, 0, byte);
            else if (kind === 'delete') list.splice(place, 1);
            else list.splice(place, 0, ...list.slice(place, place + 8));
          }
          attempt(codec, new Uint8Array(list));
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('made of nothing but chance', () => {
    fc.assert(
      fc.property(all, fc.uint8Array({ maxLength: 60 }), (codec, bytes) => {
        attempt(codec, bytes);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('what the protobuf specification asks of a reader', () => {
  function codec(name: string): Codec {
    const found = codecs.get(name);
    if (found === undefined) throw new Error(name);
    return found;
  }

  it('two encodings one after the other are the merged message', () => {
    const join = (name: string, first: Message, second: Message) => {
      const { encode, decode } = codec(name);
      return fromBytes(decode, Buffer.concat([toBytes(encode, first), toBytes(encode, second)]));
    };
    // Scalars: the last one. Lists: one after the other. Nested messages: merged in turn.
    expect(
      join(
        'machine.EtcdStatus',
        { memberStatus: { storageVersion: '3.6', leader: 7n, errors: ['a'] } },
        { memberStatus: { leader: 9n, errors: ['b'] } },
      ),
    ).toMatchObject({ memberStatus: { storageVersion: '3.6', leader: 9n, errors: ['a', 'b'] } });
    // A oneof: the last case, merged only with the same case before it.
    const run = 'machine.DebugContainerRunRequest';
    const spec = (value: Message) => ({ request: { case: 'spec', value } });
    expect(join(run, spec({ args: ['a'] }), spec({ args: ['b'] }))).toMatchObject(
      spec({ args: ['a', 'b'] }),
    );
    const stdin = { request: { case: 'stdinData', value: new Uint8Array([1]) } };
    expect(join(run, stdin, spec({ args: ['b'] }))).toMatchObject(spec({ args: ['b'] }));
    // A map: the last value of a key.
    expect(
      join(
        'machine.DebugContainerRunRequestSpec',
        { env: { A: '1', B: '1' } },
        { env: { B: '2' } },
      ),
    ).toMatchObject({ env: { A: '1', B: '2' } });
  });

  it('a map key is data, whatever it is called', () => {
    const { encode, decode } = codec('machine.DebugContainerRunRequestSpec');
    const env = JSON.parse('{"__proto__": "x", "constructor": "y"}') as Record<string, string>;
    const back = fromBytes(decode, toBytes(encode, { env })).env as Record<string, string>;
    expect(Object.entries(back)).toEqual(Object.entries(env));
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it('messages within messages are read to a depth of 100 and no deeper', () => {
    const { encode, decode } = codec('google.protobuf.Value');
    let value: Message = { kind: { case: 'boolValue', value: true } };
    const nest = () => {
      value = { kind: { case: 'listValue', value: { values: [value] } } };
    };
    for (let depth = 0; depth < 49; depth += 1) nest();
    expect(fromBytes(decode, toBytes(encode, value))).toEqual(value);
    nest();
    expect(() => fromBytes(decode, toBytes(encode, value))).toThrow('nested deeper than 100');
  });

  it('optional fields keep the difference between absent and empty', () => {
    const { encode, decode } = codec('cosi.resource.WatchRequest');
    expect(fromBytes(decode, toBytes(encode, {}))).toMatchObject({ id: undefined });
    expect(fromBytes(decode, toBytes(encode, { id: '' }))).toMatchObject({ id: '' });
  });

  it('negative zero and NaN survive', () => {
    const { encode, decode } = codec('machine.LoadAvg');
    const back = fromBytes(decode, toBytes(encode, { load1: -0, load5: Number.NaN, load15: 0 }));
    expect(back).toMatchObject({ load1: -0, load5: Number.NaN, load15: 0 });
  });

  it('unknown enum numbers are kept, and unknown names refused by name', () => {
    const { encode, decode } = codec('machine.RebootRequest');
    expect(fromBytes(decode, toBytes(encode, { mode: 77 }))).toEqual({ mode: 77 });
    expect(() => toBytes(encode, { mode: 'FROCE' })).toThrow(
      /mode: expected DEFAULT, POWERCYCLE, FORCE or .*, got "FROCE"; did you mean FORCE\?/,
    );
    expect(() => toBytes(encode, { mode: 1.5 })).toThrow(/mode/);
  });
});
