import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { nearest } from '../../runtime/arguments/nearest.js';
import { parseBytes } from '../scalars/bytes.js';
import { asNumber, type Resolved } from '../scalars/plain.js';
import { readText, readWord } from '../scalars/text.js';
import type {
  Field,
  FieldType,
  IntegerType,
  ListType,
  StringType,
  Structure,
} from '../structure/structure.js';
import { type DataMap, setOwn, Timestamp } from '../values.js';
import { type Entry, MapReader } from './map-reader.js';
import { type Places, type Problems, pathText, type Step, shownKey } from './problems.js';
import { isKnownIn } from './release.js';
import { resolveScalar, tagOf, textOf } from './scalar.js';

/** What decoding needs besides the nodes. */
export interface DecodeContext {
  readonly problems: Problems;
  readonly places: Places;
  /** The node that an alias stands for. */
  readonly target: (alias: Node) => Node | undefined;
  /** The release that is to read the configuration, as `1.12`. */
  readonly release: string;
  /** How problems name the document. */
  readonly document: string;
}

/** Nothing: a null, or something that cannot be used and has its problem. */
const nothing = undefined;

const texts: ListType = { kind: 'list', item: { kind: 'string' }, pointers: false };

/** Decodes the nodes of a document into a plain value, by its structure. */
export class Decoder {
  readonly #context: DecodeContext;
  readonly #path: Step[] = [];
  readonly #reader: MapReader;

  constructor(context: DecodeContext) {
    this.#context = context;
    this.#reader = new MapReader(context.target, (message, node) => this.#complain(message, node));
  }

  /** The value of a document or a part of one. */
  structure(map: YAMLMap, structure: Structure): DataMap {
    const value = {};
    for (const { key, keyNode, node } of this.#entries(map)) {
      const field = structure.field(key);
      if (field === undefined) this.#unknownKey(key, keyNode, structure);
      else if (this.#isKnown(field, keyNode)) {
        const decoded = this.#at(key, () => this.#value(field.type, node));
        if (decoded !== nothing) setOwn(value, key, decoded);
      }
    }
    return value;
  }

  #isKnown(field: Field, keyNode: Node): boolean {
    const trouble = isKnownIn(this.#context.release, field);
    if (trouble === undefined) return true;
    this.#at(field.key, () => this.#complain(trouble, keyNode));
    return false;
  }

  #value(type: FieldType, given: Node | null): unknown {
    const node = this.#resolved(given);
    if (node === null || (isScalar(node) && resolveScalar(node) === null)) {
      return type.kind === 'args' ? {} : nothing;
    }
    switch (type.kind) {
      case 'struct':
        return isMap(node) ? this.structure(node, type.structure) : this.#refuse('a map', node);
      case 'list':
        return this.#list(type, node);
      case 'map':
        return this.#map(type.value, node);
      case 'args':
        return this.#args(node);
      case 'free':
        return isMap(node) ? this.#free(node) : this.#refuse('a map', node);
      case 'string':
        return this.#string(type, node);
      case 'boolean':
        return this.#boolean(node);
      case 'integer':
        return this.#integer(type, node);
      case 'fileMode':
        return this.#integer({ kind: 'integer', bits: 32, signed: false }, node);
      case 'portRange':
        return this.#portRange(node);
      case 'diskSize':
        return this.#diskSize(node);
    }
  }

  #list(type: ListType, node: Node): unknown {
    if (!isSeq(node)) return this.#refuse('a list', node);
    const list: unknown[] = [];
    for (const [index, item] of (node.items as Node[]).entries()) {
      // Talos leaves null out of lists of texts.
      if (isPlainText(type.item) && this.#isNull(item)) continue;
      const value = this.#at(index, () => this.#item(type.item, item, item));
      if (value !== nothing) list.push(value);
    }
    return list;
  }

  /** What stands in a list or map; null is the empty value where a type has one. */
  #item(type: FieldType, node: Node | null, at: Node): unknown {
    if (!this.#isNull(node)) return this.#value(type, node);
    if (isPlainText(type)) return '';
    return this.#refuse('something; null says nothing here', at);
  }

  #isNull(node: Node | null): boolean {
    const resolved = this.#resolved(node);
    return resolved === null || (isScalar(resolved) && resolveScalar(resolved) === null);
  }

  #map(type: FieldType, node: Node): unknown {
    if (!isMap(node)) return this.#refuse('a map', node);
    const map = {};
    for (const { key, node: value, keyNode } of this.#entries(node)) {
      const decoded = this.#at(key, () => this.#item(type, value, keyNode));
      if (decoded !== nothing) setOwn(map, key, decoded);
    }
    return map;
  }

  #args(node: Node): unknown {
    if (!isMap(node)) return this.#refuse('a map', node);
    const map = {};
    for (const { key, node: given } of this.#entries(node)) {
      this.#at(key, () => {
        const value = this.#resolved(given);
        if (value !== null && isMap(value)) this.#refuse('a text or a list of texts', value);
        else if (value !== null && isSeq(value)) {
          setOwn(map, key, this.#list(texts, value));
        } else {
          const text = value === null ? '' : this.#text(value);
          // An empty value is written as null, so that it is one.
          if (text !== nothing) setOwn(map, key, text === '' ? null : text);
        }
      });
    }
    return map;
  }

  #free(given: Node | null): unknown {
    const node = this.#resolved(given);
    if (node === null) return null;
    if (isMap(node)) {
      const map = {};
      for (const { key, node: value } of this.#entries(node)) {
        setOwn(
          map,
          key,
          this.#at(key, () => this.#free(value)),
        );
      }
      return map;
    }
    if (isSeq(node)) {
      return (node.items as Node[]).map((item, index) => this.#at(index, () => this.#free(item)));
    }
    return this.#scalar(node) ?? null;
  }

  /** What a scalar means; nothing and a problem for a tag that does not fit. */
  #scalar(node: Node): Resolved | undefined {
    const value = isScalar(node) ? resolveScalar(node) : undefined;
    if (value === undefined) this.#complain('has a tag that does not fit it', node);
    return value;
  }

  /** The text of a scalar, whatever it looks like; Talos refuses dates without quotes here. */
  #text(node: Node): string | undefined {
    if (!isScalar(node)) return this.#refuse('a text', node);
    const value = this.#scalar(node);
    if (value === undefined) return nothing;
    if (value instanceof Timestamp) return this.#refuse('a text; put the date in quotes', node);
    if (value === null) return '';
    return typeof value === 'string' && tagOf(node) === 'binary' ? value : textOf(node);
  }

  #string(type: StringType, node: Node): string | undefined {
    if (!isScalar(node)) return this.#refuse('a text', node);
    const text =
      type.format === undefined && type.enum === undefined ? this.#text(node) : this.#raw(node);
    if (text === nothing) return nothing;
    if (type.format === 'duration' && /^[-+]?\d+$/.test(text) && Number(text) !== 0) {
      return this.#refuse('a duration with a unit, like 30s', node);
    }
    const result = readText(text, type);
    if ('due' in result) return this.#refuse(result.due, node);
    return this.#checked(result.text, type, node);
  }

  /** A text that is one of the words and fits the pattern, where there are any. */
  #checked(text: string, type: StringType, node: Node): string | undefined {
    const { enum: words, exact, pattern, judged } = type;
    if (judged === true || (text === '' && exact === true)) return text;
    const word = words === undefined || exact === true ? text : readWord(text, words);
    if (words !== undefined && (word === undefined || !words.includes(word))) {
      const near = nearest(text, words);
      const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
      return this.#refuse(`one of ${words.join(', ')}${hint}`, node);
    }
    if (pattern !== undefined && text !== '' && !new RegExp(pattern).test(text)) {
      return this.#refuse(`a text that matches ${pattern}`, node);
    }
    return word;
  }

  /** Types with a decoder of their own get the text, dates too. */
  #raw(node: Node): string | undefined {
    if (!isScalar(node) || this.#scalar(node) === undefined) return nothing;
    return textOf(node);
  }

  #boolean(node: Node): boolean | undefined {
    const value = isScalar(node) ? this.#scalar(node) : undefined;
    if (typeof value === 'boolean') return value;
    if (/^(?:y|Y|yes|Yes|YES|on|On|ON)$/.test(String(value))) return true;
    if (/^(?:n|N|no|No|NO|off|Off|OFF)$/.test(String(value))) return false;
    return this.#refuse('true or false', node);
  }

  #integer(type: IntegerType, node: Node): number | bigint | undefined {
    const { bits, signed, minimum, maximum } = type;
    const range = 1n << BigInt(signed ? bits - 1 : bits);
    const least = BigInt(minimum ?? (signed ? -range : 0n));
    const most = BigInt(maximum ?? range - 1n);
    const value = isScalar(node) ? this.#scalar(node) : undefined;
    const integer =
      typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))
        ? BigInt(value)
        : undefined;
    if (integer === undefined || integer < least || integer > most) {
      return this.#refuse(`an integer from ${least} to ${most}`, node);
    }
    return asNumber(integer);
  }

  #portRange(node: Node): number | string | undefined {
    const value = isScalar(node) ? this.#scalar(node) : undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535) {
      return value;
    }
    const [, low, high] = /^(\d{1,5})-(\d{1,5})$/.exec(isScalar(node) ? textOf(node) : '') ?? [];
    if (low === undefined || Number(low) > 65_535 || Number(high) > 65_535) {
      return this.#refuse('a port, or two with a dash between, like 1000-2000', node);
    }
    return Number(low) === Number(high) ? Number(low) : `${Number(low)}-${Number(high)}`;
  }

  #diskSize(node: Node): number | bigint | undefined {
    const bytes = isScalar(node) ? parseBytes(textOf(node)) : undefined;
    return bytes === undefined ? this.#refuse('a size like 10GB', node) : asNumber(bytes);
  }

  #entries(map: YAMLMap): Iterable<Entry> {
    return this.#reader.entries(map);
  }

  /** What an alias stands for; other nodes as they are. */
  #resolved(node: Node | null): Node | null {
    return this.#reader.resolved(node);
  }

  #at<T>(step: Step, run: () => T): T {
    this.#path.push(step);
    try {
      return run();
    } finally {
      this.#path.pop();
    }
  }

  #unknownKey(key: string, node: Node, { fields }: Structure): void {
    const near = nearest(
      key,
      fields.map((field) => field.key),
    );
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    this.#complain(`has no key ${shownKey(key)}${hint}`, node);
  }

  #refuse(due: string, node: Node | null): undefined {
    this.#complain(`must be ${due}`, node);
    return nothing;
  }

  #complain(message: string, node: Node | null): void {
    const { problems, places, document } = this.#context;
    problems.add({ message, document, path: pathText(this.#path), ...places(node) });
  }
}

/** Texts of any form: where a null stands for one, it is an empty one. */
function isPlainText(type: FieldType): boolean {
  return type.kind === 'string' && type.format === undefined;
}
