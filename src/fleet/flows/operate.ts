import type { Operation } from '../../operations/run/operation.js';
import { runOperation } from '../../operations/run/run-operation.js';
import type { ReconnectParts } from '../../reconnect/index.js';
import type { Target } from '../../runtime/target.js';
import type { StepAttempt } from '../flow.js';

/** What a step of a flow is done as. */
export interface OperateSetup {
  /** The name of the flow, for errors. */
  readonly flow: string;
  readonly step: string;
  readonly target: Target;
  readonly timeoutMs: number;
  readonly parts: ReconnectParts | undefined;
}

/** Asks whether this process may still act; to be awaited right before each act. */
export type Confirm = () => Promise<void>;

/**
 * Does a step as operations do theirs: within its time, with what fails as a `TalosOperationError`. It
 * ends with the attempt, and when another process was found to have taken the flow up.
 */
export async function operate<T>(
  { flow, step, target, timeoutMs, parts }: OperateSetup,
  attempt: StepAttempt,
  run: (operation: Operation<string>, confirm: Confirm) => Promise<T>,
): Promise<T> {
  const overtaken = new AbortController();
  const signal = AbortSignal.any([attempt.signal, overtaken.signal]);
  const confirm = async (): Promise<void> => {
    signal.throwIfAborted();
    try {
      await attempt.confirm();
    } catch (error) {
      // What waits and tries again is to end as well.
      overtaken.abort(error);
      throw error;
    }
    signal.throwIfAborted();
  };
  const setup = { name: flow, target, options: { signal }, defaultTimeoutMs: timeoutMs, parts };
  return runOperation<string, T>(setup, (operation) => {
    operation.begin(step);
    return run(operation, confirm);
  });
}
