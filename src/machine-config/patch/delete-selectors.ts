import { isMap, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import { PatchFailure } from './patch-failure.js';

/** One `$patch: delete`, taken out of a patch document: what it takes away, and from where. */
export interface DeleteSelector {
  readonly apiVersion: string;
  /** `v1alpha1` for the document that states no kind. */
  readonly kind: string;
  /** Absent when the patch states none; documents with a name then do not match. */
  readonly name: string | undefined;
  /** The keys that lead to what goes; items of lists as `[0]`. Empty for the whole document. */
  readonly path: readonly string[];
  /** In a list: which item goes, by the text of one of its fields. */
  readonly item: { readonly key: string; readonly value: string } | undefined;
}

/** What is in a patch document besides its deletions. */
export interface Extraction {
  readonly selectors: readonly DeleteSelector[];
  /** Nothing is left but, at most, the kind and the name. */
  readonly isEmpty: boolean;
}

/**
 * Takes every `$patch: delete` out of a patch document, with the maps and lists that become empty
 * by it, and returns them in reading order. Changes the nodes. Aliases are not followed.
 *
 * @throws PatchFailure where Talos refuses a deletion.
 */
export function extractDeletes(root: Node | null): Extraction {
  const selectors: DeleteSelector[] = [];
  const isDeleted = root !== null && new Walk(root, selectors).isGone(root, undefined, []);
  return { selectors, isEmpty: isDeleted || hasOnlyIdentity(root) };
}

class Walk {
  readonly #root: Node;
  readonly #selectors: DeleteSelector[];

  constructor(root: Node, selectors: DeleteSelector[]) {
    this.#root = root;
    this.#selectors = selectors;
  }

  /** Whether the node is deleted, or has nothing left once deletions are taken out of it. */
  isGone(node: unknown, parent: Node | undefined, path: readonly string[]): boolean {
    if (isMap(node)) return this.#isMapGone(node, parent, path);
    return isSeq(node) && this.#isSeqGone(node, path);
  }

  #isMapGone(map: YAMLMap, parent: Node | undefined, path: readonly string[]): boolean {
    for (let index = 0; index < map.items.length; index += 1) {
      const { key, value } = map.items[index] as (typeof map.items)[number];
      if (isDirective(key, value)) {
        if (!isSeq(parent)) refuseInsideItem(path);
        this.#selectors.push(this.#selector(map, parent, path));
        return true;
      }
      if (!this.isGone(value, map, [...path, textOf(key)])) continue;
      map.items.splice(index, 1);
      index -= 1;
      if (map.items.length === 0) return true;
    }
    return false;
  }

  #isSeqGone(list: YAMLSeq, path: readonly string[]): boolean {
    for (let index = 0; index < list.items.length; index += 1) {
      if (!this.isGone(list.items[index], list, [...path, `[${index}]`])) continue;
      list.items.splice(index, 1);
      index -= 1;
      if (list.items.length === 0) return true;
    }
    return false;
  }

  #selector(map: YAMLMap, parent: Node | undefined, path: readonly string[]): DeleteSelector {
    const item = isSeq(parent) ? itemSelector(map, path) : undefined;
    const apiVersion = findText(this.#root, 'apiVersion');
    const kind = findText(this.#root, 'kind');
    if (path.length === 0 && (apiVersion === undefined || kind === undefined)) {
      const field = apiVersion === undefined ? 'apiVersion' : 'kind';
      throw new PatchFailure(`missing ${field} in document for which $patch: delete is used`);
    }
    if (!apiVersion !== !kind) {
      throw new PatchFailure(`kind and apiVersion must be both set for path ${path.join('.')}`);
    }
    return {
      apiVersion: apiVersion ?? '',
      kind: kind || 'v1alpha1',
      name: findText(this.#root, 'name') || undefined,
      path,
      item,
    };
  }
}

/** The first field besides the directive says which item goes. */
function itemSelector(map: YAMLMap, path: readonly string[]): DeleteSelector['item'] {
  for (const { key, value } of map.items) {
    if (!isDirective(key, value)) return { key: textOf(key), value: textOf(value) };
  }
  throw new PatchFailure(`no key:val found in sequence node for path ${path.join('.')}`);
}

function refuseInsideItem(path: readonly string[]): void {
  if (path.some((part) => part.startsWith('['))) {
    throw new PatchFailure(`cannot delete an inner key in '${path.join('.')}'`);
  }
}

function isDirective(key: unknown, value: unknown): boolean {
  return textOf(key) === '$patch' && isScalar(value) && textOf(value) === 'delete';
}

/** The text of a scalar as it is written; empty for anything else. */
function textOf(node: unknown): string {
  return isScalar(node) ? String(node.value ?? '') : '';
}

function findText(root: Node, key: string): string | undefined {
  if (!isMap(root)) throw new PatchFailure('expected a mapping node');
  const pair = root.items.find((item) => isScalar(item.key) && textOf(item.key) === key);
  return pair === undefined ? undefined : textOf(pair.value);
}

/** Talos drops such a document: it says nothing. */
function hasOnlyIdentity(root: Node | null): boolean {
  return (
    isMap(root) &&
    root.items.every(
      ({ key, value }) =>
        ['version', 'kind', 'name'].includes(textOf(key)) && (value === null || isScalar(value)),
    )
  );
}
