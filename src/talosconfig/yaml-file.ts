import { type Document, isCollection, LineCounter, type Node, parseDocument } from 'yaml';
import type { TalosConfigError } from '../runtime/errors/config-error.js';
import { expandAliases } from './aliases.js';
import { troubleAt } from './check-text.js';
import type { Value } from './nodes.js';
import { configError } from './place.js';
import { type Layout as SeenLayout, survey } from './survey.js';
import { yamlProblem } from './yaml-problem.js';

/** How a file is written, so that a change of one line does not reformat all others. */
export interface Layout extends SeenLayout {
  readonly newline: '\n' | '\r\n';
}

/** A talosconfig as YAML: what it holds and how it is written. */
export interface YamlFile {
  /** Free of aliases and merge keys: copies of what they stand for are in their place. */
  readonly document: Document;
  readonly layout: Layout;
  /** The line a node starts at. */
  readonly line: (node: Value) => number | undefined;
}

/** Makes the error for a fault at a node. */
export type Complain = (reason: string, node: Node) => TalosConfigError;

/**
 * Parses `text`. Scalars stay text, whatever they look like: every value of a talosconfig is text,
 * and Talos too reads a context named `1.10` or `true` by what is written. Only null is told apart.
 *
 * @throws {TalosConfigError} when it is not one YAML document, or one with circular or exploding
 * aliases.
 */
export function parseYaml(text: string, path: string | undefined): YamlFile {
  const trouble = troubleAt(text);
  if (trouble !== -1) {
    const before = text.slice(0, trouble).split('\n').length;
    throw configError('holds a control character or a stray line separator', {
      path,
      line: before,
    });
  }
  const lines = new LineCounter();
  // The parser would keep the carriage return after a comment as part of it.
  const source = text.replaceAll('\r\n', '\n');
  const document = parseDocument(source, {
    schema: 'failsafe',
    customTags: ['null'],
    prettyErrors: false,
    // Unknown tags are none of our business; `silent` would hide a second document.
    logLevel: 'error',
    lineCounter: lines,
  });
  const line = (node: Value) =>
    node?.range == null ? undefined : lines.linePos(node.range[0]).line;
  const [error] = document.errors;
  if (error !== undefined) {
    // The parser's own error is not kept as the cause, since it may quote the file.
    const at = Math.max(lines.linePos(error.pos[0]).line, 1);
    throw configError(yamlProblem(error.code), { path, line: at });
  }
  const complain: Complain = (reason, node) => configError(reason, { path, line: line(node) });
  const { aliases, layout } = survey(document, source, lines, complain);
  expandAliases(document, aliases, complain);
  attachLastComment(document, source);
  const newline = source === text ? '\n' : '\r\n';
  return { document, layout: { ...layout, newline }, line };
}

/** Makes a comment right below the last line stay there: printing sets that of a document apart. */
function attachLastComment(document: Document, text: string): void {
  const { contents, comment } = document;
  if (!isCollection(contents) || contents.flow || !contents.range || comment === null) return;
  if (/^[ \t]*\n/.test(text.slice(contents.range[2]))) return;
  contents.comment = comment;
  document.comment = null;
}

/** The text of a document, in the given layout. */
export function printYaml(document: Document, layout: Layout): string {
  const { indent, indentSeq, flowCollectionPadding, newline } = layout;
  // Width 0: a long text such as a certificate stays on its line.
  const text = document.toString({ lineWidth: 0, indent, indentSeq, flowCollectionPadding });
  return newline === '\n' ? text : text.replaceAll('\n', newline);
}
