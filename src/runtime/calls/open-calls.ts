/** A call that has started and not ended. */
export interface Open {
  /** Where it is among the open calls; -1 when it is not. Only `OpenCalls` sets it. */
  place: number;
  /** Ends it from this side with an error, at once: replies that came before are dropped. */
  abandon(error: unknown): void;
}

/**
 * The calls of a client that have started and not ended. No `Set`: V8 links each table that a `Set`
 * outgrew to the next one, so that calls which were in an old table outlive many collections of young
 * objects.
 */
export class OpenCalls {
  readonly #calls: Open[] = [];

  add(call: Open): void {
    call.place = this.#calls.length;
    this.#calls.push(call);
  }

  /** Takes a call out, if it is in. */
  delete(call: Open): void {
    if (call.place < 0) return;
    const last = this.#calls.pop() as Open;
    if (last !== call) {
      this.#calls[call.place] = last;
      last.place = call.place;
    }
    call.place = -1;
  }

  /** All of them, in no order. */
  all(): readonly Open[] {
    return [...this.#calls];
  }
}
