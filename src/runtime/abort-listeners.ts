/** Something that ends when a signal is aborted. */
export interface AbortListener {
  /** The signal is aborted. Called once; the listener is removed by then. */
  aborted(signal: AbortSignal): void;
}

const listeners = /* @__PURE__ */ new WeakMap<AbortSignal, Waiting>();

/**
 * Tells `listener` when `signal` is aborted. A signal that is aborted already tells nobody: check
 * that first. Call `removeAbortListener` when there is nothing left to end.
 *
 * A signal may live as long as the program and be used for any number of calls at once. Node warns
 * of a leak above ten listeners. So each signal gets a single listener, however many wait for it.
 */
export function addAbortListener(signal: AbortSignal, listener: AbortListener): void {
  let waiting = listeners.get(signal);
  if (waiting === undefined) {
    waiting = new Waiting();
    listeners.set(signal, waiting);
    signal.addEventListener('abort', waiting, { once: true });
  }
  waiting.add(listener);
}

/** Undoes `addAbortListener`. Does nothing the second time, or after the signal is aborted. */
export function removeAbortListener(signal: AbortSignal, listener: AbortListener): void {
  const waiting = listeners.get(signal);
  if (waiting === undefined) return;
  waiting.delete(listener);
  if (waiting.size > 0) return;
  listeners.delete(signal);
  signal.removeEventListener('abort', waiting);
}

/** Runs `run` when `signal` is aborted. Returns a function that undoes this. */
export function onAbort(signal: AbortSignal, run: (reason: unknown) => void): () => void {
  const listener: AbortListener = { aborted: ({ reason }) => run(reason) };
  addAbortListener(signal, listener);
  return () => removeAbortListener(signal, listener);
}

/** Those who wait for one signal. */
class Waiting extends Set<AbortListener> {
  handleEvent({ target }: Event): void {
    const signal = target as AbortSignal;
    for (const listener of this) {
      // One that another before it removes is passed over, as an event does it.
      this.delete(listener);
      try {
        listener.aborted(signal);
      } catch (error) {
        // The others are to end all the same; an event reports an error in this way, too.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    listeners.delete(signal);
  }
}
