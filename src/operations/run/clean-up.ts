import type { Operation } from './operation.js';

/**
 * How long what was prepared may take to be taken back. A virtual IP that moves to another node needs
 * some of it.
 */
const GRACE_MS = 60_000;

/**
 * Runs `run`, and then `cleanUp` however `run` ended: also when the operation was ended by its caller
 * or its time is over. For that it has some time of its own, in which the signal of the operation is
 * one that holds. An error of `cleanUp` after one of `run` is told as a note, and does not hide it.
 */
export async function withCleanUp<Step extends string, Result>(
  operation: Operation<Step>,
  run: () => Promise<Result>,
  cleanUp: (signal: AbortSignal) => Promise<void>,
  graceMs = GRACE_MS,
): Promise<Result> {
  let result: Result;
  try {
    result = await run();
  } catch (error) {
    try {
      await inGrace(operation, graceMs, cleanUp);
    } catch (second) {
      const text = second instanceof Error ? second.message : String(second);
      operation.tell({ type: 'note', text: `could not be taken back: ${text}` });
    }
    throw error;
  }
  await inGrace(operation, graceMs, cleanUp);
  return result;
}

async function inGrace<Step extends string>(
  operation: Operation<Step>,
  graceMs: number,
  cleanUp: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { signal } = new AbortController();
  await operation.under(signal, () =>
    operation.within(graceMs, () => cleanUp(operation.signal)),
  );
}
