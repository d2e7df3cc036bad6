import { isMap, type YAMLMap } from 'yaml';
import {
  isNull,
  pairAt,
  putText,
  sameValues,
  textOf,
  valueAt,
  type YamlValue,
} from '../../talosconfig/yaml-values.js';
import { type Entry, type KubeconfigDocument, LISTS, type ListName } from './document.js';

/** What is done with an entry of which the file has another one of the same name. */
export type OnConflict = 'rename' | 'overwrite';

/** An entry that has another name in the file than in the text. */
export interface KubeconfigRename {
  readonly kind: 'cluster' | 'user' | 'context';
  readonly from: string;
  readonly to: string;
}

/** An entry that was in the file before, with other content. */
export interface KubeconfigOverwrite {
  readonly kind: 'cluster' | 'user' | 'context';
  readonly name: string;
}

/** How to merge. */
export interface MergeSettings {
  readonly onConflict: OnConflict;
  /** The name of the one context that is merged. */
  readonly contextName: string | undefined;
}

/** What a merge did. */
export interface Merged {
  /** Whether anything was not there before. */
  readonly changed: boolean;
  readonly renames: readonly KubeconfigRename[];
  readonly overwrites: readonly KubeconfigOverwrite[];
  /** The names of the contexts in the file, by their names in the text. */
  readonly contexts: ReadonlyMap<string, string>;
}

/**
 * Copies the clusters, users and contexts of one kubeconfig into another. An entry that is there
 * already, whatever its name, is not added again. Goes by names in their order, so that the same two
 * kubeconfigs always give the same.
 */
export function mergeInto(
  target: KubeconfigDocument,
  source: KubeconfigDocument,
  { onConflict, contextName }: MergeSettings,
): Merged {
  const renames: KubeconfigRename[] = [];
  const overwrites: KubeconfigOverwrite[] = [];
  let changed = false;

  const merge = (
    list: ListName,
    wantedName: (entry: Entry, content: YamlValue) => string,
    change: (content: YAMLMap) => void = () => {},
  ): ReadonlyMap<string, string> => {
    const kind = LISTS[list];
    const incoming = [...source.entries(list)].sort(byName);
    const wanted = incoming.map((entry) => {
      const content = copyOf(valueAt(entry.map, kind));
      if (isMap(content)) change(content);
      return { entry, content, name: wantedName(entry, content) };
    });
    const reserved = new Set(wanted.map(({ name }) => name));
    const names = new Map<string, string>();
    for (const { entry, content, name } of wanted) {
      const place = placeFor(target.entries(list), kind, name, content, onConflict, reserved);
      changed ||= !place.isSame;
      if (place.entry === undefined) target.add(list, place.name, content);
      else if (!place.isSame) {
        setContent(place.entry.map, kind, content);
        overwrites.push({ kind, name: place.name });
      }
      if (place.name !== entry.name) renames.push({ kind, from: entry.name, to: place.name });
      names.set(entry.name, place.name);
    }
    return names;
  };

  const clusters = merge('clusters', ({ name }) => name);
  const users = merge('users', ({ name }) => following(name, clusters));
  const contexts = merge(
    'contexts',
    ({ name, map }) => {
      if (contextName !== undefined) return contextName;
      const content = valueAt(map, 'context');
      const ownUser = namesOf(content, 'user', users);
      const followed = following(name, ownUser);
      return followed === name ? following(name, namesOf(content, 'cluster', clusters)) : followed;
    },
    (content) => {
      refer(content, 'cluster', clusters);
      refer(content, 'user', users);
    },
  );
  return { changed, renames, overwrites, contexts };
}

interface PlaceInList {
  readonly name: string;
  /** The entry that is there; absent for one that is to be added. */
  readonly entry?: Entry | undefined;
  readonly isSame: boolean;
}

/** Where in the list an entry goes. */
function placeFor(
  entries: readonly Entry[],
  kind: string,
  name: string,
  content: YamlValue,
  onConflict: OnConflict,
  reserved: ReadonlySet<string>,
): PlaceInList {
  const find = (wanted: string) => entries.find((entry) => entry.name === wanted);
  for (let number = 0; ; number += 1) {
    const candidate = number === 0 ? name : `${name}-${number}`;
    // Names that entries of the text have themselves are theirs.
    if (number > 0 && reserved.has(candidate)) continue;
    const entry = find(candidate);
    const isSame = entry !== undefined && sameContent(valueAt(entry.map, kind), content);
    if (entry === undefined || isSame || onConflict === 'overwrite') {
      return { name: candidate, entry, isSame };
    }
  }
}

/**
 * The name of something that is called after others, once they are called otherwise: `admin@a` is
 * `admin@a-1` when the cluster `a` is `a-1`.
 */
function following(name: string, renamed: ReadonlyMap<string, string>): string {
  const changes = [...renamed].filter(([from, to]) => from !== to);
  const longestFirst = changes.sort(([one], [other]) => other.length - one.length);
  for (const [from, to] of longestFirst) {
    if (name === from) return to;
    if (name.endsWith(`@${from}`)) return `${name.slice(0, -from.length)}${to}`;
  }
  return name;
}

/** Of `names`, the one that a context refers to. */
function namesOf(
  content: YamlValue,
  key: string,
  names: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const own = isMap(content) ? textOf(valueAt(content, key)) : undefined;
  const to = own === undefined ? undefined : names.get(own);
  return new Map(own === undefined || to === undefined ? [] : [[own, to]]);
}

/** Lets a context refer to something by its new name. */
function refer(content: YAMLMap, key: string, names: ReadonlyMap<string, string>): void {
  const from = textOf(valueAt(content, key)) ?? '';
  const to = names.get(from);
  if (to !== undefined && to !== from) putText(content, key, to);
}

function setContent(map: YAMLMap, kind: string, content: YamlValue): void {
  const pair = pairAt(map, kind);
  if (pair === undefined) map.set(kind, content);
  else pair.value = content;
}

/** Whether two contents say the same, in whatever order. */
function sameContent(one: YamlValue, other: YamlValue): boolean {
  if (!isMap(one) || !isMap(other)) return sameValues(one, other);
  const keys = new Set([...one.items, ...other.items].map(({ key }) => textOf(key) ?? ''));
  return [...keys].every((key) => sameContent(valueAt(one, key), valueAt(other, key)));
}

function copyOf(content: YamlValue): YamlValue {
  return isNull(content) ? null : ((content as YAMLMap).clone() as YAMLMap);
}

/** By code units, which are the same everywhere. */
function byName(one: Entry, other: Entry): number {
  return one.name < other.name ? -1 : 1;
}
