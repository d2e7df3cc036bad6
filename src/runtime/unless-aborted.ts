import { onAbort } from './abort-listeners.js';

/** What `run` gives; it is not waited for any longer once `signal` is aborted, nor begun after that. */
export function unlessAborted<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, reject);
    run().then(resolve, reject).finally(stopListening);
  });
}
