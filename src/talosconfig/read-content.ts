import { type Document, isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml';
import { type StoredSettings, TalosconfigContext } from './context.js';
import { isNull, kindOf, textOf, type Value, valueAt } from './nodes.js';
import { childField, configError, contextField, type Place } from './place.js';
import type { BasicAuth } from './settings.js';
import type { YamlFile } from './yaml-file.js';

/** What a talosconfig says, in the order of the file. */
export interface Content {
  /** The name of the current context; empty for none. */
  readonly current: string;
  readonly contexts: readonly TalosconfigContext[];
}

/** Where a document comes from. */
export interface Source {
  readonly path: string | undefined;
  /** The line a node starts at; absent when the document is not what stands in the file. */
  readonly line?: YamlFile['line'];
}

/**
 * Reads what the file says. Keys it does not know are none of its business.
 *
 * @throws {TalosConfigError} when a value has the wrong shape, naming where it stands.
 */
export function readContent(document: Document, source: Source): Content {
  const { path, line } = source;
  const reader: Reader = {
    place: (field, node) => ({ path, field: field || undefined, line: line?.(node) }),
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
  readonly place: (field: string, node: Value) => Place;
}

function readContext(reader: Reader, name: string, pair: Pair): TalosconfigContext {
  const field = contextField(name);
  const map = readMap(reader, pair.value as Value, field);
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
      (map && valueAt(map, first)) ?? (pair.key as Value),
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

/** The map; `undefined` where nothing stands. */
function readMap(reader: Reader, node: Value, field: string): YAMLMap | undefined {
  if (isMap(node)) return node;
  if (isNull(node)) return undefined;
  throw configError(
    `must be a map of keys and values, not ${kindOf(node)}`,
    reader.place(field, node),
  );
}

function readText(reader: Reader, map: YAMLMap, field: string, key: string): string | undefined {
  const node = valueAt(map, key);
  if (isScalar(node)) return textOf(node);
  if (isNull(node)) return undefined;
  throw configError(
    `must be text, not ${kindOf(node)}`,
    reader.place(childField(field, key), node),
  );
}

function readList(reader: Reader, map: YAMLMap, field: string, key: string): readonly string[] {
  const node = valueAt(map, key);
  if (isNull(node)) return [];
  const own = childField(field, key);
  if (!isSeq(node)) {
    throw configError(
      `must be a list, one "- value" a line, not ${kindOf(node)}`,
      reader.place(own, node),
    );
  }
  return node.items.map((item, index) => {
    const entry = item as Value;
    if (isScalar(entry) || isNull(entry)) return textOf(entry) ?? '';
    throw configError(
      `must be text, not ${kindOf(entry)}`,
      reader.place(`${own}[${index}]`, entry),
    );
  });
}
