import {
  type Alias,
  type Document,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import { textOf } from './nodes.js';
import type { Complain } from './yaml-file.js';

/**
 * Puts copies in the place of aliases and merge keys (`<<`, which Talos' parser knows), so that
 * reading sees plain data and editing one context never changes another.
 */
export function expandAliases(
  document: Document,
  aliases: ReadonlyMap<Alias, Node>,
  complain: Complain,
): void {
  if (aliases.size > 0) {
    // In document order: what an alias stands for comes before it and is free of aliases by then.
    visit(document, { Alias: (_, alias) => aliases.get(alias)?.clone() as Node | undefined });
  }
  visit(document, {
    Value(_, node) {
      delete node.anchor;
      if (isMap(node)) expandMerges(node, complain);
    },
  });
}

/** What stands in the map itself wins over what is merged in, an earlier source over a later. */
function expandMerges(map: YAMLMap, complain: Complain): void {
  if (!map.items.some(isMerge)) return;
  const taken = new Set(map.items.map((pair) => textOf(pair.key)));
  map.items = map.items.flatMap((pair) => {
    if (!isMerge(pair)) return [pair];
    const sources = isSeq(pair.value) ? pair.value.items : [pair.value];
    return sources.flatMap((source) => {
      if (!isMap(source)) {
        throw complain('"<<" merges maps, and something else stands there', pair.key as Node);
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
