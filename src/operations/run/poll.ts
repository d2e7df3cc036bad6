import type { AttemptOptions } from './attempt.js';
import type { Operation } from './operation.js';
import { neverMends } from './refusals.js';

/** How something is looked at again and again. All times are milliseconds. */
export interface PollOptions {
  /** What is waited for, such as `the node to be ready`. */
  readonly what: string;
  /** The address of the node that is looked at, if it is another than that of the operation. */
  readonly node?: string | undefined;
  /** The time between two looks. */
  readonly everyMs: number;
  /** How long one look may take. */
  readonly attemptMs: number;
  /**
   * Whether an error of a look ends the wait. Default: none does, but for failures of the operation,
   * what the caller did wrong, and a closed client.
   */
  readonly isFinal?: ((error: unknown) => boolean) | undefined;
}

/** The answer of one look: what was waited for, or why it is not there yet. */
export type Look<T> = { readonly found: T } | { readonly missing: unknown };

/**
 * Looks again and again until something is found, and gives it. Ends with the operation.
 *
 * @param look gets the signal and the deadline of one attempt
 */
export async function poll<Step extends string, T>(
  operation: Operation<Step>,
  { what, node, everyMs, attemptMs, isFinal = () => false }: PollOptions,
  look: (attempt: AttemptOptions) => Promise<Look<T>>,
): Promise<T> {
  const { signal } = operation;
  operation.looksFor(what);
  for (;;) {
    let reason: unknown;
    try {
      const result = await look({ signal, timeoutMs: attemptMs });
      if ('found' in result) {
        operation.found(what);
        return result.found;
      }
      reason = result.missing;
    } catch (error) {
      signal.throwIfAborted();
      if (isFinal(error) || neverMends(error)) throw error;
      reason = error;
    }
    operation.waits(what, reason, node);
    await operation.sleep(everyMs);
  }
}
