import type { PatternReader } from './pattern-reader.js';
import { RegexpSyntaxError } from './regexp-error.js';

/** Perl classes: in RE2 they are those of ASCII. */
const perlClasses: Readonly<Record<string, string>> = {
  d: '0-9',
  s: '\\t\\n\\f\\r ',
  w: '0-9A-Za-z_',
};

const posixClasses: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t-\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

const controlEscapes: Readonly<Record<string, number>> = {
  a: 7,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
};

/** A set of characters as a JavaScript class; `fold` adds those that differ in case only. */
export function classSource(items: string, { negated = false, fold = false } = {}): string {
  const folded = fold ? items + otherCases(items) : items;
  if (folded === '') return negated ? '[\\s\\S]' : '[]';
  return `[${negated ? '^' : ''}${folded}]`;
}

/** One code point, written so that it stands for itself inside and outside of classes. */
export function literal(code: number): string {
  return `\\u{${code.toString(16)}}`;
}

/**
 * Reads `\d`, `\pL` and the like, as the items of a JavaScript class. Nothing when something else
 * comes next.
 */
export function readGroupEscape(reader: PatternReader, fold: boolean): string | undefined {
  const perl = reader.match(/\\([dsw])/iy)?.[1];
  if (perl !== undefined) {
    const items = perlClasses[perl.toLowerCase()] as string;
    return perl === perl.toLowerCase() ? items : complement(items, fold);
  }
  const start = reader.pos;
  const unicode = reader.match(/\\([pP])(?:\{(\^?)([^}]*)\}|([^{]))/uy);
  if (unicode === undefined) {
    if (reader.match(/\\[pP]/y) === undefined) return undefined;
    throw new RegexpSyntaxError('invalid character class range', reader.rest(start));
  }
  const [all, letter, caret, long, short] = unicode;
  const property = unicodeProperty(long ?? (short as string));
  if (property === undefined) throw new RegexpSyntaxError('invalid character class range', all);
  if ((letter === 'P') === (caret === '^')) return `\\p{${property}}`;
  return fold ? complement(`\\p{${property}}`, fold) : `\\P{${property}}`;
}

/** The JavaScript name of a general category or script as RE2 names it. */
function unicodeProperty(name: string): string | undefined {
  if (name === 'Any') return name;
  const category = `General_Category=${name}`;
  if (name.length <= 2 && isProperty(category)) return category;
  const script = `Script=${name}`;
  return isProperty(script) ? script : undefined;
}

function isProperty(property: string): boolean {
  try {
    return new RegExp(`\\p{${property}}`, 'u').unicode;
  } catch {
    return false;
  }
}

/** Reads the escape of one character, from its backslash on. */
export function readEscape(reader: PatternReader): number {
  const start = reader.pos;
  const found = reader.match(
    // One octal digit alone would be a backreference, which RE2 does not have.
    /\\(?:x(?:\{(?<braced>[0-9A-Fa-f]+)\}|(?<hex>[0-9A-Fa-f]{2}))|(?<octal>0[0-7]{0,2}|[1-7][0-7]{1,2})|(?<control>[atnvfr])|(?<itself>[^0-9A-Za-z\u{80}-\u{10ffff}]))/uy,
  );
  const { braced, hex, octal, control, itself } = found?.groups ?? {};
  if (itself !== undefined) return itself.charCodeAt(0);
  if (control !== undefined) return controlEscapes[control] as number;
  const code =
    octal === undefined ? Number.parseInt(braced ?? hex ?? '', 16) : Number.parseInt(octal, 8);
  if (code <= 0x10ffff) return code;
  if (found === undefined) throw badEscape(reader, start);
  throw new RegexpSyntaxError('invalid escape sequence', found[0]);
}

function badEscape(reader: PatternReader, start: number): RegexpSyntaxError {
  reader.take();
  if (reader.done) return new RegexpSyntaxError('trailing backslash at end of expression', '');
  // As far as somebody reads who looks for a number.
  if (reader.match(/x\{[0-9A-Fa-f]*/y) === undefined)
    reader.match(/x[0-9A-Fa-f]?/y) ?? reader.take();
  else reader.take();
  return new RegexpSyntaxError('invalid escape sequence', reader.since(start));
}

/** Reads `[…]`, from its bracket on, as a JavaScript class. */
export function readClass(reader: PatternReader, fold: boolean): string {
  const start = reader.pos;
  reader.take();
  const negated = reader.skip('^');
  let items = '';
  for (let first = true; first || reader.peek() !== ']'; first = false) {
    if (reader.done) throw new RegexpSyntaxError('missing closing ]', reader.rest(start));
    items +=
      readPosixClass(reader, fold) ?? readGroupEscape(reader, fold) ?? readRange(reader, start);
  }
  reader.take();
  return classSource(items, { negated, fold });
}

function readPosixClass(reader: PatternReader, fold: boolean): string | undefined {
  const found = reader.match(/\[:(\^?)([^\]]*?):\]/y);
  if (found === undefined) return undefined;
  const items = posixClasses[found[2] as string];
  if (items === undefined) throw new RegexpSyntaxError('invalid character class range', found[0]);
  return found[1] === '' ? items : complement(items, fold);
}

function readRange(reader: PatternReader, classStart: number): string {
  const start = reader.pos;
  const low = readClassCharacter(reader, classStart);
  let high = low;
  // A hyphen at the end of the class stands for itself.
  if (reader.peek() === '-' && !/^-(?:\]|$)/.test(reader.rest())) {
    reader.take();
    high = readClassCharacter(reader, classStart);
  }
  if (high < low) {
    throw new RegexpSyntaxError('invalid character class range', reader.since(start));
  }
  return low === high ? literal(low) : `${literal(low)}-${literal(high)}`;
}

function readClassCharacter(reader: PatternReader, classStart: number): number {
  if (reader.done) throw new RegexpSyntaxError('missing closing ]', reader.rest(classStart));
  return reader.peek() === '\\' ? readEscape(reader) : (reader.take().codePointAt(0) as number);
}

/** The characters that are not in a class, as the items of another. */
function complement(items: string, fold: boolean): string {
  const inside = new RegExp(classSource(items, { fold }), 'u');
  // All classes that come here otherwise are within ASCII.
  const end = fold ? 0x110000 : 0x80;
  let result = '';
  let from = 0;
  for (let code = 0; code < end; code++) {
    if (!inside.test(String.fromCodePoint(code))) continue;
    if (from < code) result += `${literal(from)}-${literal(code - 1)}`;
    from = code + 1;
  }
  return from > 0x10ffff ? result : `${result}${literal(from)}-\\u{10ffff}`;
}

let cased: readonly string[] | undefined;

/** The characters that a class gains when case does not matter. */
function otherCases(items: string): string {
  cased ??= casedCharacters();
  const exact = new RegExp(`[${items}]`, 'u');
  const folded = new RegExp(`[${items}]`, 'iu');
  return cased
    .filter((character) => folded.test(character) && !exact.test(character))
    .map((character) => literal(character.codePointAt(0) as number))
    .join('');
}

/** Every character that has another case. They all are in the first two planes. */
function casedCharacters(): readonly string[] {
  const found: string[] = [];
  for (let code = 0; code < 0x20000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const character = String.fromCodePoint(code);
    if (character.toLowerCase() !== character || character.toUpperCase() !== character) {
      found.push(character);
    }
  }
  return found;
}
