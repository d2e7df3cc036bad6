import { readFileSync, writeFileSync } from 'node:fs';
import { compareReleases, releaseOf } from '../releases.js';
import {
  type FieldRow,
  type KindRow,
  type KindTable,
  kindsFormat,
  ResourceFactsError,
} from './table.js';

/** What a file of `talos-resource-specs/1` holds: the resources of one release of Talos. */
export interface ResourceFacts {
  readonly format: 'talos-resource-specs/1';
  readonly talos: string;
  readonly kinds: readonly {
    readonly extension: string;
    readonly type: string;
    readonly namespace: string;
    readonly aliases?: readonly string[];
    readonly sensitivity?: string;
  }[];
  readonly ids: Readonly<Record<string, string>>;
  readonly structs: Readonly<Record<string, readonly SourceField[]>>;
}

interface SourceField {
  readonly yaml: string;
  readonly number?: number;
  readonly type: string;
  readonly omitEmpty?: boolean;
}

/** Reads the table. */
export function readKindTable(file: string): KindTable {
  const table = JSON.parse(readFileSync(file, 'utf8')) as KindTable;
  if (table.format !== kindsFormat) {
    throw new ResourceFactsError(`${file}: expected the format ${kindsFormat}`);
  }
  return table;
}

/** Reads the resources of a release. */
export function readResourceFacts(file: string): ResourceFacts {
  const facts = JSON.parse(readFileSync(file, 'utf8')) as ResourceFacts;
  if (facts.format !== 'talos-resource-specs/1') {
    throw new ResourceFactsError(`${file}: expected the format talos-resource-specs/1`);
  }
  return facts;
}

/** Writes the table: a line for each kind and field, so that a diff shows what changed. */
export function writeKindTable(file: string, table: KindTable): void {
  const { kinds, structures, ...head } = table;
  const lines = kinds.map((kind) => `    ${JSON.stringify(kind)}`);
  const blocks = Object.entries(structures).map(([name, fields]) => {
    const rows = fields.map((field) => `      ${JSON.stringify(field)}`);
    return `    ${JSON.stringify(name)}: [\n${rows.join(',\n')}\n    ]`;
  });
  const start = JSON.stringify(head, undefined, 2).replace(/\n\}$/, '');
  writeFileSync(
    file,
    `${start},\n  "kinds": [\n${lines.join(',\n')}\n  ],\n  "structures": {\n${blocks.join(',\n')}\n  }\n}\n`,
  );
}

/** What an update changes, for people to read. */
export interface KindChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Kinds whose namespace, names or sensitivity changed. */
  readonly changed: readonly string[];
}

/**
 * The table for a newer release, or the same one again. Kinds that it no longer has are gone: the
 * table describes the contract. A field that only got another key remembers the older one.
 */
export function updateKindTable(
  before: KindTable | undefined,
  facts: ResourceFacts,
): { readonly table: KindTable; readonly changes: KindChanges } {
  const release = releaseOf(facts.talos);
  if (release === undefined) throw new ResourceFactsError(`${facts.talos} is no release`);
  const last = before?.releases.at(-1);
  if (last !== undefined && compareReleases(release, last) < 0) {
    throw new ResourceFactsError(`Talos ${release} is older than the table, which is of ${last}`);
  }
  const known = new Map(before?.kinds.map((kind) => [kind.type, kind]));
  const kinds = facts.kinds
    .map((kind) => kindRow(kind, known.get(kind.type), before && release))
    .sort((a, b) => (a.type < b.type ? -1 : 1));
  const table: KindTable = {
    format: kindsFormat,
    releases: [...(before?.releases ?? []).filter((other) => other !== release), release],
    ids: facts.ids,
    kinds,
    structures: Object.fromEntries(
      Object.entries(facts.structs).map(([name, fields]) => [
        name,
        fields.map((field) => fieldRow(name, field, fields, before?.structures[name])),
      ]),
    ),
  };
  const types = new Set(kinds.map(({ type }) => type));
  const changes = {
    added: kinds.filter(({ type }) => !known.has(type)).map(({ type }) => type),
    removed: [...known.keys()].filter((type) => !types.has(type)),
    changed: kinds
      .filter((kind) => known.has(kind.type) && !isSame(kind, known.get(kind.type)))
      .map(({ type }) => type),
  };
  return { table, changes };
}

function isSame(a: KindRow, b: KindRow | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function kindRow(
  { extension, type, namespace, aliases = [], sensitivity }: ResourceFacts['kinds'][number],
  before: KindRow | undefined,
  release: string | undefined,
): KindRow {
  const since = before === undefined ? release : before.since;
  return {
    type,
    go: extension.replace(/(?:Extension|MD)$/, ''),
    namespace,
    ...(aliases.length === 0 ? {} : { aliases }),
    ...(sensitivity === 'Sensitive' ? { sensitive: true } : {}),
    ...(since === undefined ? {} : { since }),
  };
}

function fieldRow(
  structure: string,
  { yaml, number, type, omitEmpty }: SourceField,
  all: readonly SourceField[],
  before: readonly FieldRow[] | undefined,
): FieldRow {
  if (number === undefined) {
    throw new ResourceFactsError(`${structure}.${yaml} has no number in its protobuf`);
  }
  const earlier = before?.find((field) => field.number === number && field.type === type);
  const renamed =
    earlier !== undefined && earlier.key !== yaml && !all.some(({ yaml }) => yaml === earlier.key);
  const olderKey = renamed ? earlier.key : earlier?.olderKey;
  return {
    key: yaml,
    ...(olderKey === undefined ? {} : { olderKey }),
    number,
    type,
    ...(omitEmpty === true ? { omitEmpty } : {}),
  };
}

/** The lines that tell people what an update changed. */
export function kindLines({ added, removed, changed }: KindChanges): string[] {
  return [
    ...removed.map((type) => `Kind removed: ${type}`),
    ...added.map((type) => `Kind added: ${type}`),
    ...changed.map((type) => `Kind changed: ${type}`),
  ];
}
