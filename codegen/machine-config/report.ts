import type { FieldRow, StructureTable } from './structures.js';

/** What a new release brought, as lines for the one who ran `config:update`. */
export function reportLines(before: StructureTable, after: StructureTable): string[] {
  return [
    ...section('kinds that came', kindsMissingIn(before, after)),
    ...section('kinds that went', kindsMissingIn(after, before)),
    ...section('structures that came', came(before, after)),
    ...section('structures that went', went(before, after)),
    ...section('fields', fieldLines(before, after)),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title} (${lines.length}):`, ...lines.map((l) => `  ${l}`)];
}

function kindsMissingIn(a: StructureTable, b: StructureTable): string[] {
  const known = new Set(a.documents.map(({ kind }) => kind));
  return b.documents
    .map(({ kind }) => kind)
    .flatMap((kind) => (known.has(kind) ? [] : [`${kind}`]));
}

function came(before: StructureTable, after: StructureTable): string[] {
  return Object.keys(after.structures).filter((name) => before.structures[name] === undefined);
}

function went(before: StructureTable, after: StructureTable): string[] {
  return Object.entries(after.structures).flatMap(([name, { removed }]) =>
    removed !== undefined && before.structures[name]?.removed === undefined ? [name] : [],
  );
}

/** Fields of structures that both tables have. */
function fieldLines(before: StructureTable, after: StructureTable): string[] {
  return Object.entries(after.structures).flatMap(([name, { fields }]) => {
    const old = before.structures[name];
    if (old === undefined) return [];
    const known = new Map(old.fields.map((row) => [`${row.key} ${inlineName(row)}`, row]));
    return fields.flatMap((row) => {
      const had = known.get(`${row.key} ${inlineName(row)}`);
      const label = `${name}.${row.key === '' ? `(${row.type})` : row.key}`;
      if (had === undefined) return [`${label}: came, ${row.type}`];
      return changes(had, row).map((change) => `${label}: ${change}`);
    });
  });
}

function inlineName({ key, type }: FieldRow): string {
  return key === '' ? type : '';
}

function changes(had: FieldRow, has: FieldRow): string[] {
  const lines: string[] = [];
  if (had.removed === undefined && has.removed !== undefined) lines.push('went');
  if (had.deprecated === undefined && has.deprecated !== undefined) lines.push('is deprecated now');
  for (const key of ['type', 'omitEmpty', 'replace', 'required', 'pattern'] as const) {
    if (had[key] !== has[key]) lines.push(`${key} was ${had[key]}, is ${has[key]}`);
  }
  for (const key of ['minimum', 'maximum'] as const) {
    if (had[key] !== has[key]) lines.push(`${key} was ${had[key]}, is ${has[key]}`);
  }
  const gone = (had.enum ?? []).filter((word) => has.enum?.includes(word) !== true);
  const fresh = (has.enum ?? []).filter((word) => had.enum?.includes(word) !== true);
  if (gone.length > 0) lines.push(`no longer allows ${gone.join(', ')}`);
  if (fresh.length > 0) lines.push(`allows ${fresh.join(', ')}`);
  return lines;
}
