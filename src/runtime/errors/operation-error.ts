import { TalosError } from './talos-error.js';

/**
 * What is known of an operation that did not come to its end.
 *
 * - `unchanged`: nothing was changed on any node.
 * - `changed`: something was done, and the rest was not; the message says what.
 * - `unknown`: an action was sent, and it is not known whether it ran, or still runs.
 */
export type OperationOutcome = 'unchanged' | 'changed' | 'unknown';

/** The facts of a failed operation, under the same names as in `TalosOperationError`. */
export interface OperationFailure {
  readonly operation: string;
  readonly step: string;
  readonly outcome: OperationOutcome;
  readonly node?: string | undefined;
  readonly hint?: string | undefined;
  readonly done?: readonly string[] | undefined;
  readonly left?: readonly string[] | undefined;
}

/**
 * An operation of `talos-client/operations` did not come to its end. The message says what was tried
 * and how far it came; `cause` is what ended it, where that is another error.
 */
export class TalosOperationError extends TalosError {
  /** @internal */
  static override readonly code = 'operation';
  override readonly name = 'TalosOperationError';
  readonly code = 'operation';
  /** The operation: the name of the function that was called. */
  readonly operation: string;
  /** The step that did not succeed; each operation documents its own. */
  readonly step: string;
  /** Whether anything was changed. */
  readonly outcome: OperationOutcome;
  /** The address of the node that it was about; absent where it was about the cluster. */
  readonly node: string | undefined;
  /** What to look at, or what to do next, where that is known. */
  readonly hint: string | undefined;
  /** With operations over many nodes: the addresses of those that are done. */
  readonly done: readonly string[];
  /** With operations over many nodes: the addresses of those that were not begun. */
  readonly left: readonly string[];

  constructor(reason: string, failure: OperationFailure, options?: ErrorOptions) {
    const { operation, step, node, hint, done = [], left = [] } = failure;
    const nodes = [listed('done', done), listed('not begun', left)].join('');
    super(
      `${operation}${node === undefined ? '' : ` of ${node}`}: ${step}: ${reason}${nodes}${
        hint === undefined ? '' : ` (${hint})`
      }`,
      options,
    );
    this.operation = operation;
    this.step = step;
    this.outcome = failure.outcome;
    this.node = node;
    this.hint = hint;
    this.done = done;
    this.left = left;
  }
}

function listed(what: string, nodes: readonly string[]): string {
  return nodes.length === 0 ? '' : `; ${what}: ${nodes.join(', ')}`;
}
