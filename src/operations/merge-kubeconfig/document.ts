import { type Document, isMap, isSeq, Pair, YAMLMap, YAMLSeq } from 'yaml';
import { configError } from '../../talosconfig/place.js';
import { parseYaml, type YamlFile } from '../../talosconfig/yaml-file.js';
import {
  isEmptyFlow,
  isNull,
  kindOf,
  pairAt,
  putText,
  textOf,
  textScalar,
  valueAt,
  type YamlValue,
} from '../../talosconfig/yaml-values.js';

/** A list of a kubeconfig, and the key under which its entries have their content. */
export const LISTS = { clusters: 'cluster', users: 'user', contexts: 'context' } as const;

/** The name of a list of a kubeconfig. */
export type ListName = keyof typeof LISTS;

/** An entry of one of the lists. */
export interface Entry {
  readonly name: string;
  /** The map with the name and the content. */
  readonly map: YAMLMap;
}

/** How kubectl writes the file. */
const layout = { indent: 2, indentSeq: false, flowCollectionPadding: false };

/** A kubeconfig as YAML that can be changed. */
export class KubeconfigDocument {
  readonly file: YamlFile;
  readonly #path: string | undefined;

  /**
   * @param path the file that the text is of; absent when it is of none
   * @throws {TalosConfigError} when it is not a kubeconfig
   */
  constructor(text: string, path: string | undefined) {
    this.#path = path;
    this.file = parseYaml(text, path, { what: 'kubeconfig', layout });
    const { contents } = this.document;
    if (!isNull(contents) && !isMap(contents)) {
      throw this.#error(`must be a map of keys and values, not ${kindOf(contents)}`, contents);
    }
    for (const list of ['clusters', 'users', 'contexts'] as const) this.entries(list);
  }

  get document(): Document {
    return this.file.document;
  }

  /** The name of the current context; absent when there is none. */
  get current(): string | undefined {
    return textOf(valueAt(this.#root, 'current-context')) || undefined;
  }

  set current(name: string) {
    if (this.current !== name) putText(this.#root, 'current-context', name);
  }

  /**
   * The entries of a list.
   *
   * @throws {TalosConfigError} when it is none, or an entry has no name or that of another
   */
  entries(list: ListName): readonly Entry[] {
    const value = valueAt(this.#root, list);
    if (isNull(value)) return [];
    if (!isSeq(value)) throw this.#error(`must be a list, not ${kindOf(value)}`, value, list);
    const names = new Set<string>();
    return value.items.map((item, index) => {
      const map = item as YamlValue;
      const field = `${list}[${index}]`;
      const name = isMap(map) ? textOf(valueAt(map, 'name')) : undefined;
      if (!isMap(map) || !name) throw this.#error('must have a name', map, field);
      const content = valueAt(map, LISTS[list]);
      if (!isNull(content) && !isMap(content)) {
        throw this.#error(
          `must be a map, not ${kindOf(content)}`,
          content,
          `${field}.${LISTS[list]}`,
        );
      }
      if (names.has(name)) throw this.#error('has the name of another entry', map, field);
      names.add(name);
      return { name, map };
    });
  }

  /** Adds an entry at the end of a list. */
  add(list: ListName, name: string, content: YamlValue): void {
    const map = new YAMLMap();
    map.items.push(new Pair(textScalar(LISTS[list]), content));
    map.items.push(new Pair(textScalar('name'), textScalar(name)));
    this.#list(list).items.push(map);
  }

  #list(list: ListName): YAMLSeq {
    const old = valueAt(this.#root, list);
    if (isSeq(old)) {
      if (isEmptyFlow(old)) old.flow = false;
      return old;
    }
    const made = new YAMLSeq();
    const pair = pairAt(this.#root, list);
    if (pair === undefined) this.#root.items.push(new Pair(textScalar(list), made));
    else pair.value = made;
    return made;
  }

  /** The map of the file; an empty file gets one. */
  get #root(): YAMLMap {
    const { contents } = this.document;
    if (isMap(contents)) {
      if (isEmptyFlow(contents)) contents.flow = false;
      return contents;
    }
    const made = new YAMLMap();
    this.document.contents = made;
    putText(made, 'apiVersion', 'v1');
    putText(made, 'kind', 'Config');
    return made;
  }

  #error(reason: string, value: YamlValue, field?: string) {
    const line = this.file.lineOf(value);
    return configError(reason, { what: 'kubeconfig', path: this.#path, field, line });
  }
}
