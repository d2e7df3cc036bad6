import type { Operation } from './operation.js';

/** How long what was prepared may take to be taken back. */
const GRACE_MS = 30_000;

/**
 * Runs `run`, and then `cleanUp` however `run` ended: also when the operation was ended by its caller
 * or its time is over, which it gets some time of its own for. An error of `cleanUp` after one of `run`
 * is told as a note, and does not hide it.
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
      await within(operation, graceMs, cleanUp);
    } catch (second) {
      const text = second instanceof Error ? second.message : String(second);
      operation.tell({ type: 'note', text: `could not be taken back: ${text}` });
    }
    throw error;
  }
  await cleanUp(operation.signal);
  return result;
}

async function within<Step extends string>(
  { clock }: Operation<Step>,
  graceMs: number,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const ending = new AbortController();
  const end = (): void => ending.abort(new Error(`took longer than ${graceMs} ms`));
  const timer = clock.start(graceMs, end, undefined);
  try {
    await run(ending.signal);
  } finally {
    clock.stop(timer);
  }
}
