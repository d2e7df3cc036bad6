import { type Document, LineCounter, type Node, parseDocument } from 'yaml';
import type { TalosConfigError } from '../runtime/errors/config-error.js';
import { expandAliases } from './aliases.js';
import type { Value } from './nodes.js';
import { configError } from './place.js';
import { type Layout, survey } from './survey.js';
import { yamlProblem } from './yaml-problem.js';

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
  const lines = new LineCounter();
  const document = parseDocument(text, {
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
  const { aliases, layout } = survey(document, text, lines, complain);
  expandAliases(document, aliases, complain);
  return { document, layout, line };
}

/** The text of a document, in the given layout. */
export function printYaml(document: Document, layout: Layout): string {
  const { indent, indentSeq, flowCollectionPadding, newline } = layout;
  // Width 0: a long text such as a certificate stays on its line.
  const text = document.toString({ lineWidth: 0, indent, indentSeq, flowCollectionPadding });
  return newline === '\n' ? text : text.replaceAll('\n', newline);
}
