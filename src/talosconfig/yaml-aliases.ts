import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  Scalar,
  visit,
  type YAMLMap,
  type Node as YamlNode,
} from 'yaml';
import type { TalosConfigError } from '../runtime/errors/config-error.js';
import { textOf } from './yaml-values.js';

/** Makes the error for a fault at a value of the document. */
export type Complain = (reason: string, at: YamlNode) => TalosConfigError;

/** A talosconfig needs five levels. */
const DEEPEST = 64;

/** How many values aliases may add to a file: enough for thousands of contexts. */
const MOST_COPIES = 100_000;

/**
 * Finds out what each alias stands for. Refuses a document that is nested too deeply, or that its
 * aliases would make too large or endless.
 */
export function resolveAliases(
  document: Document,
  complain: Complain,
): ReadonlyMap<Alias, YamlNode> {
  const anchors = new Map<string, YamlNode>();
  const aliases = new Map<Alias, YamlNode>();
  /** How many values a value holds with its aliases expanded; absent while it is walked over. */
  const sizes = new Map<YamlNode, number>();
  let copies = 0;

  function walk(part: unknown, depth: number): number {
    if (isPair(part)) return walk(part.key, depth) + walk(part.value, depth);
    if (!isNode(part)) return 0;
    if (depth > DEEPEST) throw complain('is nested too deeply', part);
    if (isAlias(part)) return follow(part);
    if (part.anchor !== undefined) anchors.set(part.anchor, part);
    let size = 1;
    if (isCollection(part)) {
      for (const item of part.items) size += walk(item, depth + 1);
    }
    sizes.set(part, size);
    return size;
  }

  function follow(alias: Alias): number {
    const target = anchors.get(alias.source);
    if (target === undefined) {
      throw complain('an alias refers to an anchor that is not there', alias);
    }
    const size = sizes.get(target);
    if (size === undefined) throw complain('an alias refers to a part that contains it', alias);
    copies += size;
    if (copies > MOST_COPIES) {
      throw complain(`aliases would add more than ${MOST_COPIES} values to the file`, alias);
    }
    aliases.set(alias, target);
    return size;
  }

  walk(document.contents, 0);
  return aliases;
}

/**
 * Replaces aliases and merge keys (`<<`, which Talos' parser knows) by copies of what they stand
 * for, so that reading sees plain data and editing one context never changes another.
 */
export function expandAliases(
  document: Document,
  aliases: ReadonlyMap<Alias, YamlNode>,
  complain: Complain,
): void {
  if (aliases.size > 0) {
    // In document order: what an alias stands for comes before it and is free of aliases by then.
    visit(document, { Alias: (_, alias) => aliases.get(alias)?.clone() as YamlNode | undefined });
  }
  visit(document, {
    Value(_, value) {
      delete value.anchor;
      if (isMap(value)) expandMerges(value, complain);
    },
  });
}

/** The map's own keys win over merged ones, and an earlier source wins over a later one. */
function expandMerges(map: YAMLMap, complain: Complain): void {
  if (!map.items.some(isMerge)) return;
  const taken = new Set(map.items.map((pair) => textOf(pair.key)));
  map.items = map.items.flatMap((pair) => {
    if (!isMerge(pair)) return [pair];
    const sources = isSeq(pair.value) ? pair.value.items : [pair.value];
    return sources.flatMap((source) => {
      if (!isMap(source)) {
        throw complain('"<<" merges maps, and something else stands there', pair.key as YamlNode);
      }
      expandMerges(source, complain);
      return source.items.filter(({ key }) => {
        const name = textOf(key);
        return !taken.has(name) && taken.add(name);
      });
    });
  });
}

function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.value === '<<' && key.type === Scalar.PLAIN && key.tag === undefined;
}
