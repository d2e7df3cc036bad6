import { formatDiskSize } from '../scalars/bytes.js';
import type { Field, FieldType, StringType, Structure } from '../structure/structure.js';
import { type DataMap, getOwn, isMap, keysOf, Timestamp } from '../values.js';
import { inNaturalOrder } from './order.js';

/** What is to be written: the data of a document with every decision about it made. */
export type Block =
  /** A text, which is quoted where it has to be; `isModern` where words of YAML 1.1 stay bare. */
  | { readonly kind: 'text'; readonly text: string; readonly isModern?: boolean }
  /** Anything that is no text, as it stands. */
  | { readonly kind: 'plain'; readonly value: null | boolean | number | bigint | Timestamp }
  /** Digits in a notation of their own. */
  | { readonly kind: 'raw'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly Block[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [key: string, value: Block])[] };

/** The block of a value of a type. */
export function blockOf(type: FieldType, value: unknown): Block {
  switch (type.kind) {
    case 'struct':
      return structureBlock(type.structure, isMap(value) ? value : {});
    case 'list':
      return { kind: 'list', items: asList(value).map((item) => blockOf(type.item, item)) };
    case 'map':
      return mapBlock(value, (item) => blockOf(type.value, item));
    case 'args':
      return mapBlock(value, argBlock);
    case 'free':
      return mapBlock(value, freeBlock);
    case 'fileMode':
      return { kind: 'raw', text: `0o${Number(value).toString(8)}` };
    case 'diskSize':
      return freeBlock(diskSize(value));
    default:
      return freeBlock(value);
  }
}

function structureBlock(structure: Structure, value: DataMap): Block {
  const entries: [string, Block][] = [];
  for (const field of structure.fields) {
    const own = getOwn(value, field.key) ?? undefined;
    if (own === undefined ? field.omitEmpty : field.omitEmpty && isZero(field, own)) continue;
    if (own === undefined && (field.removed !== undefined || hasNoZero(field))) continue;
    entries.push([field.key, own === undefined ? absentBlock(field) : blockOf(field.type, own)]);
  }
  for (const key of keysOf(value)) {
    if (structure.field(key) === undefined) entries.push([key, freeBlock(getOwn(value, key))]);
  }
  return { kind: 'map', entries };
}

/** Whether no word stands for an absent value: what Talos writes then, it could not read again. */
function hasNoZero({ type, pointer }: Field): boolean {
  return (
    !pointer &&
    type.kind === 'string' &&
    type.exact !== true &&
    type.enum !== undefined &&
    type.zero === undefined
  );
}

/** What Talos writes for a field that it always writes. */
function absentBlock({ type, pointer }: Field): Block {
  return pointer ? { kind: 'plain', value: null } : blockOf(type, zeroOf(type));
}

function zeroOf(type: FieldType): unknown {
  switch (type.kind) {
    case 'string':
      return type.zero ?? '';
    case 'boolean':
      return false;
    case 'integer':
    case 'portRange':
    case 'fileMode':
    case 'diskSize':
      return 0;
    default:
      return undefined;
  }
}

/** Whether Talos cannot tell a value from an absent one. */
function isZero({ type, pointer }: Field, value: unknown): boolean {
  return !pointer && isZeroValue(type, value);
}

function isZeroValue(type: FieldType, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  switch (type.kind) {
    case 'string':
      return value === '' || value === zeroText(type);
    case 'list':
      return asList(value).length === 0;
    case 'struct':
      return (
        isMap(value) &&
        keysOf(value).every((key) => {
          const field = type.structure.field(key);
          return field !== undefined && isZero(field, getOwn(value, key));
        })
      );
    case 'map':
    case 'args':
    case 'free':
      return isMap(value) && keysOf(value).length === 0;
    default:
      return Number(value) === 0;
  }
}

/** Texts of most formats are kept even when they mean zero; words and durations are numbers. */
function zeroText({ zero, format }: StringType): string | undefined {
  return format === undefined || format === 'duration' || format === 'routingTable'
    ? zero
    : undefined;
}

function mapBlock(value: unknown, inner: (item: unknown) => Block): Block {
  const map = isMap(value) ? value : {};
  return {
    kind: 'map',
    entries: inNaturalOrder(keysOf(map)).map((key) => [key, inner(getOwn(map, key))]),
  };
}

/** Flags have an encoder of their own in Talos, which knows YAML 1.2 alone. */
function argBlock(value: unknown): Block {
  if (typeof value === 'string') return { kind: 'text', text: value, isModern: true };
  if (!Array.isArray(value)) return freeBlock(value);
  return { kind: 'list', items: value.map(argBlock) };
}

function freeBlock(value: unknown): Block {
  if (typeof value === 'string') return { kind: 'text', text: value };
  if (Array.isArray(value)) return { kind: 'list', items: value.map(freeBlock) };
  if (isMap(value)) return mapBlock(value, freeBlock);
  const isPlain =
    typeof value === 'boolean' ||
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    value instanceof Timestamp;
  return { kind: 'plain', value: isPlain ? value : null };
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function diskSize(value: unknown): unknown {
  if (typeof value !== 'number' && typeof value !== 'bigint') return value;
  const size = formatDiskSize(BigInt(value));
  return typeof size === 'bigint' && Number.isSafeInteger(Number(size)) ? Number(size) : size;
}
