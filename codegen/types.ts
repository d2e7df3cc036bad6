import { runtimeModule, use } from './uses.js';

/** How the values of a scalar type travel and look. */
export interface ScalarFacts {
  readonly type: string;
  readonly read: string;
  readonly write: string;
  readonly wireType: WireType;
  /** The proto3 default as TypeScript. */
  readonly initial: string;
  /** How the encoder tells that a value differs from the default. */
  readonly presence: Presence;
  /** For map keys: the key as a string. */
  readonly initialKey: string;
  readonly writeKey: string;
}

/** How to ask whether a field without presence is set. */
export type Presence = 'other' | 'float' | 'bytes';

export interface WireType {
  readonly name: string;
  readonly bits: number;
}

const reader = (name: string) => use(runtimeModule('protobuf/reader'), name);
const writer = (name: string) => use(runtimeModule('protobuf/writer'), name);

const varint: WireType = { name: reader('VARINT'), bits: 0 };
const fixed64: WireType = { name: reader('FIXED64'), bits: 1 };
const delimited: WireType = { name: reader('DELIMITED'), bits: 2 };
const fixed32: WireType = { name: reader('FIXED32'), bits: 5 };

function facts(name: string, type: string, wireType: WireType, presence: Presence): ScalarFacts {
  const initial = { number: '0', bigint: '0n', boolean: 'false', string: "''" }[type];
  return {
    type,
    read:
      name === 'String' ? use(runtimeModule('protobuf/text'), 'readString') : reader(`read${name}`),
    write: writer(`write${name}`),
    wireType,
    initial: initial ?? reader('emptyBytes'),
    presence,
    initialKey: type === 'boolean' ? "'false'" : type === 'string' ? "''" : "'0'",
    writeKey:
      type === 'string'
        ? writer('writeString')
        : use(runtimeModule('protobuf/entries'), `write${name}Key`),
  };
}

/** By keyword of the protobuf language. */
export const scalars: ReadonlyMap<string, ScalarFacts> = new Map([
  ['double', facts('Double', 'number', fixed64, 'float')],
  ['float', facts('Float', 'number', fixed32, 'float')],
  ['int32', facts('Int32', 'number', varint, 'other')],
  ['int64', facts('Int64', 'bigint', varint, 'other')],
  ['uint32', facts('Uint32', 'number', varint, 'other')],
  ['uint64', facts('Uint64', 'bigint', varint, 'other')],
  ['sint32', facts('Sint32', 'number', varint, 'other')],
  ['sint64', facts('Sint64', 'bigint', varint, 'other')],
  ['fixed32', facts('Fixed32', 'number', fixed32, 'other')],
  ['fixed64', facts('Fixed64', 'bigint', fixed64, 'other')],
  ['sfixed32', facts('Sfixed32', 'number', fixed32, 'other')],
  ['sfixed64', facts('Sfixed64', 'bigint', fixed64, 'other')],
  ['bool', facts('Bool', 'boolean', varint, 'other')],
  ['string', facts('String', 'string', delimited, 'other')],
  ['bytes', facts('Bytes', 'Uint8Array', delimited, 'bytes')],
]);

export const messageWireType = delimited;
export const enumWireType = varint;

/** The number that stands before a field's value on the wire. */
export function tagOf(number: number, wireType: WireType): number {
  return number * 8 + wireType.bits;
}
