import { anything, callback, signal } from '../../runtime/arguments/kinds.js';
import type { Shape } from '../../runtime/arguments/options.js';
import type { OperationProgress } from './progress.js';

/** What every operation takes. */
export interface OperationOptions<Step extends string = string> {
  /**
   * Ends the operation, which then rejects with the reason of the signal. What it had done to
   * prepare, such as cordoning a node, is taken back first.
   */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the operation gives up. Each operation documents its default. */
  readonly timeoutMs?: number | undefined;
  /** Told how far the operation is. What it throws ends the operation. */
  readonly onProgress?: ((progress: OperationProgress<Step>) => void) | undefined;
}

/** `timeoutMs` is checked where the operation begins. */
export const operationShape: Shape<OperationOptions> = {
  signal,
  timeoutMs: anything,
  onProgress: callback,
};
