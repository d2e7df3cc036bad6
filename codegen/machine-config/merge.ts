import type { ReleaseFacts, SchemaProperty, StructField } from './contract.js';
import type { Facts } from './facts.js';
import {
  compareReleases,
  type DocumentRow,
  type FieldRow,
  type StructureRow,
  type StructureTable,
  structuresFormat,
} from './structures.js';

/** A table before the first release is brought in. */
export const emptyTable: StructureTable = {
  format: structuresFormat,
  releases: [],
  documents: [],
  structures: {},
};

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The table with the facts of a release brought in. A release that is newer than all others may
 * add, retype, deprecate and remove; one that is known already is read again without `since`
 * moving. Releases come in their order, so that `since` says the truth.
 */
export function withRelease(
  table: StructureTable,
  release: string,
  facts: ReleaseFacts,
  corrections: Facts,
): StructureTable {
  return new Merge(table, release, facts, corrections).table();
}

class Merge {
  readonly #before: StructureTable;
  readonly #release: string;
  readonly #facts: ReleaseFacts;
  readonly #corrections: Facts;
  /** Nothing is new in the first release of a table. */
  readonly #since: { since?: string };

  constructor(table: StructureTable, release: string, facts: ReleaseFacts, corrections: Facts) {
    this.#before = table;
    this.#release = release;
    this.#facts = facts;
    this.#corrections = corrections;
    const isFirst = table.releases.every((other) => compareReleases(other, release) >= 0);
    this.#since = isFirst ? {} : { since: release };
  }

  table(): StructureTable {
    const structures = this.#structures();
    return {
      format: structuresFormat,
      releases: [...new Set([...this.#before.releases, this.#release])].sort(compareReleases),
      documents: this.#documents(structures),
      structures,
    };
  }

  #documents(structures: Readonly<Record<string, StructureRow>>): DocumentRow[] {
    const { renamedKinds, missingKinds } = this.#corrections;
    const due = [
      ...this.#facts.documents.map(({ kind, type }) => ({
        kind: kind === null ? null : (renamedKinds[kind] ?? kind),
        structure: type,
      })),
      ...Object.entries(missingKinds)
        .filter(([, structure]) => this.#knows(structure))
        .map(([kind, structure]) => ({ kind, structure })),
    ];
    const before = new Map(this.#before.documents.map((row) => [row.kind, row]));
    for (const { kind, structure } of due) {
      if (structures[structure] === undefined) continue;
      before.set(kind, before.get(kind) ?? { kind, structure, ...this.#since });
    }
    return [...before.values()].sort((a, b) => (a.kind ?? '').localeCompare(b.kind ?? '', 'en'));
  }

  #knows(structure: string): boolean {
    return this.#facts.structs?.[structure] !== undefined;
  }

  #structures(): Record<string, StructureRow> {
    const rows = new Map(Object.entries(this.#before.structures));
    const { structs, schema } = this.#facts;
    if (structs !== undefined) {
      for (const [name, fields] of Object.entries(structs)) {
        if (fields.every(({ embeds }) => embeds !== undefined)) continue;
        rows.set(name, this.#structure(name, rows.get(name), fields));
      }
      for (const [name, row] of rows) {
        if (structs[name] === undefined) rows.set(name, this.#gone(row));
      }
    } else if (schema !== undefined) {
      for (const [name, { properties = {} }] of Object.entries(schema)) {
        if (this.#isExplained(name)) continue;
        const due = Object.entries(properties).map(([key, property]) => guess(key, property));
        rows.set(name, this.#fromSchema(name, rows.get(name), due));
      }
    }
    return Object.fromEntries([...rows].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Types that facts.yaml speaks of are no structures of the table. */
  #isExplained(name: string): boolean {
    const { types, structures } = this.#corrections;
    return types[name] !== undefined || structures[name] !== undefined;
  }

  #gone(row: StructureRow): StructureRow {
    return { ...row, removed: row.removed ?? this.#release };
  }

  /** A structure as its Go struct has it: the order is the struct's, what went stays as removed. */
  #structure(
    name: string,
    before: StructureRow | undefined,
    due: readonly StructField[],
  ): StructureRow {
    const known = new Map(before?.fields.map((row) => [identity(row), row]));
    const fields: FieldRow[] = due.map((field) => {
      const row = this.#field(name, field, known.get(identity(field)));
      known.delete(identity(field));
      return row;
    });
    for (const row of known.values()) {
      const index = before?.fields.indexOf(row) ?? fields.length;
      fields.splice(index, 0, { ...row, removed: row.removed ?? this.#release });
    }
    if (before !== undefined) return { ...lifeOf(before), fields };
    // What came with its structure needs no release of its own.
    return { ...this.#since, fields: fields.map(({ since: _, ...row }) => row) };
  }

  /** A structure as the schema alone tells: what it leaves out is deprecated, not gone. */
  #fromSchema(
    name: string,
    before: StructureRow | undefined,
    due: readonly StructField[],
  ): StructureRow {
    const keys = new Set(due.map(identity));
    const known = new Map(before?.fields.map((row) => [identity(row), row]));
    const kept = (before?.fields ?? []).map((row) => {
      if (row.key === '' || keys.has(row.key)) return this.#field(name, asStructField(row), row);
      const isOver = row.removed !== undefined || row.deprecated !== undefined;
      return isOver ? row : { ...row, deprecated: this.#release };
    });
    const inlined = this.#inlinedKeys(name, before);
    const added = due
      .filter(({ key = '' }) => !known.has(key) && !inlined.has(key))
      .map((field) => this.#field(name, field, undefined));
    return {
      ...(before === undefined ? this.#since : lifeOf(before)),
      fields: [...kept, ...added],
    };
  }

  /** The head and common parts of documents are properties of each document in a schema. */
  #inlinedKeys(structure: string, row: StructureRow | undefined): Set<string> {
    const [owner = ''] = structure.split('.');
    const keys = (row?.fields ?? []).flatMap(({ key, type }) => {
      if (key !== '') return [];
      const bare = type.replace(/^\*/, '');
      const name = bare.includes('.') ? bare : `${owner}.${bare}`;
      return (this.#before.structures[name]?.fields ?? []).map((field) => field.key);
    });
    return new Set(['apiVersion', 'kind', ...keys]);
  }

  #field(structure: string, field: StructField, before: FieldRow | undefined): FieldRow {
    const { key = '', type = '' } = field;
    const row: Writable<FieldRow> = { key, type: correctedType(type) };
    if (field.omitEmpty === true) row.omitEmpty = true;
    if (field.merge === 'replace') row.replace = true;
    Object.assign(row, before === undefined ? this.#since : lifeOf(before));
    if (key !== '') Object.assign(row, this.#fromProperty(structure, key, before));
    const deprecated = field.deprecated === true || field.notInSchema === true;
    if (before?.deprecated !== undefined) row.deprecated = before.deprecated;
    else if (deprecated) row.deprecated = this.#release;
    return row;
  }

  /** What the schema says of a field; the last word it had, where it now leaves the field out. */
  #fromProperty(structure: string, key: string, before: FieldRow | undefined): Partial<FieldRow> {
    const type = this.#facts.schema?.[structure];
    const property = type?.properties?.[key];
    if (property === undefined) return before === undefined ? {} : schemaPart(before);
    const { items } = property;
    const words = (property.enum ?? items?.enum)?.map(String);
    const pattern = property.pattern ?? items?.pattern;
    const { minimum, maximum } = property;
    return schemaPart({
      required: type?.required?.includes(key) === true,
      enum: words,
      pattern,
      minimum,
      maximum,
    });
  }
}

type SchemaPart = Pick<FieldRow, 'required' | 'enum' | 'pattern' | 'minimum' | 'maximum'>;

function schemaPart(row: { [K in keyof SchemaPart]: SchemaPart[K] | undefined }): SchemaPart {
  const { required, enum: words, pattern, minimum, maximum } = row;
  return {
    ...(required === true ? { required } : {}),
    ...(words === undefined ? {} : { enum: words }),
    ...(pattern === undefined ? {} : { pattern }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
}

function asStructField({ key, type, omitEmpty, replace }: FieldRow): StructField {
  return { key, type, omitEmpty: omitEmpty === true, merge: replace === true ? 'replace' : '' };
}

function lifeOf({ since, removed }: { since?: string; removed?: string }) {
  return {
    ...(since === undefined ? {} : { since }),
    ...(removed === undefined ? {} : { removed }),
  };
}

/** Inlined structures have no key of their own. */
function identity({ key = '', type = '' }: Pick<StructField, 'key' | 'type'>): string {
  return key === '' ? `inline ${correctedType(type)}` : key;
}

/** The contract of the structs writes the inlined head of a document as `.Meta`. */
function correctedType(type: string): string {
  return type === '.Meta' ? 'meta.Meta' : type;
}

/** The Go type behind a property, as near as a schema tells; objects are taken for pointers. */
function guess(key: string, property: SchemaProperty): StructField {
  return { key, type: guessedType(property), omitEmpty: true };
}

function guessedType(property: SchemaProperty): string {
  const { $ref, type, items } = property;
  if ($ref !== undefined) return `*${$ref.replace('#/$defs/', '')}`;
  if (type === 'array') return `[]${guessedType(items ?? {}).replace(/^\*/, '')}`;
  if (type === 'boolean') return '*bool';
  if (type === 'integer') return '*int';
  if (type === 'object') {
    return property.patternProperties === undefined ? 'meta.Unstructured' : 'map[string]string';
  }
  return 'string';
}
