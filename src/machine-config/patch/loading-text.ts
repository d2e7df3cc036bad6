import { isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import type { MachineConfigProblem } from '../error.js';
import { blockOf } from '../format/encode.js';
import { Writer } from '../format/writer.js';
import { shownKey } from '../parse/problems.js';
import { resolveScalar, textOf } from '../parse/scalar.js';
import type { YamlDocument } from '../parse/yaml.js';
import { type FieldType, kindInfo, type Structure } from '../structure/structure.js';
import { type DataMap, keysOf, setOwn, Timestamp } from '../values.js';

/**
 * Why a document of a patch cannot be used, in the words of `talosctl`, but without the texts that
 * stand in it: any of them may be a secret. `problems` is what decoding has found.
 */
export function loadingText(
  document: YamlDocument,
  problems: readonly MachineConfigProblem[],
): string {
  const { contents } = document;
  const line = document.places(contents)?.line ?? 1;
  if (!isMap(contents)) return `expected a YAML document at line ${line}`;
  const field = (key: string) => {
    const pair = (contents.items as Pair<Node, Node | null>[]).find(
      (item) => isScalar(item.key) && textOf(item.key) === key,
    );
    return isScalar(pair?.value) ? textOf(pair.value) : '';
  };
  const [apiVersion, kind, name] = [field('apiVersion'), field('kind'), field('name')].map(
    (text) => (text === '' ? '' : shownKey(text)),
  ) as [string, string, string];
  const place = `error decoding document ${apiVersion}/${kind || 'v1alpha1'}/${name} (line ${line})`;
  return `${place}: ${reason(document, { apiVersion, kind }, problems)}`;
}

function reason(
  document: YamlDocument,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  problems: readonly MachineConfigProblem[],
): string {
  const isOld = problems.some((problem) => problem.document === 'v1alpha1');
  if (kind === '' && !isOld) return 'missing kind';
  if (apiVersion === '' && !isOld) return 'missing apiVersion';
  const structure = kindInfo(kind || 'v1alpha1')?.structure;
  if (structure === undefined) return `"${kind}" "${apiVersion}": not registered`;
  const walk = new Walk(document);
  const unknown = walk.unknown({ kind: 'struct', structure }, document.contents);
  if (walk.misfits.length > 0) {
    const into = kind === '' ? ' to *v1alpha1.Config' : '';
    return `error decoding ${kind}${into}: yaml: construct errors: ${walk.misfits.join('; ')}`;
  }
  if (unknown !== undefined) {
    const text = new Writer().document(blockOf({ kind: 'free' }, unknown));
    return `unknown keys found during decoding:\n${text}`;
  }
  return problems
    .map(({ path, message }) => (path === undefined ? message : `${path}: ${message}`))
    .join('; ');
}

/**
 * Whether values of a document are of other kinds than is due, such as a text for a list; unknown
 * keys are not looked at.
 */
export function hasMisfits(document: YamlDocument, structure: Structure): boolean {
  const walk = new Walk(document);
  walk.unknown({ kind: 'struct', structure }, document.contents);
  return walk.misfits.length > 0;
}

/** Compares nodes with the structures that they should have. */
class Walk {
  /** Values of another type than is due. */
  readonly misfits: string[] = [];
  readonly #document: YamlDocument;

  constructor(document: YamlDocument) {
    this.#document = document;
  }

  /** What no structure knows, in the shape of what it stands in. */
  unknown(type: FieldType, given: Node | null): unknown {
    const node = given === null ? null : (this.#document.target(given) ?? given);
    if (node === null || (isScalar(node) && resolveScalar(node) === null)) return undefined;
    const fits = this.#fits(type, node);
    if (!fits) this.misfits.push(this.#misfit(type, node));
    else if (type.kind === 'list' && isSeq(node)) return this.#inList(type.item, node.items);
    else if (isMap(node) && type.kind === 'map') return this.#inMap(node.items, () => type.value);
    else if (isMap(node) && type.kind === 'struct') {
      return this.#inMap(node.items, (key) => type.structure.field(key)?.type);
    }
    return undefined;
  }

  #inMap(items: unknown[], typeOf: (key: string) => FieldType | undefined): DataMap | undefined {
    const unknown = {};
    for (const { key, value } of items as Pair<Node, Node | null>[]) {
      const text = isScalar(key) ? textOf(key) : '';
      const type = typeOf(text);
      if (text === '<<') continue;
      const part = type === undefined ? shown(value) : this.unknown(type, value);
      if (part !== undefined) setOwn(unknown, shownKey(text), part);
    }
    return keysOf(unknown).length > 0 ? unknown : undefined;
  }

  #inList(type: FieldType, items: unknown[]): unknown[] | undefined {
    const unknown = (items as Node[])
      .map((item) => this.unknown(type, item))
      .filter((part) => part !== undefined);
    return unknown.length > 0 ? unknown : undefined;
  }

  #fits(type: FieldType, node: Node): boolean {
    switch (type.kind) {
      case 'struct':
      case 'map':
      case 'free':
        return isMap(node);
      case 'list':
        return isSeq(node);
      case 'args':
        return isMap(node);
      case 'boolean':
      case 'integer':
        return isScalar(node) && typeof resolveScalar(node) !== 'string';
      default:
        return isScalar(node);
    }
  }

  #misfit(type: FieldType, node: Node): string {
    const tag = isMap(node) ? 'map' : isSeq(node) ? 'seq' : 'str';
    const line = this.#document.places(node)?.line ?? 1;
    return `line ${line}: cannot construct !!${tag} into ${goType(type)}`;
  }
}

/** The name of a type in Go, for those that have one of Go's own. */
function goType(type: FieldType): string {
  switch (type.kind) {
    case 'struct':
      return type.structure.name;
    case 'list':
      return `[]${goType(type.item)}`;
    case 'map':
      return `map[string]${goType(type.value)}`;
    case 'boolean':
      return 'bool';
    case 'integer':
      return `${type.signed ? 'int' : 'uint'}${type.bits}`;
    case 'string':
      return type.format ?? 'string';
    default:
      return type.kind;
  }
}

/** A part of a patch with its texts left out. */
function shown(node: Node | null): unknown {
  if (isSeq(node)) return (node.items as Node[]).map(shown);
  if (isMap(node)) {
    const map = {};
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      setOwn(map, isScalar(key) ? shownKey(textOf(key)) : '', shown(value));
    }
    return map;
  }
  const value = isScalar(node) ? resolveScalar(node) : null;
  return typeof value === 'string' || value instanceof Timestamp ? '(hidden)' : (value ?? null);
}
