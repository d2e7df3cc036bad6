import type { KubeObject } from '../objects/object.js';
import { badRequest } from '../problem.js';
import type { Resource } from '../resources.js';

/** Whether an object is one that a request is about. */
export type Matches = (object: KubeObject) => boolean;

/**
 * Reads `labelSelector` and `fieldSelector`.
 *
 * @throws {ApiProblem} when one of them cannot be read, or names a field that objects are not found by.
 */
export function selectorOf(resource: Resource, query: URLSearchParams): Matches {
  const labels = labelSelector(query.get('labelSelector') ?? '');
  const fields = fieldSelector(resource, query.get('fieldSelector') ?? '');
  return (object) => labels(object) && fields(object);
}

/** The terms of a selector: commas in brackets do not part them. */
function terms(text: string): readonly string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');
}

const SET = /^([^\s!=(),]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const EQUAL = /^([^\s!=(),]+)\s*(==|=|!=)\s*([^\s!=(),]*)$/;
const EXISTS = /^(!?)\s*([^\s!=(),]+)$/;

/**
 * Reads a label selector such as `tier=node,k8s-app in (a,b),!old`.
 *
 * @throws {ApiProblem} when it is none.
 */
export function labelSelector(text: string): Matches {
  const wanted = terms(text).map(labelTerm);
  return ({ metadata: { labels = {} } }) => wanted.every((holds) => holds(labels));
}

function labelTerm(term: string): (labels: Readonly<Record<string, string>>) => boolean {
  const set = SET.exec(term);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    const isIn = (labels: Readonly<Record<string, string>>) => {
      const value = labels[key];
      return value !== undefined && values.includes(value);
    };
    return operator === 'in' ? isIn : (labels) => !isIn(labels);
  }
  const equal = EQUAL.exec(term);
  if (equal !== null) {
    const [, key = '', operator, value] = equal;
    return (labels) => (labels[key] === value) !== (operator === '!=');
  }
  const exists = EXISTS.exec(term);
  if (exists === null) throw badRequest(`unable to parse requirement: ${JSON.stringify(term)}`);
  const [, not, key = ''] = exists;
  return (labels) => key in labels !== (not === '!');
}

/** The fields that objects are found by, of every kind and of some. */
const common = ['metadata.name', 'metadata.namespace'];
const own: Readonly<Record<string, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
  ],
  nodes: ['spec.unschedulable'],
  namespaces: ['status.phase'],
};

function fieldSelector(resource: Resource, text: string): Matches {
  const wanted = terms(text).map((term) => {
    const [, field = '', operator, value = ''] = /^([^!=]+)(==|=|!=)(.*)$/.exec(term) ?? [];
    if (operator === undefined) {
      throw badRequest(`invalid selector: ${JSON.stringify(term)}; can't understand it`);
    }
    if (![...common, ...(own[resource.plural] ?? [])].includes(field)) {
      throw badRequest(`field label not supported: ${field}`);
    }
    return { path: field.split('.'), value, isEqual: operator !== '!=' };
  });
  return (object) =>
    wanted.every(({ path, value, isEqual }) => (valueAt(object, path) === value) === isEqual);
}

/** A field as text; one that is not there is empty, or false. */
function valueAt(object: KubeObject, path: readonly string[]): string {
  let value: unknown = object;
  for (const key of path) value = (value as Record<string, unknown> | undefined)?.[key];
  const isFlag = path.at(-1) === 'unschedulable' || path.at(-1) === 'hostNetwork';
  return String(value ?? (isFlag ? false : ''));
}
