import type { FieldModel, MachineConfigModel, StructureModel } from './model.js';
import type { ValueType } from './types.js';

/**
 * The run-time table: one text per structure, a line per field, read by
 * `src/machine-config/structure/read-line.ts`, which says what the signs mean.
 */
export function structureLines({ fields }: StructureModel, nameOf: NameOf): string[] {
  return fields.map((field) => fieldLine(field, nameOf));
}

/** The name of a structure in TypeScript by its name in the table. */
export type NameOf = (id: string) => string;

export function namesOf({ structures }: MachineConfigModel): NameOf {
  const names = new Map(structures.map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? id;
}

function fieldLine(field: FieldModel, nameOf: NameOf): string {
  const marks = [
    field.omitEmpty ? '?' : '',
    field.pointer ? '*' : '',
    field.required ? '!' : '',
    field.replace ? '=' : '',
    field.secret ? '#' : '',
    field.judged ? '~' : '',
  ].join('');
  const notes = [
    note('since', field.since),
    note('removed', field.removed),
    note('deprecated', field.deprecated),
    note('keys', field.list?.keys.join(',')),
    note('match', field.list?.onMatch),
    note('min', field.minimum),
    note('max', field.maximum),
    // A pattern may hold spaces: it comes last.
    note('pattern', field.pattern),
  ];
  const parts = [
    marks,
    typeSign(field.type, field, nameOf),
    ...notes.filter((part) => part !== ''),
  ];
  return `${field.key} ${parts.join(' ')}`;
}

function note(name: string, value: string | number | undefined): string {
  return value === undefined ? '' : `${name}=${value}`;
}

function typeSign(type: ValueType, field: FieldModel, nameOf: NameOf): string {
  switch (type.kind) {
    case 'string':
      if (type.format !== undefined) return `@${type.format}${zeroSign(type.zero)}`;
      return field.words === undefined ? 's' : `(${field.words.join('|')})`;
    case 'words':
      return `{${type.words.join('|')}}${zeroSign(type.zero)}`;
    case 'integer':
      return `${type.signed ? 'i' : 'u'}${type.bits}`;
    case 'boolean':
      return 'b';
    case 'structure':
      return `:${nameOf(type.structure)}`;
    case 'list':
      return `[${type.pointers ? '*' : ''}${typeSign(type.item, field, nameOf)}`;
    case 'map':
      return `<${type.pointers ? '*' : ''}${typeSign(type.value, field, nameOf)}`;
    case 'shape':
      return `&${type.shape}`;
  }
}

function zeroSign(zero: string | undefined): string {
  return zero === undefined ? '' : `0${zero}`;
}
