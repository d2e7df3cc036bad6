import { AsyncLocalStorage } from 'node:async_hooks';

/** What calls are part of. */
export interface Within {
  /** The id of the flow: that of a run, or below it, such as `talos-1.14.1/berlin`. */
  readonly flow: string;
  /** The name of the step. */
  readonly step: string;
}

let storage: AsyncLocalStorage<Within> | undefined;

/** Runs `run`, so that the messages of its calls say what they are part of. */
export function runWithin<T>(within: Within, run: () => T): T {
  // The first use is what makes asynchronous operations of the process dearer.
  storage ??= new AsyncLocalStorage();
  return storage.run(within, run);
}

/** What a call that begins now is part of. */
export function currentWithin(): Within | undefined {
  return storage?.getStore();
}
