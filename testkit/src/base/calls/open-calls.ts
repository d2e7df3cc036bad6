import { callController } from '../time/abort.js';

/** A call in progress. */
export interface OpenCall {
  /** Aborted with that of the caller, or when the node drops its connections. */
  readonly signal: AbortSignal;
  /** Says that the call has ended. */
  close(): void;
}

/** The calls in progress at a node. */
export class OpenCalls {
  readonly #calls = new Set<AbortController>();

  /** Registers a call whose caller goes away with `caller`. */
  open(caller: AbortSignal): OpenCall {
    const call = callController();
    const onAbort = () => call.abort(caller.reason);
    if (caller.aborted) onAbort();
    caller.addEventListener('abort', onAbort, { once: true });
    this.#calls.add(call);
    return {
      signal: call.signal,
      close: () => {
        caller.removeEventListener('abort', onAbort);
        this.#calls.delete(call);
      },
    };
  }

  /** Ends all calls with `reason`. */
  endAll(reason: Error): void {
    for (const call of [...this.#calls]) call.abort(reason);
  }
}
