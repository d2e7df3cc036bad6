import { onAbort } from './abort.js';

/**
 * Resolves with the first value that `look` gives. It is asked at once, and each time that
 * `subscribe` says so, whose result takes the subscription back. Rejects with the reason of `signal`.
 */
export function until<T>(
  look: () => T | undefined,
  subscribe: (again: () => void) => () => void,
  signal?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const done = () => {
      unsubscribe();
      stopListening?.();
    };
    const again = () => {
      const found = look();
      if (found === undefined) return;
      done();
      resolve(found);
    };
    const unsubscribe = subscribe(again);
    const stopListening =
      signal &&
      onAbort(signal, (reason) => {
        done();
        reject(reason);
      });
    again();
  });
}

/** Resolves when `holds` does, and looks whenever anything of `changing` changes. */
export async function untilHolds(
  changing: { onChange(listener: () => void): () => void },
  holds: () => boolean,
  signal?: AbortSignal,
): Promise<void> {
  await until(
    () => holds() || undefined,
    (again) => changing.onChange(again),
    signal,
  );
}
