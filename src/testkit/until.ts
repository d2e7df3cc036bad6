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
      signal?.removeEventListener('abort', onAbort);
    };
    const again = () => {
      const found = look();
      if (found === undefined) return;
      done();
      resolve(found);
    };
    const onAbort = () => {
      done();
      reject(signal?.reason);
    };
    const unsubscribe = subscribe(again);
    signal?.addEventListener('abort', onAbort, { once: true });
    again();
  });
}
