import { oneLine } from './one-line.js';
import { brand, isInstance } from './talos-error.js';

/** One node that failed, with its error. */
export interface NodeFailure {
  /** The address of the node. */
  readonly node: string;
  readonly error: unknown;
}

/**
 * Some nodes of a fan-out failed. `failures` says which and why; `errors` are the same errors
 * without the nodes, as in every `AggregateError`.
 */
export class TalosFanOutError extends AggregateError {
  /** @internal */
  static readonly code = 'fan-out';
  override readonly name = 'TalosFanOutError';
  readonly code = 'fan-out';
  /** Each failed node with its error, in the order in which the nodes were given. */
  readonly failures: readonly NodeFailure[];

  constructor(failures: readonly NodeFailure[], total: number) {
    super(
      failures.map(({ error }) => error),
      oneLine(
        `${failures.length} of ${total} nodes failed: ${failures
          .map(({ node, error }) => `${node}: ${error instanceof Error ? error.message : error}`)
          .join('; ')}`,
      ),
    );
    this.failures = failures;
  }

  /** Marks the errors of every copy of the package in the process. */
  get [brand](): true {
    return true;
  }

  /** Errors of every copy of the package in the process are instances. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: it is the class that stands right of `instanceof`.
    return isInstance(this, value);
  }
}
