import { type Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { isMap, keysOf, Timestamp } from '../values.js';
import type { Problems } from './problems.js';
import type { YamlDocument } from './yaml.js';

const deepest = 100;

/** A plain value as a document, so that objects go the way of texts. */
export function documentOf(value: unknown, problems: Problems): YamlDocument {
  const maker = new NodeMaker(problems);
  return {
    contents: maker.node(value, 0) ?? null,
    source: '',
    places: () => undefined,
    target: () => undefined,
  };
}

class NodeMaker {
  readonly #problems: Problems;
  readonly #open = new Set<unknown>();

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  node(value: unknown, depth: number): Node | undefined {
    if (typeof value === 'string') {
      const scalar = new Scalar(value);
      // A text is a text, even one that would be a number without quotes.
      scalar.type = Scalar.QUOTE_DOUBLE;
      return scalar;
    }
    if (value === null || value === undefined || value instanceof Timestamp || isPlain(value)) {
      return new Scalar(value ?? null);
    }
    if (depth > deepest || this.#open.has(value)) {
      return this.#refuse(
        depth > deepest ? `is nested deeper than ${deepest} levels` : 'holds itself',
      );
    }
    this.#open.add(value);
    const node = this.#collection(value, depth);
    this.#open.delete(value);
    return node;
  }

  #collection(value: unknown, depth: number): Node | undefined {
    if (Array.isArray(value)) {
      const list = new YAMLSeq();
      for (const item of value) list.items.push(this.node(item, depth + 1) ?? new Scalar(null));
      return list;
    }
    if (!isMap(value) || !isPlainObject(value)) {
      return this.#refuse('holds something that is no data: texts, numbers, lists and maps are');
    }
    const map = new YAMLMap();
    for (const key of keysOf(value)) {
      const keyNode = new Scalar(key);
      keyNode.type = Scalar.QUOTE_DOUBLE;
      map.items.push(new Pair(keyNode, this.node(value[key], depth + 1) ?? new Scalar(null)));
    }
    return map;
  }

  #refuse(message: string): undefined {
    this.#problems.add({ message });
    return undefined;
  }
}

function isPlain(value: unknown): boolean {
  return typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint';
}

/** Maps, dates, buffers and instances of classes are objects too, and mean something else. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
