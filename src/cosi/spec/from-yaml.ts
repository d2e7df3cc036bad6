import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  type YAMLMap,
  type Scalar as YamlScalar,
} from 'yaml';
import { resolvePlain } from '../../machine-config/scalars/plain.js';
import { setEntry } from '../../runtime/protobuf/entries.js';
import type { Field, JsonObject, JsonValue, Scalar, Shape, Structure } from './shape.js';
import { urlText } from './url.js';
import { readYamlScalar } from './yaml-scalars.js';
import { isZero, zeroOf, zeroStructure } from './zero.js';

/** A YAML does not fit the shape of its kind. It tells the place, and never the value. */
export class UnfitYaml extends Error {
  constructor(path: readonly string[], due: string) {
    super(`${path.length === 0 ? 'the spec' : path.join('.')}: expected ${due}`);
  }
}

/**
 * What `shape` becomes from YAML as Talos writes it, of any release: fields are found by their keys.
 *
 * @throws {UnfitYaml}
 */
export function readYaml(text: string, shape: Shape): unknown {
  return new YamlReader().read(yamlNode(text), shape);
}

/** The data of any YAML. @throws {UnfitYaml} */
export function yamlData(text: string): JsonValue {
  return new YamlReader().json(yamlNode(text));
}

/** Whether data is a mapping. */
export function isMapping(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a text is a mapping or list in lines of its own, so that it stands below its key. */
export function isBlock(text: string): boolean {
  const node = yamlNode(text);
  return (isMap(node) || isSeq(node)) && node.flow !== true;
}

/** The one value of a text; absent where there is none. Scalars stay text. */
function yamlNode(text: string): Node | null {
  const document = parseDocument(text, {
    schema: 'failsafe',
    customTags: [],
    merge: false,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'error',
  });
  if (document.errors.length > 0) throw new UnfitYaml([], 'YAML');
  return document.contents;
}

/** What stands for nothing: a word without quotes. */
function isNull(node: Node | null | undefined): boolean {
  if (node === null || node === undefined) return true;
  return isScalar(node) && isPlain(node) && resolvePlain(textOf(node)) === null;
}

function isPlain(scalar: YamlScalar): boolean {
  return scalar.type === 'PLAIN' && scalar.tag === undefined;
}

function textOf(scalar: YamlScalar): string {
  return typeof scalar.value === 'string' ? scalar.value : '';
}

/** The single values of a mapping. */
function textsIn(node: YAMLMap): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const { key, value } of node.items) {
    if (isScalar(key) && isScalar(value)) setEntry(texts, textOf(key), textOf(value));
  }
  return texts;
}

/** The value under a key where the node is a mapping with it, else the node itself. */
function fieldOf(node: Node, key: string | undefined): Node | null {
  if (key === undefined || !isMap(node)) return node;
  const pair = node.items.find((item) => isScalar(item.key) && textOf(item.key) === key);
  return (pair?.value ?? null) as Node | null;
}

class YamlReader {
  /** Where the value is that is read now. */
  readonly #path: string[] = [];

  read(node: Node | null | undefined, shape: Shape): unknown {
    if (node === null || node === undefined || isNull(node)) return zeroOf(shape);
    if (isAlias(node)) throw this.#unfit('no alias');
    if (typeof shape === 'string') return this.#scalar(node, shape);
    if ('fields' in shape) return this.#structure(node, shape);
    if ('maybe' in shape) return this.read(node, shape.maybe);
    if ('only' in shape) return this.read(fieldOf(node, shape.key), shape.only);
    if ('untold' in shape) return this.read(node, shape.untold);
    if ('unlessZero' in shape) {
      const value = this.read(node, shape.unlessZero);
      return isZero(value) ? undefined : value;
    }
    if ('list' in shape) return this.#list(node, shape);
    if ('map' in shape) return this.#map(node, shape.map);
    if ('pairs' in shape) return isMap(node) ? textsIn(node) : this.#map(node, 'text');
    if (!isScalar(node)) throw this.#unfit('a word');
    const value = readYamlScalar(textOf(node), shape);
    if (value === undefined) throw this.#unfit('a word');
    return value;
  }

  #scalar(node: Node, shape: Scalar): unknown {
    if (shape === 'json') return this.json(node);
    if (shape === 'url' && isMap(node)) return urlText(textsIn(node));
    if (isSeq(node) && (shape === 'base64' || shape === 'chars')) return this.#bytes(node, shape);
    if (!isScalar(node)) throw this.#unfit('a single value');
    if (node.tag?.endsWith(':binary') === true) {
      const bytes = Buffer.from(textOf(node), 'base64');
      return shape === 'base64' ? bytes.toString('base64') : bytes.toString();
    }
    const value = readYamlScalar(textOf(node), shape);
    if (value === undefined) throw this.#unfit(shape);
    return value;
  }

  /** Bytes as a list of numbers, which is how Go writes them by itself. */
  #bytes(node: Node, shape: 'base64' | 'chars'): string {
    const numbers = this.#list(node, { list: 'uint32' }) as number[];
    return Buffer.from(numbers).toString(shape === 'base64' ? 'base64' : 'utf8');
  }

  #structure(node: Node, structure: Structure): Record<string, unknown> {
    const result = zeroStructure(structure);
    if (!isMap(node)) {
      const field = structure.fields.find(([, , key]) => key === structure.scalar);
      if (field === undefined) throw this.#unfit('a mapping');
      result[field[0]] = this.read(node, field[3]);
      return result;
    }
    const values = new Map<string, Node | null>();
    for (const { key, value } of node.items) {
      if (isScalar(key)) values.set(textOf(key), value as Node | null);
    }
    for (const field of structure.fields) this.#field(node, values, field, result);
    return result;
  }

  #field(
    node: Node,
    values: ReadonlyMap<string, Node | null>,
    [name, , key, holds, olderKey = key]: Field,
    result: Record<string, unknown>,
  ): void {
    const value = key === '' ? node : (values.get(key) ?? values.get(olderKey));
    if (value === undefined) {
      if (typeof holds === 'object' && 'untold' in holds) result[name] = undefined;
      return;
    }
    this.#path.push(key);
    result[name] = this.read(value, holds);
    this.#path.pop();
  }

  #list(
    node: Node,
    { list, orOne }: { readonly list: Shape; readonly orOne?: true },
  ): readonly unknown[] {
    if (!isSeq(node)) {
      if (orOne === true && isScalar(node)) return [this.read(node, list)];
      throw this.#unfit('a list');
    }
    return node.items.map((item, index) => {
      this.#path.push(String(index));
      const value = this.read(item as Node, list);
      this.#path.pop();
      return value;
    });
  }

  #map(node: Node, shape: Shape): Record<string, unknown> {
    if (!isMap(node)) throw this.#unfit('a mapping');
    const record: Record<string, unknown> = {};
    for (const { key, value } of node.items) {
      if (!isScalar(key)) throw this.#unfit('keys that are text');
      this.#path.push(textOf(key));
      setEntry(record, textOf(key), this.read(value as Node | null, shape));
      this.#path.pop();
    }
    return record;
  }

  json(node: Node | null | undefined): JsonValue {
    if (node === null || node === undefined) return null;
    if (isScalar(node)) return isPlain(node) ? plainValue(textOf(node)) : textOf(node);
    if (isSeq(node)) return node.items.map((item) => this.json(item as Node));
    if (!isMap(node)) throw this.#unfit('no alias');
    const record: Record<string, JsonValue> = {};
    for (const { key, value } of node.items) {
      if (!isScalar(key)) throw this.#unfit('keys that are text');
      setEntry(record, textOf(key), this.json(value as Node | null));
    }
    return record;
  }

  #unfit(due: string): UnfitYaml {
    return new UnfitYaml(this.#path, due);
  }
}

/** What a scalar without quotes means; numbers and moments as JSON has them. */
function plainValue(text: string): JsonValue {
  const value = resolvePlain(text);
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'object' && value !== null ? value.text : value;
}
