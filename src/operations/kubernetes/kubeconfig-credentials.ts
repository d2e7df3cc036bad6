import { parse } from 'yaml';
import { isRecord } from '../../runtime/arguments/record.js';
import type { KubernetesIdentity } from './http/connections.js';

/** What a kubeconfig says of its current context. */
export interface KubeconfigCredentials extends KubernetesIdentity {
  /** The URL of the cluster endpoint. */
  readonly server: URL;
}

/**
 * The server and the certificates of the current context of a kubeconfig that a node made.
 *
 * @throws {Error} naming what is missing, without any value
 */
export function credentialsOf(text: string): KubeconfigCredentials {
  const config = parsed(text);
  const context = named(config, 'contexts', textAt(config, 'current-context'), 'context');
  const cluster = named(config, 'clusters', textAt(context, 'cluster'), 'cluster');
  const user = named(config, 'users', textAt(context, 'user'), 'user');
  const url = textAt(cluster, 'server');
  const server = URL.canParse(url) ? new URL(url) : undefined;
  if (server?.protocol !== 'https:') throw missing('the server is not an https URL');
  return {
    server,
    ca: pemAt(cluster, 'certificate-authority-data'),
    cert: pemAt(user, 'client-certificate-data'),
    key: pemAt(user, 'client-key-data'),
  };
}

type Map = Readonly<Record<string, unknown>>;

function parsed(text: string): Map {
  let content: unknown;
  try {
    content = parse(text, { logLevel: 'error' });
  } catch {
    // The error of the parser quotes the file, and is not kept.
    throw missing('it is not YAML');
  }
  if (!isRecord(content)) throw missing('it is not a map');
  return content as Map;
}

function named(config: Map, list: string, name: string, key: string): Map {
  const items = config[list];
  const item = Array.isArray(items) ? items.find((each) => each?.name === name) : undefined;
  const value: unknown = item?.[key];
  if (!isRecord(value)) throw missing(`its current context has no ${key}`);
  return value as Map;
}

function textAt(map: Map, key: string): string {
  const value = map[key];
  if (typeof value !== 'string' || value === '') throw missing(`${key} is missing`);
  return value;
}

function pemAt(map: Map, key: string): string {
  return Buffer.from(textAt(map, key), 'base64').toString('utf8');
}

function missing(what: string): Error {
  return new Error(`the kubeconfig cannot be used: ${what}`);
}
