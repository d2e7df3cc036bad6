import { isMap, isScalar, isSeq, type Node, Pair, Scalar, Schema, YAMLMap, YAMLSeq } from 'yaml';
import { isEmptyFlow, textOf, type Value, valueAt } from './nodes.js';

/** A scalar for `text`, in quotes where a YAML parser might take it for something else. */
export function textNode(text: string): Scalar<string> {
  const node = new Scalar(text);
  if (isAmbiguous(text)) node.type = Scalar.QUOTE_DOUBLE;
  return node;
}

/** Puts `value` at `key`: in the place of the value there, with its comments, or at the end. */
export function putText(map: YAMLMap, key: string, value: string): void {
  const old = valueAt(map, key);
  const node = textNode(value);
  quoteLike(old, node);
  put(map, key, node);
}

/** Puts a list at `key`. Entries that stay keep their comments. */
export function putList(map: YAMLMap, key: string, values: readonly string[]): void {
  const old = valueAt(map, key);
  const left = isSeq(old) ? [...(old.items as Value[])] : [];
  const items = values.map((value) => {
    const at = left.findIndex((item) => textOf(item) === value);
    return at === -1 ? textNode(value) : left.splice(at, 1)[0];
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

/** Takes `key` out, with the comment before it. */
export function remove(map: YAMLMap, key: string): void {
  map.items = map.items.filter((pair) => textOf(pair.key) !== key);
}

function put(map: YAMLMap, key: string, node: Node): void {
  const pair = map.items.find((item) => textOf(item.key) === key);
  if (pair === undefined) {
    map.items.push(new Pair(textNode(key), node));
    return;
  }
  keepComments(pair.value as Value, node);
  pair.value = node;
}

/** The key of a map under another name, with its comments. */
export function renamed(key: unknown, name: string): Scalar<string> {
  const node = textNode(name);
  if (isScalar(key)) {
    quoteLike(key, node);
    keepComments(key, node);
  }
  return node;
}

/** Gives the comments and empty lines around `old` to the node that takes its place. */
function keepComments(old: Value, node: Node): void {
  if (old?.comment != null) node.comment = old.comment;
  if (old?.commentBefore != null) node.commentBefore = old.commentBefore;
  if (old?.spaceBefore) node.spaceBefore = true;
}

function quoteLike(old: Value, node: Scalar): void {
  // The quotes of an empty text are no choice of whoever wrote it.
  const type = isScalar(old) && old.value !== '' ? old.type : undefined;
  if (type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE) node.type = type;
}

let typed: readonly { readonly test?: RegExp | undefined }[] | undefined;

/** Whether a plain scalar with this text is not text by the rules of YAML 1.1 or 1.2. */
function isAmbiguous(text: string): boolean {
  typed ??= ['yaml-1.1', 'core'].flatMap((schema) =>
    new Schema({ schema }).tags.filter((tag) => tag.default && 'test' in tag),
  );
  return text === '<<' || text === '=' || typed.some(({ test }) => test?.test(text));
}
