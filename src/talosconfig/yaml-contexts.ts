import { type Document, isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml';
import {
  type BasicAuth,
  type ContextChanges,
  type StoredSettings,
  TalosconfigContext,
} from './context.js';
import { childField, configError, contextField, type Place } from './place.js';
import { checkList, checkText, encodePem } from './setting-values.js';
import type { YamlFile } from './yaml-file.js';
import {
  isNull,
  kindOf,
  mapAt,
  putList,
  putText,
  remove,
  textOf,
  valueAt,
  type YamlValue,
} from './yaml-values.js';

/** What a talosconfig says, in the order of the file. */
export interface Content {
  /** The name of the current context; empty for none. */
  readonly current: string;
  readonly contexts: readonly TalosconfigContext[];
}

/** Where a document comes from. */
export interface Origin {
  readonly path: string | undefined;
  /** The line a value starts at; absent when the document is not the one in the file. */
  readonly lineOf?: YamlFile['lineOf'];
}

/**
 * Reads what the file says, and ignores keys that it does not know.
 *
 * @throws {TalosConfigError} when a value has the wrong shape. The error says where it is.
 */
export function readContent(document: Document, { path, lineOf }: Origin): Content {
  const reader: Reader = {
    place: (field, value) => ({ path, field: field || undefined, line: lineOf?.(value) }),
  };
  const root = readMap(reader, document.contents, '');
  if (root === undefined) return { current: '', contexts: [] };
  const contexts = readMap(reader, valueAt(root, 'contexts'), 'contexts');
  return {
    current: readText(reader, root, '', 'context') ?? '',
    contexts: (contexts?.items ?? []).map((pair) => {
      const { key } = pair;
      const name = textOf(key);
      if (!name) {
        throw configError(
          'a context needs a name that is text and not empty',
          reader.place('contexts', isScalar(key) ? key : undefined),
        );
      }
      return readContext(reader, name, pair);
    }),
  };
}

interface Reader {
  /** Where the value of a field is. */
  readonly place: (field: string, value: YamlValue) => Place;
}

function readContext(reader: Reader, name: string, pair: Pair): TalosconfigContext {
  const field = contextField(name);
  const map = readMap(reader, pair.value as YamlValue, field);
  const text = (key: string) => (map && readText(reader, map, field, key)) || undefined;
  const list = (key: string) => (map ? readList(reader, map, field, key) : []);
  const target = text('target');
  const settings: StoredSettings = {
    endpoints: target === undefined ? list('endpoints') : [...list('endpoints'), target],
    nodes: list('nodes'),
    ca: text('ca'),
    crt: text('crt'),
    key: text('key'),
    ...readAuth(reader, map, field),
    cluster: text('cluster'),
    proxy: text('proxy-url'),
  };
  return new TalosconfigContext(name, settings, (key) => {
    const [first = ''] = key.split(/[.[]/, 1); // of `endpoints[1]` and `auth.basic` the first part
    // What is missing is missing where the context begins.
    return reader.place(
      childField(field, key),
      (map && valueAt(map, first)) ?? (pair.key as YamlValue),
    );
  });
}

function readAuth(
  reader: Reader,
  context: YAMLMap | undefined,
  field: string,
): Pick<StoredSettings, 'basic' | 'identity'> {
  const authField = childField(field, 'auth');
  const auth = context && readMap(reader, valueAt(context, 'auth'), authField);
  const basicField = childField(authField, 'basic');
  const basic = auth && readMap(reader, valueAt(auth, 'basic'), basicField);
  const siderov1Field = childField(authField, 'siderov1');
  const siderov1 = auth && readMap(reader, valueAt(auth, 'siderov1'), siderov1Field);
  const login: BasicAuth | undefined = basic && {
    username: readText(reader, basic, basicField, 'username') ?? '',
    password: readText(reader, basic, basicField, 'password') ?? '',
  };
  return {
    basic: login,
    // An empty identity counts too: Talos signs as soon as the map is there.
    identity: siderov1 && (readText(reader, siderov1, siderov1Field, 'identity') ?? ''),
  };
}

/** The map; `undefined` where there is nothing. */
function readMap(reader: Reader, value: YamlValue, field: string): YAMLMap | undefined {
  if (isMap(value)) return value;
  if (isNull(value)) return undefined;
  throw configError(
    `must be a map of keys and values, not ${kindOf(value)}`,
    reader.place(field, value),
  );
}

function readText(reader: Reader, map: YAMLMap, field: string, key: string): string | undefined {
  const value = valueAt(map, key);
  if (isScalar(value)) return textOf(value);
  if (isNull(value)) return undefined;
  throw configError(
    `must be text, not ${kindOf(value)}`,
    reader.place(childField(field, key), value),
  );
}

function readList(reader: Reader, map: YAMLMap, field: string, key: string): readonly string[] {
  const value = valueAt(map, key);
  if (isNull(value)) return [];
  const own = childField(field, key);
  if (!isSeq(value)) {
    throw configError(
      `must be a list, one "- value" a line, not ${kindOf(value)}`,
      reader.place(own, value),
    );
  }
  return value.items.map((item, index) => {
    const entry = item as YamlValue;
    if (isScalar(entry) || isNull(entry)) return textOf(entry) ?? '';
    throw configError(
      `must be text, not ${kindOf(entry)}`,
      reader.place(`${own}[${index}]`, entry),
    );
  });
}

/**
 * Writes changes into the map of a context. New keys come in the order in which Talos writes them.
 *
 * @throws {TalosConfigError} naming the setting that cannot be written, never its value.
 */
export function writeContext(context: YAMLMap, changes: ContextChanges, field: string): void {
  if (changes.endpoints !== undefined) {
    putList(context, 'endpoints', checkList(changes.endpoints, childField(field, 'endpoints')));
    // Talos adds `target` to the endpoints, so it would bring back one that is to go.
    remove(context, 'target');
  }
  if (changes.nodes !== undefined) {
    const nodes = checkList(changes.nodes ?? [], childField(field, 'nodes'));
    if (nodes.length > 0) putList(context, 'nodes', nodes);
    else remove(context, 'nodes');
  }
  for (const key of ['ca', 'crt', 'key'] as const) {
    write(context, key, changes[key], (value) => encodePem(value, childField(field, key)));
  }
  writeAuth(context, changes, childField(field, 'auth'));
  write(context, 'cluster', changes.cluster, (value) =>
    checkText(value, childField(field, 'cluster')),
  );
  write(context, 'proxy-url', changes.proxy, (value) =>
    checkText(value, childField(field, 'proxy-url')),
  );
}

function writeAuth(context: YAMLMap, { basic, identity }: ContextChanges, field: string): void {
  if (basic) {
    const map = mapAt(mapAt(context, 'auth'), 'basic');
    const own = childField(field, 'basic');
    putText(map, 'username', checkText(basic.username, childField(own, 'username')));
    const { password } = basic; // which may be empty
    putText(map, 'password', password && checkText(password, childField(own, 'password')));
  }
  if (identity) {
    const map = mapAt(mapAt(context, 'auth'), 'siderov1');
    putText(map, 'identity', checkText(identity, childField(field, 'siderov1.identity')));
  }
  const auth = valueAt(context, 'auth');
  if (!isMap(auth)) return;
  if (basic === null) remove(auth, 'basic');
  if (identity === null) remove(auth, 'siderov1');
  if (auth.items.length === 0) remove(context, 'auth');
}

function write<T>(
  map: YAMLMap,
  key: string,
  value: T | null | undefined,
  check: (value: T) => string,
): void {
  if (value === null) remove(map, key);
  else if (value !== undefined) putText(map, key, check(value));
}
