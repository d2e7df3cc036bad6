import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import { textOf } from './scalar.js';

/** A key of a mapping and what stands under it. */
export interface Entry {
  readonly key: string;
  readonly keyNode: Node;
  readonly node: Node | null;
}

/** Reads mappings: follows aliases, and takes in what merge keys name. */
export class MapReader {
  readonly #target: (alias: Node) => Node | undefined;
  readonly #complain: (message: string, node: Node) => void;

  constructor(
    target: (alias: Node) => Node | undefined,
    complain: (message: string, node: Node) => void,
  ) {
    this.#target = target;
    this.#complain = complain;
  }

  /** Entries of a mapping, those that a merge key brings in after its own. */
  *entries(map: YAMLMap): Iterable<Entry> {
    const own = map.items as Pair<Node, Node | null>[];
    const merges = own.filter(({ key }) => isMergeKey(key));
    const seen = new Set<string>();
    for (const { key: given, value } of own) {
      const keyNode = this.resolved(given) ?? given;
      if (isMergeKey(given)) continue;
      if (!isScalar(keyNode)) {
        this.#complain('has a key that is no text', given);
        continue;
      }
      const key = textOf(keyNode);
      seen.add(key);
      yield { key, keyNode, node: value };
    }
    for (const { key, value } of merges) yield* this.#merged(value, key, seen);
  }

  *#merged(value: Node | null, keyNode: Node, seen: Set<string>): Iterable<Entry> {
    const node = this.resolved(value);
    if (node !== null && isSeq(node)) {
      for (const item of node.items as Node[]) yield* this.#merged(item, keyNode, seen);
    } else if (node !== null && isMap(node)) {
      for (const entry of this.entries(node)) {
        if (seen.has(entry.key)) continue;
        seen.add(entry.key);
        yield entry;
      }
    } else this.#complain('merges what is no map', keyNode);
  }

  /** What an alias stands for; other nodes as they are. */
  resolved(node: Node | null): Node | null {
    let found = node;
    while (found !== null && isAlias(found)) found = this.#target(found) ?? null;
    return found;
  }
}

function isMergeKey(key: Node): boolean {
  return isScalar(key) && key.value === '<<' && (key.type === undefined || key.type === 'PLAIN');
}
