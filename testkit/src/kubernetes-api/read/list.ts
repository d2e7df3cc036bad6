import type { KubeObject } from '../objects/object.js';
import { ApiProblem, badRequest } from '../problem.js';
import { groupVersionOf, type Resource } from '../resources.js';
import type { Versions } from '../versions.js';
import type { Matches } from './selectors.js';

/** Which objects a request is about. */
export interface Selection {
  readonly resource: Resource;
  /** Absent for all namespaces. */
  readonly namespace: string | undefined;
  readonly matches: Matches;
}

/** Objects of one kind, and what a list says of them. */
export interface Page {
  readonly items: readonly KubeObject[];
  readonly metadata: object;
}

/** Whether an object is one of those. */
export function isSelected({ namespace, matches }: Selection, object: KubeObject): boolean {
  return (namespace === undefined || object.metadata.namespace === namespace) && matches(object);
}

/**
 * The objects of a list, or as many as the client wants at once.
 *
 * @throws {ApiProblem} when `limit` or `continue` cannot be read.
 */
export function pageOf(versions: Versions, selection: Selection, query: URLSearchParams): Page {
  const all = versions
    .list(selection.resource)
    .filter(({ object }) => isSelected(selection, object));
  const limit = numberOf(query, 'limit') ?? 0;
  const token = query.get('continue') ?? '';
  const { after, version } =
    token === '' ? { after: '', version: versions.version } : readToken(token);
  const rest = all.filter(({ key }) => key > after);
  const items = limit > 0 ? rest.slice(0, limit) : rest;
  const last = items.at(-1);
  const more = rest.length - items.length;
  const isPart = more > 0 && last !== undefined;
  return {
    items: items.map(({ object }) => object),
    metadata: {
      resourceVersion: String(version),
      ...(isPart
        ? { continue: writeToken({ after: last.key, version }), remainingItemCount: more }
        : {}),
    },
  };
}

/** A page as a list of its kind; the objects in it do not say what they are. */
export function listOf({ resource }: Selection, { items, metadata }: Page): object {
  return {
    kind: `${resource.kind}List`,
    apiVersion: groupVersionOf(resource),
    metadata,
    items: items.map(({ apiVersion: _, kind: __, ...item }) => item),
  };
}

/**
 * A whole number of the query.
 *
 * @throws {ApiProblem} when it is none.
 */
export function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  if (text === '') return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw badRequest(`invalid value for ${name}: ${JSON.stringify(text)}`);
}

interface Token {
  readonly after: string;
  readonly version: number;
}

function writeToken(token: Token): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function readToken(text: string): Token {
  try {
    const { after, version } = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (typeof after === 'string' && typeof version === 'number') return { after, version };
  } catch {
    // Said below.
  }
  throw new ApiProblem(400, 'BadRequest', 'continue key is not valid');
}
