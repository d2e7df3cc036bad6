import { isCollection, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';

/** A value in a YAML document, or its absence. */
export type Value = Node | null | undefined;

/** What a node is, for messages. */
export function kindOf(node: Value): string {
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  return isNull(node) ? 'nothing' : 'text';
}

/** Whether nothing stands there: no node, an empty value, `null` or `~`. */
export function isNull(node: Value): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}

/** The text of a scalar; `undefined` for other nodes and for null. */
export function textOf(node: unknown): string | undefined {
  return isScalar(node) && typeof node.value === 'string' ? node.value : undefined;
}

/** The node at `key`. Unlike `map.get` it never converts. */
export function valueAt(map: YAMLMap, key: string): Value {
  return map.items.find((pair) => textOf(pair.key) === key)?.value as Value;
}

/** Whether the map or list is empty brackets, which must not stay brackets once it is filled. */
export function isEmptyFlow(node: Value): boolean {
  return isCollection(node) && node.flow === true && node.items.length === 0;
}

/** Whether two values mean the same: the same texts under the same keys in the same order. */
export function sameValues(one: Value, other: Value): boolean {
  if (isScalar(one) && isScalar(other)) return one.value === other.value;
  if (isSeq(one) && isSeq(other)) {
    return sameItems(one.items, other.items, (a, b) => sameValues(a as Value, b as Value));
  }
  if (isMap(one) && isMap(other)) {
    return sameItems(
      one.items,
      other.items,
      (a, b) =>
        sameValues(a.key as Value, b.key as Value) &&
        sameValues(a.value as Value, b.value as Value),
    );
  }
  return isNull(one) && isNull(other);
}

function sameItems<T>(
  one: readonly T[],
  other: readonly T[],
  same: (a: T, b: T) => boolean,
): boolean {
  return one.length === other.length && one.every((item, at) => same(item, other[at] as T));
}
