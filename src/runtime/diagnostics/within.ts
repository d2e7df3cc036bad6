import { AsyncLocalStorage } from 'node:async_hooks';

/** What a call is part of: a step of a flow of `talos-client/fleet`. */
export interface Within {
  /** The id of the flow: that of a run, or below it, such as `talos-1.14.1/berlin`. */
  readonly flow: string;
  /** The name of the step. */
  readonly step: string;
}

/** The same for every copy of the package in the process. */
const key: unique symbol = Symbol.for('talos-client.within') as never;
const shared = globalThis as { [key]?: AsyncLocalStorage<Within> };

/** Runs `run`, so that the messages of its calls say what they are part of. */
export function runWithin<T>(within: Within, run: () => T): T {
  // It is made when it is first needed: it makes all asynchronous work of the process dearer.
  shared[key] ??= new AsyncLocalStorage();
  return shared[key].run(within, run);
}

/** What a call that begins now is part of. */
export function currentWithin(): Within | undefined {
  return shared[key]?.getStore();
}
