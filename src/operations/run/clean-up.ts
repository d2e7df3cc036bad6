import { messageOf } from '../../runtime/errors/message-of.js';
import type { Operation } from './operation.js';

/**
 * How long what was prepared may take to be taken back. A virtual IP that moves to another node needs
 * some of it.
 */
const GRACE_MS = 60_000;

/**
 * Runs `run`, and `undo` if that fails: also when the operation was ended by its caller or its time is
 * over. For that it has some time of its own, in which the signal of the operation is one that holds.
 * An error of `undo` is told as a note, and does not hide the failure.
 */
export async function withUndo<Step extends string, Result>(
  operation: Operation<Step>,
  run: () => Promise<Result>,
  undo: (signal: AbortSignal) => Promise<void>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    try {
      await operation.afterFailure(endless(), () => inGrace(operation, undo));
    } catch (second) {
      const text = messageOf(second);
      operation.tell({ type: 'note', text: `could not be taken back: ${text}` });
    }
    throw error;
  }
}

/**
 * Runs `run`, and then `cleanUp` however `run` ended. After a failure it is as with `withUndo`; after a
 * success, an error of `cleanUp` is that of the operation, which its caller can no longer end.
 */
export async function withCleanUp<Step extends string, Result>(
  operation: Operation<Step>,
  run: () => Promise<Result>,
  cleanUp: (signal: AbortSignal) => Promise<void>,
): Promise<Result> {
  const result = await withUndo(operation, run, cleanUp);
  await operation.under(endless(), () => inGrace(operation, cleanUp));
  return result;
}

function inGrace<Step extends string>(
  operation: Operation<Step>,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  return operation.within(GRACE_MS, () => run(operation.signal));
}

/** A signal that only a part of the operation ends. */
function endless(): AbortSignal {
  return new AbortController().signal;
}
