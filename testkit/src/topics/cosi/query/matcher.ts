import { ServerStatus } from '../../../base/calls/status.js';
import type { Resource } from '../resource.js';
import { type LabelTerm, labelTest } from './label-term.js';
import { compileRe2 } from './re2.js';
import { RegexpSyntaxError } from './regexp-error.js';

/** The filters of a list or watch, as a request has them. */
export interface ResourceQuery {
  readonly labelQuery: readonly { readonly terms: readonly LabelTerm[] }[];
  readonly idQuery?: { readonly regexp: string } | undefined;
}

/** Whether a resource is asked for. */
export type Matcher = (resource: Resource) => boolean;

/**
 * The test of a request's filters: one of the label queries with all its terms, and the id.
 *
 * Fails with the status of the call when a filter is no good; before anybody asks whether the
 * caller may read at all.
 */
export function matcherOf(query: ResourceQuery | undefined): Matcher {
  const queries = query?.labelQuery.map(({ terms }) => terms.map(labelTest)) ?? [];
  const id = idTest(query?.idQuery?.regexp ?? '');
  return ({ metadata }) =>
    id(metadata.id) &&
    (queries.length === 0 || queries.some((tests) => tests.every((test) => test(metadata.labels))));
}

function idTest(expression: string): (id: string) => boolean {
  if (expression === '') return () => true;
  try {
    const compiled = compileRe2(expression);
    return (id) => compiled.test(id);
  } catch (cause) {
    if (!(cause instanceof RegexpSyntaxError)) throw cause;
    throw new ServerStatus('invalid-argument', `failed to compile regexp: ${cause.message}`, {
      cause,
    });
  }
}
