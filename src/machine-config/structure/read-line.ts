import type { Field, FieldType, StringType, Structure, TextFormat } from './field-types.js';

/**
 * A field of a line of the table: `key marks type notes`.
 *
 * Marks: `?` omitted when empty, `*` pointer, `!` required, `=` replaced by patches, `#` secret,
 * `~` words and pattern are left to the validation. Types: `s` text, `@format` text of a format,
 * `{a|b}` one of some words, `(a|b)` one of some words that only the schema knows, `b` boolean, `i32` and `u32` integers, `:Name` structure, `[type` list,
 * `<type` map, `&shape` another shape; `*` behind `[` or `<` says that items are pointers, and `0`
 * behind a text is followed by what stands for absent.
 */
export function readField(line: string, structureNamed: (name: string) => Structure): Field {
  const [key = '', marks = '', sign = '', ...rest] = line.split(' ');
  const notes = readNotes(rest.join(' '));
  let type = withNotes(readType(sign, structureNamed), notes, marks.includes('~'));
  if (type.kind === 'list' && notes.keys !== undefined) {
    const onMatch = notes.match === 'replace' ? 'replace' : 'merge';
    type = { ...type, keys: notes.keys.split(','), onMatch };
  }
  return {
    key,
    type,
    pointer: marks.includes('*'),
    omitEmpty: marks.includes('?'),
    required: marks.includes('!'),
    replace: marks.includes('='),
    secret: marks.includes('#'),
    since: notes.since,
    removed: notes.removed,
    deprecated: notes.deprecated,
  };
}

/** What the notes say of the value, or of the items of a list. */
function withNotes(type: FieldType, notes: Notes, judged: boolean): FieldType {
  if (type.kind === 'list') return { ...type, item: withNotes(type.item, notes, judged) };
  const { pattern, min, max } = notes;
  if (type.kind === 'string') {
    return {
      ...type,
      ...(pattern === undefined ? {} : { pattern }),
      ...(judged ? { judged } : {}),
    };
  }
  if (type.kind !== 'integer' || min === undefined || max === undefined) return type;
  return { ...type, minimum: Number(min), maximum: Number(max) };
}

type Notes = Partial<Record<string, string>>;

/** `name=value` parts; the last one, a pattern, goes to the end of the line. */
function readNotes(text: string): Notes {
  const [before = '', pattern] = text.split(/(?:^| )pattern=(.*)$/);
  const notes = before.split(' ').map((note) => note.split('=') as [string, string]);
  return Object.fromEntries(pattern === undefined ? notes : [...notes, ['pattern', pattern]]);
}

function readType(sign: string, structureNamed: (name: string) => Structure): FieldType {
  const rest = sign.slice(1);
  switch (sign[0]) {
    case 'b':
      return { kind: 'boolean' };
    case 'i':
      return { kind: 'integer', bits: Number(rest), signed: true };
    case 'u':
      return { kind: 'integer', bits: Number(rest), signed: false };
    case ':':
      return { kind: 'struct', structure: structureNamed(rest) };
    case '[':
      return {
        kind: 'list',
        item: readType(rest.replace(/^\*/, ''), structureNamed),
        pointers: rest.startsWith('*'),
      };
    case '<':
      return {
        kind: 'map',
        value: readType(rest.replace(/^\*/, ''), structureNamed),
        pointers: rest.startsWith('*'),
      };
    case '&':
      return { kind: rest as 'args' | 'free' | 'portRange' | 'fileMode' | 'diskSize' };
    case '@': {
      // No name of a format holds a zero.
      const [, format, zero] = /^([^0]*)(?:0(.*))?$/.exec(rest) ?? [];
      return stringType({ format: format as TextFormat }, zero);
    }
    case '{': {
      const end = rest.indexOf('}');
      const words = { enum: rest.slice(0, end).split('|') };
      return stringType(words, rest[end + 1] === '0' ? rest.slice(end + 2) : undefined);
    }
    case '(':
      return { kind: 'string', enum: rest.slice(0, -1).split('|'), exact: true };
    default:
      return { kind: 'string' };
  }
}

function stringType(of: Omit<StringType, 'kind'>, zero: string | undefined): StringType {
  return zero === undefined ? { kind: 'string', ...of } : { kind: 'string', ...of, zero };
}
