import type { DecodeModel, EncodeModel } from './model.js';
import type { FieldFacts } from './protos/contract.js';
import type { TypeIndex } from './type-index.js';
import { enumWireType, messageWireType, scalars, tagOf } from './types.js';
import { runtimeModule, use, useType } from './uses.js';

const enumType = (name: string) => `${useType(runtimeModule('codec'), 'Enum')}<${name}>`;
const initType = (name: string) => `${useType(runtimeModule('codec'), 'Init')}<${name}>`;
const reader = (name: string) => use(runtimeModule('protobuf/reader'), name);
const checks = (name: string) => use(runtimeModule('protobuf/checks'), name);
const entries = (name: string) => use(runtimeModule('protobuf/entries'), name);
const writeInt32 = use(runtimeModule('protobuf/writer'), 'writeInt32');

/** Everything the templates print for one field. */
export interface FieldModel {
  readonly name: string;
  /** The type of the field, or of its case in a oneof. */
  readonly type: string;
  /** The oneof it is part of, by its TypeScript name. */
  readonly oneof: string | undefined;
  readonly initial: string;
  readonly decode: DecodeModel;
  readonly encode: EncodeModel;
}

/** What a single value of a field's type is, whether alone, in a list or in a map. */
interface ValueModel {
  readonly kind: 'scalar' | 'enum' | 'message';
  readonly type: string;
  /** `Init<…>` of messages: what callers may pass. */
  readonly input: string;
  readonly initial: string;
}

/** Builds the model of a field of `message`. */
export function fieldModel(message: string, field: FieldFacts, index: TypeIndex): FieldModel {
  const names = index.fields(message);
  const name = names.get(field.name) ?? field.name;
  const oneof = field.oneof === undefined ? undefined : names.get(field.oneof);
  const value = valueModel(field.type, index);
  return {
    name,
    oneof,
    ...shape(field, value),
    decode: decodeModel(field, name, oneof, index),
    encode: encodeModel(field, name, oneof, value, index),
  };
}

function valueModel(type: string, index: TypeIndex): ValueModel {
  const scalar = scalars.get(type);
  if (scalar !== undefined) {
    return { kind: 'scalar', type: scalar.type, input: scalar.type, initial: scalar.initial };
  }
  const name = index.useType(type);
  const { enumeration } = index.schema.type(type);
  if (enumeration === undefined) {
    return { kind: 'message', type: name, input: initType(name), initial: 'undefined' };
  }
  const zero = enumeration.values.find(({ number }) => number === 0)?.name ?? '';
  return { kind: 'enum', type: enumType(name), input: enumType(name), initial: quote(zero) };
}

function shape(field: FieldFacts, value: ValueModel): { type: string; initial: string } {
  if (field.label === 'map') return { type: `Record<string, ${value.type}>`, initial: '{}' };
  if (field.label === 'repeated') return { type: `${value.type}[]`, initial: '[]' };
  const optional = field.label === 'optional' || value.kind === 'message';
  if (field.oneof === undefined && optional) {
    return { type: `${value.type} | undefined`, initial: 'undefined' };
  }
  return value;
}

function decodeModel(
  field: FieldFacts,
  name: string,
  oneof: string | undefined,
  index: TypeIndex,
): DecodeModel {
  const { type } = field;
  const scalar = scalars.get(type);
  const isEnum = index.schema.hasType(type) && index.schema.type(type).enumeration !== undefined;
  const decoder = scalar === undefined ? index.useDecoder(type) : '';
  const base = { number: field.number, name: oneof ?? name, literal: quote(name) };
  const single = (into: string): string => {
    if (scalar !== undefined) return `${scalar.read}(reader, tag)`;
    if (isEnum) return `${decoder}(${reader('readInt32')}(reader, tag))`;
    return `${decoder}(reader, ${reader('openMessage')}(reader, tag)${into})`;
  };
  const access = `message.${base.name}`;
  if (field.label === 'map') {
    const key = scalars.get(field.keyType ?? '');
    const start = `reader, tag, ${access}, ${key?.read}, ${key?.initialKey}`;
    if (scalar !== undefined) {
      const value = `${entries('readEntry')}(${start}, ${scalar.read}, ${scalar.initial})`;
      return { ...base, kind: 'run', value };
    }
    const read = entries(isEnum ? 'readEnumEntry' : 'readMessageEntry');
    return { ...base, kind: 'run', value: `${read}(${start}, ${decoder})` };
  }
  if (field.packed !== undefined) {
    const value =
      scalar === undefined
        ? `${reader('readPackedEnum')}(reader, tag, ${access}, ${decoder})`
        : `${reader('readPacked')}(reader, tag, ${access}, ${scalar.wireType.name}, ${scalar.read})`;
    return { ...base, kind: 'run', value };
  }
  if (field.label === 'repeated') return { ...base, kind: 'push', value: single('') };
  if (oneof === undefined) return { ...base, kind: 'assign', value: single(`, ${access}`) };
  const earlier = `${access}.case === ${base.literal} ? ${access}.value : undefined`;
  return { ...base, kind: 'choose', value: single(`, ${earlier}`) };
}

function encodeModel(
  field: FieldFacts,
  name: string,
  oneof: string | undefined,
  value: ValueModel,
  index: TypeIndex,
): EncodeModel {
  const { type, number } = field;
  const literal = quote(name);
  const scalar = scalars.get(type);
  const encoder = scalar === undefined ? index.useEncoder(type) : '';
  const access = oneof === undefined ? `message.${name}` : `message.${oneof}.value`;
  const isSet =
    oneof === undefined ? `${access} !== undefined` : `message.${oneof}?.case === ${literal}`;
  const wireType = scalar?.wireType ?? (value.kind === 'enum' ? enumWireType : messageWireType);
  const own = { condition: isSet, access, literal, tag: tagOf(number, wireType) };
  const write = (from: string, tag: number): string => {
    if (scalar !== undefined) return `${scalar.write}(writer, ${tag}, ${from}, ${literal})`;
    if (value.kind === 'message') return `${encoder}(writer, ${from})`;
    return `${writeInt32}(writer, ${tag}, ${encoder}(${from}, ${literal}), ${literal})`;
  };
  const delimited = { ...own, tag: tagOf(number, messageWireType) };
  if (field.label === 'map') {
    return {
      ...delimited,
      kind: 'run',
      value: writeMap(field, access, literal, delimited.tag, index),
    };
  }
  if (field.label === 'repeated') {
    const item = `${access}[index] as ${value.input}`;
    if (value.kind === 'message') return { ...own, kind: 'nestedList', value: write(item, 0) };
    if (field.packed !== true) return { ...own, kind: 'list', value: write(item, own.tag) };
    const condition = `${isSet} && ${checks('lastIndex')}(${access}, ${literal}) >= 0`;
    return { ...delimited, condition, kind: 'packed', value: write(item, 0) };
  }
  if (value.kind === 'message') return { ...own, kind: 'nested', value: write(access, 0) };
  if (oneof !== undefined || field.label === 'optional') {
    return { ...own, kind: 'run', value: write(access, own.tag) };
  }
  if (scalar === undefined) {
    return { ...own, kind: 'enumValue', value: `${encoder}(${access}, ${literal})` };
  }
  const condition = {
    other: `${isSet} && ${access} !== ${scalar.initial}`,
    float: `${isSet} && !Object.is(${access}, 0)`,
    bytes: `${isSet} && !${checks('isEmptyBytes')}(${access})`,
  }[scalar.presence];
  return { ...own, condition, kind: 'run', value: write(access, own.tag) };
}

function writeMap(
  field: FieldFacts,
  access: string,
  literal: string,
  tag: number,
  index: TypeIndex,
): string {
  const key = scalars.get(field.keyType ?? '');
  if (key === undefined) throw new Error(`${field.keyType} cannot be a map's key`);
  const keyTag = tagOf(1, key.wireType);
  const start = `writer, ${tag}, ${access}, ${literal}, ${key.writeKey}, ${keyTag}`;
  const scalar = scalars.get(field.type);
  if (scalar !== undefined) {
    return `${entries('writeEntries')}(${start}, ${scalar.write}, ${tagOf(2, scalar.wireType)})`;
  }
  const isEnum = index.schema.type(field.type).enumeration !== undefined;
  const write = entries(isEnum ? 'writeEnumEntries' : 'writeMessageEntries');
  return `${write}(${start}, ${index.useEncoder(field.type)})`;
}

/** A string literal. */
export function quote(text: string): string {
  return `'${text.replace(/[\\'\p{Cc}\u2028\u2029]/gu, (char) => {
    if (char === '\\' || char === "'") return `\\${char}`;
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  })}'`;
}
