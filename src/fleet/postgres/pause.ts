import { onAbort } from '../../runtime/abort-listeners.js';

/** Waits `ms` milliseconds, or until one of `signals` is aborted. */
export function pause(ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  if (signals.some(({ aborted }) => aborted)) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(over, ms);
    const undo = signals.map((signal) => onAbort(signal, over));
    function over(): void {
      clearTimeout(timer);
      for (const each of undo) each();
      resolve();
    }
  });
}
