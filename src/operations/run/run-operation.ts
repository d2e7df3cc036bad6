import { machineParts, type ReconnectParts } from '../../reconnect/retries.js';
import { onAbort } from '../../runtime/abort-listeners.js';
import { checkDuration } from '../../runtime/call.js';
import { isTalosError } from '../../runtime/errors/any-error.js';
import { route, type Target } from '../../runtime/target.js';
import { Operation } from './operation.js';
import type { OperationOptions } from './options.js';

/** What an operation is run with. */
export interface OperationSetup<Step extends string> {
  /** The function that was called. */
  readonly name: string;
  /** What it is about; absent for an operation that asks no node. */
  readonly target?: Target | undefined;
  /** Checked by the caller, but for `timeoutMs`. */
  readonly options: OperationOptions<Step>;
  /** Milliseconds that the operation may take if the options do not say. */
  readonly defaultTimeoutMs: number;
  /** Time and chance. */
  readonly parts?: ReconnectParts | undefined;
}

/**
 * Runs an operation: within its time, until its signals end, and with all that fails as a
 * `TalosOperationError`. Errors of what the caller passed, before anything was changed, a closed
 * client and the reasons of signals stay what they are.
 */
export async function runOperation<Step extends string, Result>(
  { name, target, options, defaultTimeoutMs, parts = machineParts }: OperationSetup<Step>,
  run: (operation: Operation<Step>) => Promise<Result>,
): Promise<Result> {
  const { signal: own, timeoutMs = defaultTimeoutMs, onProgress } = options;
  checkDuration(timeoutMs, 'timeoutMs');
  const ending = new AbortController();
  const signals = [own, target?.[route]().signal].filter((signal) => signal !== undefined);
  // All of them before the first listener: what throws here would leave it behind.
  for (const signal of signals) signal.throwIfAborted();
  const undo = signals.map((signal) => onAbort(signal, (reason) => ending.abort(reason)));
  const tooLate = new Error(`${name} took too long`);
  const timer = parts.clock.start(timeoutMs, () => ending.abort(tooLate), undefined);
  const operation = new Operation<Step>(name, target?.address, ending.signal, parts, onProgress);
  try {
    return await run(operation);
  } catch (error) {
    if (ending.signal.aborted) {
      const { reason } = ending.signal;
      throw reason === tooLate ? operation.timedOut(timeoutMs) : reason;
    }
    if (isTalosError(error) && error.code === 'closed') throw error;
    throw operation.wrapped(error);
  } finally {
    parts.clock.stop(timer);
    for (const step of undo) step();
  }
}
