import type { Operation } from './operation.js';

/** What one attempt passes to its calls. */
export interface AttemptOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/**
 * Runs `run`, for `ms` milliseconds at most. What it passes to its calls ends with the attempt and
 * with the operation.
 */
export async function attempt<Step extends string, T>(
  { clock, signal }: Operation<Step>,
  ms: number,
  run: (call: AttemptOptions) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const end = (): void => ending.abort(new Error(`no answer within ${ms} ms`));
  const timer = clock.start(ms, end, undefined);
  try {
    return await run({ signal: AbortSignal.any([signal, ending.signal]), timeoutMs: ms });
  } finally {
    clock.stop(timer);
  }
}
