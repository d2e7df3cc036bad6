import {
  type Document,
  type ErrorCode,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml';
import { configError } from './place.js';
import { troublesome } from './setting-values.js';
import { type Complain, expandAliases, resolveAliases } from './yaml-aliases.js';
import type { YamlValue } from './yaml-values.js';

/** Where a file has spaces. */
export interface Spacing {
  readonly indent: number;
  readonly indentSeq: boolean;
  readonly flowCollectionPadding: boolean;
}

/** How a file is written, so that a change of one line does not reformat all others. */
export interface Layout extends Spacing {
  readonly newline: '\n' | '\r\n';
}

/** A talosconfig, or another file of its kind, as YAML: what it holds and how it is written. */
export interface YamlFile {
  /** Free of aliases and merge keys: copies of what they stand for have replaced them. */
  readonly document: Document;
  readonly layout: Layout;
  /** The line a value starts at, counted from 1; `undefined` for what is not there. */
  readonly lineOf: (value: YamlValue) => number | undefined;
}

/** Which kind of file it is that is read. */
export interface FileKind {
  /** What messages call it. Default: a talosconfig. */
  readonly what?: string | undefined;
  /** How the parts are written of which the file has none yet. Default: as Talos writes. */
  readonly layout?: Spacing | undefined;
}

/**
 * Parses `text`. Scalars stay text, whatever they look like: every value of a talosconfig is text,
 * and Talos too reads a context named `1.10` or `true` by what is written. Only null is told apart.
 *
 * @throws {TalosConfigError} when it is not one YAML document, or one with circular or exploding
 * aliases.
 */
export function parseYaml(
  text: string,
  path: string | undefined,
  { what, layout = talosLayout }: FileKind = {},
): YamlFile {
  const trouble = troubleAt(text);
  if (trouble !== -1) {
    const line = text.slice(0, trouble).split('\n').length;
    throw configError('holds a control character or a stray line separator', { what, path, line });
  }
  const lines = new LineCounter();
  // The parser would keep the carriage return after a comment as part of it.
  const source = text.replaceAll('\r\n', '\n');
  const document = parseDocument(source, {
    schema: 'failsafe',
    customTags: ['null'],
    prettyErrors: false,
    // The parser's own check takes a minute for 40,000 contexts.
    uniqueKeys: false,
    // Unknown tags are none of our business; `silent` would hide a second document.
    logLevel: 'error',
    lineCounter: lines,
  });
  const lineOf = (value: YamlValue) =>
    value?.range == null ? undefined : lines.linePos(value.range[0]).line;
  const [error] = document.errors;
  if (error !== undefined) {
    // The parser's own error is not kept as the cause, since it may quote the file.
    const line = Math.max(lines.linePos(error.pos[0]).line, 1);
    throw configError(problems[error.code] ?? 'is not valid YAML', { what, path, line });
  }
  const complain: Complain = (reason, at) => configError(reason, { what, path, line: lineOf(at) });
  const twin = repeatedKey(document);
  if (twin !== undefined) throw complain('the same key stands twice in one map', twin);
  const aliases = resolveAliases(document, complain);
  // Before aliases are expanded, since copies do not stand where they are in the document.
  const seen = seenLayout(document, source, lines);
  expandAliases(document, aliases, complain);
  attachLastComment(document, source);
  return {
    document,
    layout: { ...layout, ...seen, newline: source === text ? '\n' : '\r\n' },
    lineOf,
  };
}

/** A key that stands in its map before. */
function repeatedKey(document: Document): Scalar | undefined {
  let repeated: Scalar | undefined;
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          repeated = key;
          return visit.BREAK;
        }
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return repeated;
}

/** The text of a document, in the given layout. */
export function printYaml(document: Document, layout: Layout): string {
  const { newline, ...spacing } = layout;
  // Width 0: a long text such as a certificate stays on its line.
  const text = document.toString({ lineWidth: 0, ...spacing });
  return newline === '\n' ? text : text.replaceAll('\n', newline);
}

/** Where the first character that must not be in a file is; -1 if there is none. */
function troubleAt(text: string): number {
  // A file may have one byte order mark, tabs and line ends.
  const blanked = text.replace(/^\ufeff|\t|\r?\n/g, (allowed) => ' '.repeat(allowed.length));
  return blanked.search(troublesome);
}

/**
 * What the YAML parser complains about, in words that quote nothing of the file. Its own messages
 * show the lines around the fault, which may hold a key.
 */
const problems: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: 'is not valid YAML: an alias has no name',
  BAD_DQ_ESCAPE: 'is not valid YAML: unknown escape in a text in double quotes',
  BAD_INDENT: 'is not valid YAML: the indentation does not fit the lines before',
  BAD_SCALAR_START: 'is not valid YAML: a text starts with a reserved character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'is not valid YAML: a second "key: value" begins inside a value',
  BLOCK_IN_FLOW: 'is not valid YAML: indented lines inside brackets',
  KEY_OVER_1024_CHARS: 'is not valid YAML: a key is longer than 1024 characters',
  MISSING_CHAR: 'is not valid YAML: a ":", a quote, a bracket, a comma or a space is missing',
  MULTILINE_IMPLICIT_KEY: 'is not valid YAML: a key goes over several lines, or a ":" is missing',
  MULTIPLE_DOCS: 'holds more than one YAML document; it has to be one document',
  RESOURCE_EXHAUSTION: 'is nested too deeply',
  TAB_AS_INDENT: 'is not valid YAML: a tab where spaces should indent the line',
  UNEXPECTED_TOKEN: 'is not valid YAML: something stands where it cannot',
};

/** What Talos itself writes, for what a file does not show. */
const talosLayout = { indent: 4, indentSeq: true, flowCollectionPadding: false };

/** How the first map, list and brackets of the document are written. */
function seenLayout(document: Document, text: string, lines: LineCounter): Partial<Layout> {
  const seen: { -readonly [Key in keyof Layout]?: Layout[Key] } = {};
  const column = (value: unknown) =>
    isNode(value) && value.range ? lines.linePos(value.range[0]).col : undefined;
  visit(document, {
    Pair(_, { key, value }) {
      if (!isCollection(value) || value.flow || value.items.length === 0) return;
      const outer = column(key);
      const inner = isMap(value) ? column(value.items[0]?.key) : column(value);
      if (outer === undefined || inner === undefined) return;
      if (isMap(value) && inner > outer) seen.indent ??= inner - outer;
      if (isSeq(value)) seen.indentSeq ??= inner > outer;
    },
    Collection(_, { flow, items, range }) {
      if (!flow || items.length === 0 || !range) return;
      seen.flowCollectionPadding ??= /\s/.test(text.charAt(range[0] + 1));
    },
  });
  return seen;
}

/** Makes a comment right below the last line stay there: printing sets that of a document apart. */
function attachLastComment(document: Document, text: string): void {
  const { contents, comment } = document;
  if (!isCollection(contents) || contents.flow || !contents.range || comment === null) return;
  if (/^[ \t]*\n/.test(text.slice(contents.range[2]))) return;
  contents.comment = comment;
  document.comment = null;
}
