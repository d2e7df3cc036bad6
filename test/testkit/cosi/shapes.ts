import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A field of a structure as the table of kinds has it. */
interface TableField {
  readonly key: string;
  readonly type: string;
  readonly omitEmpty?: boolean;
}

interface Facts {
  readonly kinds: Readonly<Record<string, { readonly go: string }>>;
  readonly specs: Readonly<Record<string, string>>;
  readonly empty: readonly string[];
  readonly shapes: Readonly<Record<string, string>>;
  readonly numbers: readonly string[];
  readonly untold: readonly string[];
  readonly pairs: readonly string[];
  readonly only: readonly string[];
  readonly lists: readonly string[];
  readonly structures: Readonly<Record<string, { readonly fields: readonly TableField[] }>>;
  readonly flags: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly unknownWords: readonly string[];
  readonly plainNumbers: readonly string[];
  readonly words: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

interface Table {
  readonly kinds: readonly { readonly type: string; readonly go: string }[];
  readonly structures: Readonly<Record<string, readonly TableField[]>>;
}

const table: Table = JSON.parse(readFileSync('schemas/resources/kinds.json', 'utf8'));
const facts: Facts = parse(readFileSync('schemas/resources/facts.yaml', 'utf8'));

const kinds = new Map([
  ...table.kinds.map(({ type, go }) => [type, go] as const),
  ...Object.entries(facts.kinds).map(([type, { go }]) => [type, go] as const),
]);

/** What Go prints of a URL: its fields, without those that are empty. */
const urlFields: readonly TableField[] = [
  { key: 'scheme', type: 'string' },
  { key: 'opaque', type: 'string' },
  { key: 'user', type: '*any' },
  { key: 'host', type: 'string' },
  { key: 'path', type: 'string' },
  { key: 'fragment', type: 'string' },
  { key: 'rawquery', type: 'string' },
  { key: 'rawpath', type: 'string' },
  { key: 'rawfragment', type: 'string' },
  { key: 'forcequery', type: 'bool' },
  { key: 'omithost', type: 'bool' },
];

/**
 * How the YAML of a spec differs from what Go prints of the type's struct: keys that it does not
 * have, keys that are missing, zeros that Go leaves out, and values of another type.
 */
export function misfits(type: string, spec: unknown): readonly string[] {
  const go = kinds.get(type);
  if (go === undefined) return [`${type} is not in the table`];
  const [pack = ''] = go.split('.');
  const name = facts.specs[go] ?? `${go}Spec`;
  // The configuration is a text, whatever is in it.
  if (name === 'config') return typeof spec === 'string' ? [] : ['is no text'];
  if (facts.empty.includes(go)) return isEmptyMap(spec) ? [] : ['is to be empty'];
  return [...differences(spec, name, pack, '')];
}

function* differences(
  value: unknown,
  type: string,
  pack: string,
  path: string,
): Generator<string, void, undefined> {
  const full = fullName(type, pack);
  if (type.startsWith('*')) {
    if (value !== null) yield* differences(value, type.slice(1), pack, path);
    return;
  }
  // Go writes bytes as a list of numbers.
  if (type === '[]byte') {
    if (!Array.isArray(value)) yield `${path}: ${JSON.stringify(value)} are no bytes`;
    return;
  }
  const words = facts.words[full];
  const flags = facts.flags[full];
  if (type.startsWith('[]') && facts.shapes[type] === undefined) {
    if (!Array.isArray(value)) yield `${path}: ${JSON.stringify(value)} is no list`;
    else
      for (const [index, item] of value.entries()) {
        yield* differences(item, type.slice(2), pack, `${path}[${index}]`);
      }
  } else if (type.startsWith('map[string]') && facts.shapes[type] === undefined) {
    if (!isMap(value)) yield `${path}: ${JSON.stringify(value)} is no mapping`;
    else
      for (const [key, item] of Object.entries(value)) {
        yield* differences(item, type.slice('map[string]'.length), pack, `${path}.${key}`);
      }
  } else if (words !== undefined) {
    const known = Object.values(words).includes(value as string);
    const plain = facts.plainNumbers.includes(full) && typeof value === 'number';
    if (!known && !plain) yield `${path}: ${JSON.stringify(value)} is no word of ${full}`;
  } else if (flags !== undefined) {
    const known = new Set(Object.values(flags));
    const given = value === '' ? [] : String(value).split(',');
    if (!given.every((flag) => known.has(flag))) yield `${path}: ${value} are no ${full}`;
  } else if (facts.lists.includes(full)) {
    yield* differences(value, '[]string', pack, path);
  } else if (facts.unknownWords.includes(full)) {
    if (typeof value !== 'string') yield `${path}: ${JSON.stringify(value)} is no text`;
  } else if (full === 'url.URL') {
    yield* fieldDifferences(value, urlFields, 'url', path);
  } else if (facts.pairs.includes(full) || facts.shapes[full] === 'json') {
    if (!isMap(value)) yield `${path}: ${JSON.stringify(value)} is no mapping`;
  } else {
    const fields = structureOf(type, pack);
    if (fields.length === 0) yield* scalarDifferences(value, full, path);
    else if (facts.only.includes(full)) {
      yield* differences(value, fields[0]?.type ?? '', pack, path);
    } else yield* fieldDifferences(value, fields, full.split('.')[0] ?? '', path);
  }
}

function* fieldDifferences(
  value: unknown,
  fields: readonly TableField[],
  pack: string,
  path: string,
): Generator<string, void, undefined> {
  if (!isMap(value)) {
    yield `${path}: ${JSON.stringify(value)} is no mapping`;
    return;
  }
  // A structure whose only field stands in its place holds anything.
  if (fields.length === 1 && fields[0]?.key === '' && facts.shapes[fields[0].type] === 'json')
    return;
  const left = new Set(Object.keys(value));
  for (const { key, type, omitEmpty } of flattened(fields, pack)) {
    left.delete(key);
    if (!(key in value)) {
      if (omitEmpty !== true) yield `${path}.${key} is missing`;
      continue;
    }
    const item = value[key];
    if (omitEmpty === true && (isZero(item, type, pack) || facts.untold.includes(type))) {
      yield `${path}.${key}: ${JSON.stringify(item)} is left out by Go`;
    }
    yield* differences(item, type, pack, `${path}.${key}`);
  }
  for (const key of left) yield `${path}.${key} is no key`;
}

/** Fields that a structure has beside those of the table. */
const alsoThere: Readonly<Record<string, readonly TableField[]>> = {
  'meta.ResourceDefinitionSpec': [{ key: 'skipAutomaticAliases', type: 'bool', omitEmpty: true }],
};

function structureOf(type: string, pack: string): readonly TableField[] {
  const full = fullName(type, pack);
  const fields = facts.structures[full]?.fields ?? table.structures[full] ?? [];
  return [...fields, ...(alsoThere[full] ?? [])];
}

/** The fields with those of embedded structures, whose keys stand among them. */
function* flattened(
  fields: readonly TableField[],
  pack: string,
): Generator<TableField, void, undefined> {
  for (const field of fields) {
    if (field.key !== '') yield field;
    else yield* flattened(structureOf(field.type.replace('*', ''), pack), pack);
  }
}

function* scalarDifferences(
  value: unknown,
  type: string,
  path: string,
): Generator<string, void, undefined> {
  const expected = facts.numbers.includes(type)
    ? ['number', 'bigint']
    : type === 'bool'
      ? ['boolean']
      : facts.shapes[type] === 'uint32'
        ? ['number', 'string']
        : ['string'];
  if (facts.shapes[type] === undefined && !facts.numbers.includes(type)) {
    yield `${path}: nothing is known of ${type}`;
  } else if (type !== 'any' && !expected.includes(typeof value)) {
    yield `${path}: ${JSON.stringify(value)} is no ${type}`;
  }
}

function fullName(type: string, pack: string): string {
  return type.includes('.') || facts.shapes[type] !== undefined || facts.numbers.includes(type)
    ? type
    : `${pack}.${type}`;
}

/** Whether Go leaves a value out where it leaves out zeros. */
function isZero(value: unknown, type: string, pack: string): boolean {
  // A pointer is left out when it points nowhere.
  if (type.startsWith('*')) return value === null;
  const zeroWord = facts.words[fullName(type, pack)]?.[0];
  if (zeroWord !== undefined && value === zeroWord) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (isMap(value)) return Object.keys(value).length === 0;
  return value === '' || value === 0 || value === false || value === null || value === '0s';
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmptyMap(value: unknown): boolean {
  return isMap(value) && Object.keys(value).length === 0;
}
