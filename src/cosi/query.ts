import type { IDQuery, LabelQuery, LabelTerm } from '../../generated/features/resources.js';
import { described } from '../runtime/arguments/described.js';
import { anything, text } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import { isRecord } from '../runtime/arguments/record.js';
import type { Init } from '../runtime/codec.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';

/**
 * What the value of a label has to be. A text stands for `{ equals: text }`. With `not` the rest must
 * not hold, which a resource without the label fulfils as well; comparisons it never fulfils.
 */
export type LabelCondition =
  | string
  | ({ readonly not?: boolean | undefined } & (
      | { readonly equals: string }
      | { readonly in: readonly string[] }
      | { readonly exists: true }
      | { readonly lessThan: string }
      | { readonly atMost: string }
      /** Compared as numbers, which may have a unit: `10GiB`. */
      | { readonly numberLessThan: string }
      | { readonly numberAtMost: string }
    ));

/** Label → condition; all of them must hold. */
export type LabelFilter = Readonly<Record<string, LabelCondition>>;

/** Which resources of a kind; the node itself filters. */
export interface ResourceQuery {
  /**
   * Conditions on labels. Of a list of filters, one has to hold. Talos puts labels on few resources;
   * `where` filters by anything.
   */
  readonly labels?: LabelFilter | readonly LabelFilter[] | undefined;
  /**
   * An expression of RE2 that has to match somewhere in the id: `^eth`. RE2 is Go's: it has no
   * look-around and no back-references.
   */
  readonly idPattern?: string | undefined;
}

export const queryShape: Shape<ResourceQuery> = { labels: anything, idPattern: text };

const operations = {
  equals: 'EQUAL',
  in: 'IN',
  exists: 'EXISTS',
  lessThan: 'LT',
  atMost: 'LTE',
  numberLessThan: 'LT_NUMERIC',
  numberAtMost: 'LTE_NUMERIC',
} as const;

/**
 * The query as requests have it. `where` names the function whose options they are in errors.
 *
 * @throws {TalosConfigError} for a condition that says nothing, or more than one thing.
 */
export function queriesOf(
  { labels, idPattern }: ResourceQuery,
  where: string,
): { readonly labelQuery: Init<LabelQuery>[]; readonly idQuery: Init<IDQuery> | undefined } {
  const filters = labels === undefined ? [] : Array.isArray(labels) ? labels : [labels];
  return {
    labelQuery: filters.map((filter: LabelFilter) => labelQuery(filter, where)),
    idQuery: idPattern === undefined ? undefined : { regexp: idPattern },
  };
}

function labelQuery(filter: LabelFilter, where: string): Init<LabelQuery> {
  if (!isRecord(filter)) {
    throw refused(where, 'labels', `expected an object of labels, got ${described(filter)}`);
  }
  const terms = Object.entries(filter).map(([key, condition]) => term(key, condition, where));
  if (terms.length === 0) throw refused(where, 'labels', 'a filter without a label takes nothing');
  return { terms };
}

function term(key: string, condition: LabelCondition, where: string): Init<LabelTerm> {
  const field = `labels[${JSON.stringify(key)}]`;
  if (typeof condition === 'string') return { key, op: 'EQUAL', value: [condition] };
  checkOptions(
    condition as Partial<Record<keyof typeof operations | 'not', unknown>>,
    conditionShape,
    `${where}: ${field}`,
    "{ equals: '…' }",
  );
  const { not = false, ...rest } = condition;
  const names = Object.keys(rest) as (keyof typeof operations)[];
  const [name] = names;
  if (name === undefined || names.length > 1) {
    throw refused(where, field, `expected one of ${Object.keys(operations).join(', ')}`);
  }
  const operand: unknown = (rest as Record<string, unknown>)[name];
  return { key, op: operations[name], value: operandOf(name, operand, where, field), invert: not };
}

const conditionShape: Shape<Partial<Record<keyof typeof operations | 'not', unknown>>> = {
  not: anything,
  equals: anything,
  in: anything,
  exists: anything,
  lessThan: anything,
  atMost: anything,
  numberLessThan: anything,
  numberAtMost: anything,
};

function operandOf(name: string, operand: unknown, where: string, field: string): string[] {
  if (name === 'exists') {
    if (operand === true) return [];
    throw refused(where, field, 'exists is true; for labels that must be absent, add not: true');
  }
  const values = name === 'in' && Array.isArray(operand) ? operand : [operand];
  if (values.length > 0 && values.every((value) => typeof value === 'string')) return values;
  const due = name === 'in' ? 'a list of strings' : 'a string';
  throw refused(where, `${field}.${name}`, `expected ${due}, got ${described(operand)}`);
}

function refused(where: string, field: string, problem: string): TalosConfigError {
  return new TalosConfigError(`${where}: ${field}: ${problem}`, { field });
}
