import {
  isCollection,
  isMap,
  isScalar,
  isSeq,
  Pair,
  Scalar,
  Schema,
  YAMLMap,
  YAMLSeq,
  type Node as YamlNode,
} from 'yaml';

/** A value in a YAML document, or its absence. */
export type YamlValue = YamlNode | null | undefined;

/** What a value is, for messages. */
export function kindOf(value: YamlValue): string {
  if (isMap(value)) return 'a map';
  if (isSeq(value)) return 'a list';
  return isNull(value) ? 'nothing' : 'text';
}

/** Whether there is nothing: no value, an empty one, `null` or `~`. */
export function isNull(value: YamlValue): boolean {
  return value === null || value === undefined || (isScalar(value) && value.value === null);
}

/** The text of a scalar; `undefined` for other values and for null. */
export function textOf(value: unknown): string | undefined {
  return isScalar(value) && typeof value.value === 'string' ? value.value : undefined;
}

/** The value at `key`. Unlike `map.get` it never converts. */
export function valueAt(map: YAMLMap, key: string): YamlValue {
  return pairAt(map, key)?.value as YamlValue;
}

/** The pair at `key`, with the key as it is written. */
export function pairAt(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => textOf(pair.key) === key);
}

/** Whether the map or list is empty brackets, which must not stay brackets once it is filled. */
export function isEmptyFlow(value: YamlValue): boolean {
  return isCollection(value) && value.flow === true && value.items.length === 0;
}

/** Whether two values mean the same: the same texts under the same keys in the same order. */
export function sameValues(one: YamlValue, other: YamlValue): boolean {
  if (isScalar(one) && isScalar(other)) return one.value === other.value;
  if (isSeq(one) && isSeq(other)) {
    return sameItems(one.items, other.items, (a, b) => sameValues(a as YamlValue, b as YamlValue));
  }
  if (isMap(one) && isMap(other)) {
    return sameItems(
      one.items,
      other.items,
      (a, b) =>
        sameValues(a.key as YamlValue, b.key as YamlValue) &&
        sameValues(a.value as YamlValue, b.value as YamlValue),
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

/** A scalar for `text`, in quotes where a YAML parser might take it for something else. */
export function textScalar(text: string): Scalar<string> {
  const scalar = new Scalar(text);
  if (isAmbiguous(text)) scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

/** Replaces the value at `key` and keeps the comments there; adds a missing key at the end. */
export function putText(map: YAMLMap, key: string, text: string): void {
  const scalar = textScalar(text);
  quoteLike(valueAt(map, key), scalar);
  put(map, key, scalar);
}

/** Puts a list at `key`. Entries that stay keep their comments. */
export function putList(map: YAMLMap, key: string, texts: readonly string[]): void {
  const old = valueAt(map, key);
  const left = isSeq(old) ? [...(old.items as YamlValue[])] : [];
  const items = texts.map((text) => {
    const at = left.findIndex((item) => textOf(item) === text);
    return at === -1 ? textScalar(text) : left.splice(at, 1)[0];
  });
  if (!isSeq(old)) {
    const list = new YAMLSeq();
    list.items = items;
    put(map, key, list);
    return;
  }
  if (isEmptyFlow(old)) old.flow = false;
  old.items = items;
}

/** The map at `key`, made if there is none. */
export function mapAt(map: YAMLMap, key: string): YAMLMap {
  const old = valueAt(map, key);
  if (!isMap(old)) {
    const made = new YAMLMap();
    put(map, key, made);
    return made;
  }
  if (isEmptyFlow(old)) old.flow = false;
  return old;
}

/** Removes `key`, with the comment before it. */
export function remove(map: YAMLMap, key: string): void {
  map.items = map.items.filter((pair) => textOf(pair.key) !== key);
}

function put(map: YAMLMap, key: string, value: YamlNode): void {
  const pair = pairAt(map, key);
  if (pair === undefined) {
    map.items.push(new Pair(textScalar(key), value));
    return;
  }
  keepComments(pair.value as YamlValue, value);
  pair.value = value;
}

/** The key of a map under another name, with its comments. */
export function renamed(key: unknown, name: string): Scalar<string> {
  const scalar = textScalar(name);
  if (isScalar(key)) {
    quoteLike(key, scalar);
    keepComments(key, scalar);
  }
  return scalar;
}

/** Gives the comments and empty lines around `old` to the value that replaces it. */
function keepComments(old: YamlValue, value: YamlNode): void {
  if (old?.comment != null) value.comment = old.comment;
  if (old?.commentBefore != null) value.commentBefore = old.commentBefore;
  if (old?.spaceBefore) value.spaceBefore = true;
}

function quoteLike(old: YamlValue, scalar: Scalar): void {
  // The quotes around an empty text were not chosen by whoever wrote it.
  const type = isScalar(old) && old.value !== '' ? old.type : undefined;
  if (type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE) scalar.type = type;
}

let typed: readonly { readonly test?: RegExp | undefined }[] | undefined;

/** Whether a plain scalar with this text is not text by the rules of YAML 1.1 or 1.2. */
function isAmbiguous(text: string): boolean {
  typed ??= ['yaml-1.1', 'core'].flatMap((schema) =>
    new Schema({ schema }).tags.filter((tag) => tag.default && 'test' in tag),
  );
  return text === '<<' || text === '=' || typed.some(({ test }) => test?.test(text));
}
