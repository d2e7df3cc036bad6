import { ServerStatus } from '../../../base/calls/status.js';
import { compareText } from '../resource.js';
import { parseQuantity } from './quantity.js';

/** The labels of a resource. */
export type Labels = Readonly<Record<string, string>>;

/** The tests that a term can make; `NOT_EXISTS` is `EXISTS` with `invert`. */
export type LabelOperation =
  | 'EXISTS'
  | 'EQUAL'
  | 'NOT_EXISTS'
  | 'IN'
  | 'LT'
  | 'LTE'
  | 'LT_NUMERIC'
  | 'LTE_NUMERIC';

/** One condition on the labels of a resource, as a request has it. */
export interface LabelTerm {
  readonly key: string;
  readonly op: LabelOperation | (number & {});
  readonly value: readonly string[];
  readonly invert: boolean;
}

/** What a comparison says of a label; nothing when the two cannot be compared. */
type Comparison = (label: string, value: string) => boolean | undefined;

const comparisons: Readonly<Record<string, Comparison>> = {
  LT: (label, value) => compareText(label, value) < 0,
  LTE: (label, value) => compareText(label, value) <= 0,
  LT_NUMERIC: numeric((label, value) => label < value),
  LTE_NUMERIC: numeric((label, value) => label <= value),
};

/**
 * The test of a term. A comparison with a label that is missing, or is no number where one is due,
 * never matches, inverted or not. All other tests take a missing label as "no".
 *
 * Fails with `internal` when the value to compare with is missing: real nodes panic there.
 */
export function labelTest({ key, op, value, invert }: LabelTerm): (labels: Labels) => boolean {
  if (op === 'EXISTS') return (labels) => Object.hasOwn(labels, key) !== invert;
  if (op === 'NOT_EXISTS') return (labels) => !Object.hasOwn(labels, key);
  if (op === 'IN') {
    return (labels) => (Object.hasOwn(labels, key) && value.includes(labels[key] ?? '')) !== invert;
  }
  if (op !== 'EQUAL' && comparisons[op] === undefined) {
    throw new ServerStatus('unimplemented', `unsupported label query operator: ${op}`);
  }
  const [operand] = value;
  if (operand === undefined) {
    throw new ServerStatus('internal', 'runtime error: index out of range [0] with length 0');
  }
  if (op === 'EQUAL') {
    return (labels) => (Object.hasOwn(labels, key) && labels[key] === operand) !== invert;
  }
  const compare = comparisons[op] as Comparison;
  return (labels) => {
    const outcome = Object.hasOwn(labels, key) ? compare(labels[key] ?? '', operand) : undefined;
    return outcome === undefined ? false : outcome !== invert;
  };
}

function numeric(compare: (label: bigint, value: bigint) => boolean): Comparison {
  return (label, value) => {
    const left = parseQuantity(label);
    const right = parseQuantity(value);
    return left === undefined || right === undefined ? undefined : compare(left, right);
  };
}
