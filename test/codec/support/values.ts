import fc from 'fast-check';
import Long from 'long';
import type protobuf from 'protobufjs';
import { util } from 'protobufjs';
import { type Codec, codecs, enumOf, type FieldFacts, type Message, reflection } from './codecs.js';

/** A value as the library has it, with the same value as protobufjs' reflection takes it. */
interface Pair {
  readonly ours: unknown;
  readonly theirs: unknown;
}

const same = (value: unknown): Pair => ({ ours: value, theirs: value });

/** 64-bit numbers of all lengths on the wire. */
const long = (unsigned: boolean) =>
  fc
    .tuple(fc.integer({ min: 0, max: 64 }), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }))
    .map(([bits, any]): Pair => {
      const cut = BigInt.asUintN(bits, any);
      const ours = unsigned ? cut : BigInt.asIntN(64, cut);
      return { ours, theirs: Long.fromString(ours.toString(), unsigned) };
    });

const scalars: Record<string, fc.Arbitrary<Pair>> = {
  bool: fc.boolean().map(same),
  int32: fc.oneof(fc.integer(), fc.integer({ min: -200, max: 200 })).map(same),
  uint32: fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 0xffff_ffff })).map(same),
  int64: long(false),
  uint64: long(true),
  double: fc.double().map(same),
  string: fc
    .oneof(
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.string({ unit: 'binary-ascii', maxLength: 250 }),
    )
    .map(same),
  bytes: fc
    .uint8Array({ maxLength: 40 })
    .map((bytes) => ({ ours: bytes, theirs: Buffer.from(bytes) })),
};

function enumValue(type: string): fc.Arbitrary<Pair> | undefined {
  const facts = enumOf(type);
  if (facts === undefined) return undefined;
  const first = new Map<number, string>();
  for (const { name, number } of facts.values) if (!first.has(number)) first.set(number, name);
  const known = [...first].map(([number, name]) => ({ ours: name, theirs: number }));
  const unknown = fc
    .integer()
    .filter((number) => !first.has(number))
    .map(same);
  return fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...known) },
    { weight: 1, arbitrary: unknown },
  );
}

function single(type: string, depth: number): fc.Arbitrary<Pair> {
  const scalar = scalars[type] ?? enumValue(type);
  if (scalar !== undefined) return scalar;
  const codec = codecs.get(type);
  if (codec === undefined) throw new Error(`the tests have no values of type ${type}`);
  return messageOf(codec, depth - 1).map(({ ours, theirs }) => ({ ours, theirs }));
}

/** Keys of a map as they are on our side, and protobufjs' key for them. */
function keyOf(type: string): fc.Arbitrary<string> {
  if (type === 'string') {
    return fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom('constructor', 'toString', 'hasOwnProperty'),
    );
  }
  return fc.integer({ min: 0, max: 2 ** 31 - 1 }).map(String);
}

/** protobufjs takes the keys of a map with 64-bit keys as the eight bytes of the number. */
function theirKey(type: string, key: string): string {
  if (!type.endsWith('64')) return key;
  return util.longToHash(Long.fromString(key));
}

function field(facts: FieldFacts, depth: number): fc.Arbitrary<Pair> {
  const value = single(facts.type, depth);
  switch (facts.label) {
    case 'repeated':
      return fc.array(value, { maxLength: 3 }).map((pairs) => ({
        ours: pairs.map(({ ours }) => ours),
        theirs: pairs.map(({ theirs }) => theirs),
      }));
    case 'map': {
      const keyType = facts.keyType as string;
      return fc
        .uniqueArray(fc.tuple(keyOf(keyType), value), { maxLength: 3, selector: ([key]) => key })
        .map((entries) => ({
          ours: Object.fromEntries(entries.map(([key, { ours }]) => [key, ours])),
          theirs: Object.fromEntries(
            entries.map(([key, { theirs }]) => [theirKey(keyType, key), theirs]),
          ),
        }));
    }
    default:
      return value;
  }
}

/** What a field holds when it is not on the wire. */
function empty({ label, type }: FieldFacts): unknown {
  if (label === 'repeated') return [];
  if (label === 'map') return {};
  if (label === 'optional' || codecs.has(type)) return undefined;
  const facts = enumOf(type);
  if (facts !== undefined) return facts.values.find(({ number }) => number === 0)?.name;
  if (type === 'string') return '';
  if (type === 'bytes') return new Uint8Array();
  if (type === 'bool') return false;
  return type.endsWith('64') ? 0n : 0;
}

/** Values of a message type: ours with every field present, theirs with those that were chosen. */
export function messageOf(
  codec: Codec,
  depth = 3,
): fc.Arbitrary<{ ours: Message; theirs: Message }> {
  const { facts, names } = codec;
  // protobufjs has copies of its own of some well-known types, with other spellings.
  const { fieldsById } = reflection.lookupType(facts.name);
  const theirName = ({ number }: FieldFacts) => (fieldsById[number] as protobuf.Field).name;
  const plain = facts.fields.filter(({ oneof }) => oneof === undefined);
  const oneofs = new Map<string, FieldFacts[]>();
  for (const entry of facts.fields) {
    if (entry.oneof === undefined) continue;
    oneofs.set(entry.oneof, [...(oneofs.get(entry.oneof) ?? []), entry]);
  }
  const nested = (entry: FieldFacts) => codecs.has(entry.type);
  const maybe = (entry: FieldFacts) =>
    nested(entry) && depth <= 0
      ? fc.constant(undefined)
      : fc.option(field(entry, depth), { nil: undefined });

  return fc
    .tuple(
      fc.tuple(...plain.map(maybe)),
      fc.tuple(
        ...[...oneofs.values()].map((cases) => {
          const shallow = cases.filter((entry) => depth > 0 || !nested(entry));
          return fc.option(
            fc.oneof(
              ...(shallow.length > 0 ? shallow : [undefined]).map((entry) =>
                entry === undefined
                  ? fc.constant(undefined)
                  : field(entry, depth).map((pair) => ({ entry, pair })),
              ),
            ),
            { nil: undefined },
          );
        }),
      ),
    )
    .map(([values, choices]) => {
      const ours: Message = {};
      const theirs: Message = {};
      for (const [position, entry] of plain.entries()) {
        const name = names.get(entry.name) as string;
        const pair = values[position];
        ours[name] = pair === undefined ? empty(entry) : pair.ours;
        if (pair !== undefined) theirs[theirName(entry)] = pair.theirs;
      }
      for (const [position, oneof] of [...oneofs.keys()].entries()) {
        const choice = choices[position];
        ours[names.get(oneof) as string] =
          choice === undefined
            ? { case: undefined }
            : { case: names.get(choice.entry.name), value: choice.pair.ours };
        if (choice !== undefined) theirs[theirName(choice.entry)] = choice.pair.theirs;
      }
      return { ours, theirs };
    });
}
