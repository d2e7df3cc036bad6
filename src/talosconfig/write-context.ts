import { isMap, type YAMLMap } from 'yaml';
import { checkList, checkText } from './check-text.js';
import { valueAt } from './nodes.js';
import { encodePemField } from './pem-field.js';
import { childField } from './place.js';
import type { ContextChanges } from './settings.js';
import { mapAt, putList, putText, remove } from './write.js';

/**
 * Writes changes into the map of a context, new keys in the order in which Talos writes them.
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
    write(context, key, changes[key], (value) => encodePemField(value, childField(field, key)));
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
