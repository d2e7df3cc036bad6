import { onAbort } from '../runtime/abort-listeners.js';
import type { Clock } from '../runtime/calls/clock.js';

/** Waits `ms` milliseconds of `clock`. Rejects with the reason of `signal` as soon as it is aborted. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const timer = clock.start(
      ms,
      () => {
        stopListening();
        resolve();
      },
      undefined,
    );
    const stopListening = onAbort(signal, (reason) => {
      clock.stop(timer);
      reject(reason);
    });
  });
}
