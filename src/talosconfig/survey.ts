import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
} from 'yaml';
import type { Complain } from './yaml-file.js';

/** How indentation and brackets are written. */
export interface Layout {
  readonly indent: number;
  readonly indentSeq: boolean;
  readonly flowCollectionPadding: boolean;
}

/** A talosconfig needs five levels. */
const DEEPEST = 64;

/** How many values aliases may add to a file: enough for thousands of contexts. */
const MOST_COPIES = 100_000;

/**
 * Walks over the whole document once: refuses what is too deep or would grow too large through
 * aliases, finds out what each alias stands for, and how the file is laid out.
 */
export function survey(
  document: Document,
  text: string,
  lines: LineCounter,
  complain: Complain,
): { readonly aliases: ReadonlyMap<Alias, Node>; readonly layout: Layout } {
  const anchors = new Map<string, Node>();
  const aliases = new Map<Alias, Node>();
  /** Values in a node with its aliases expanded; absent while it is being walked over. */
  const sizes = new Map<Node, number>();
  let copies = 0;
  const seen: { -readonly [Key in keyof Layout]?: Layout[Key] } = {};
  const column = (node: unknown) =>
    isNode(node) && node.range ? lines.linePos(node.range[0]).col : undefined;

  function walk(node: unknown, depth: number): number {
    if (isPair(node)) {
      lookAtIndent(node);
      return walk(node.key, depth) + walk(node.value, depth);
    }
    if (!isNode(node)) return 0;
    if (depth > DEEPEST) throw complain('is nested too deeply for a talosconfig', node);
    if (isAlias(node)) return follow(node);
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    let size = 1;
    if (isCollection(node)) {
      if (node.flow && node.items.length > 0 && node.range) {
        seen.flowCollectionPadding ??= /\s/.test(text.charAt(node.range[0] + 1));
      }
      for (const item of node.items) size += walk(item, depth + 1);
    }
    sizes.set(node, size);
    return size;
  }

  function follow(alias: Alias): number {
    const target = anchors.get(alias.source);
    if (target === undefined)
      throw complain('an alias refers to an anchor that is not there', alias);
    const size = sizes.get(target);
    if (size === undefined) throw complain('an alias refers to a part that contains it', alias);
    copies += size;
    if (copies > MOST_COPIES) {
      throw complain(`aliases would add more than ${MOST_COPIES} values to the file`, alias);
    }
    aliases.set(alias, target);
    return size;
  }

  function lookAtIndent({ key, value }: Pair): void {
    if (!isCollection(value) || value.flow || value.items.length === 0) return;
    const outer = column(key);
    const inner = isMap(value) ? column(value.items[0]?.key) : column(value);
    if (outer === undefined || inner === undefined) return;
    if (isMap(value) && inner > outer) seen.indent ??= inner - outer;
    if (isSeq(value)) seen.indentSeq ??= inner > outer;
  }

  walk(document.contents, 0);
  return {
    aliases,
    layout: {
      // What Talos itself writes, for what the file does not show.
      indent: 4,
      indentSeq: true,
      flowCollectionPadding: false,
      ...seen,
    },
  };
}
