import { setMaxListeners } from 'node:events';

export { onAbort } from 'talos-client/carrier';

/** A controller for a call. Many may listen to it: a call for many nodes is many calls. */
export function callController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/**
 * The items of `source` until `signal` is aborted, and then an error: its reason. A source that
 * does not look at the signal itself is left behind, so that it cannot hold a call up.
 */
export function untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
      const items = source[Symbol.asyncIterator]();
      let rejectPending: ((reason: unknown) => void) | undefined;
      let ended = false;
      const onAbort = () => {
        end();
        leave(items);
        rejectPending?.(signal.reason);
      };
      const end = () => {
        ended = true;
        signal.removeEventListener('abort', onAbort);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      return {
        next() {
          if (signal.aborted) {
            if (!ended) onAbort();
            return Promise.reject(signal.reason);
          }
          return new Promise((resolve, reject) => {
            rejectPending = reject;
            items.next().then(
              (result) => {
                rejectPending = undefined;
                if (result.done !== true) return resolve(result);
                end();
                resolve({ done: true, value: undefined });
              },
              (cause) => {
                rejectPending = undefined;
                end();
                reject(cause);
              },
            );
          });
        },
        async return() {
          end();
          leave(items);
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** Ends an iteration without waiting for it: it may be stuck. */
function leave(items: AsyncIterator<unknown>): void {
  items.return?.().then(undefined, () => {});
}

/** Never resolves; rejects with the reason of `signal` when that is aborted. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
