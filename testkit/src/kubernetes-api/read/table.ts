import type { KubeObject } from '../objects/object.js';
import type { Resource } from '../resources.js';
import { type Column, columnsOf } from './columns.js';
import type { Page } from './list.js';

/** Whether a client would rather have a table than objects. */
export function wantsTable(accept: string | undefined): boolean {
  return accepted(accept).some(
    (type) =>
      type.startsWith('application/json') &&
      /;\s*as=Table/.test(type) &&
      /;\s*g=meta\.k8s\.io/.test(type),
  );
}

/** Whether a client takes JSON. */
export function takesJson(accept: string | undefined): boolean {
  const types = accepted(accept);
  return (
    types.length === 0 ||
    types.some((type) => /^(?:\*\/\*|application\/(?:json|\*))(?:;|$)/.test(type))
  );
}

function accepted(accept = ''): readonly string[] {
  return accept
    .split(',')
    .map((type) => type.trim())
    .filter((type) => type !== '');
}

/** Objects as the rows of a table, as `kubectl get` prints them. `now` is the time that ages end. */
export function tableOf(resource: Resource, { items, metadata }: Page, now: number): object {
  const columns = columnsOf(resource.plural);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columns.map(({ name, type = 'string', format = '', priority = 0 }) => ({
      name,
      type,
      format,
      description: '',
      priority,
    })),
    rows: items.map((object) => ({
      cells: columns.map(({ cell }: Column) => cell(object, now)),
      object: {
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: object.metadata,
      },
    })),
  };
}

/** One object as a table with one row. */
export function rowOf(resource: Resource, object: KubeObject, now: number): object {
  const { resourceVersion } = object.metadata;
  return tableOf(resource, { items: [object], metadata: { resourceVersion } }, now);
}
