import { isWithin } from '../engine/is-within.js';
import type { RunState } from './run-state.js';

/** Which flow holds what, among all runs of a directory, also those that nobody works on. */
export class Holds {
  /** What is held → the id of the flow. */
  readonly #holders = new Map<string, string>();

  /**
   * Notes what the flows of a run hold by what was read of it. Gives what another run has taken meanwhile, if
   * this one could not be read then.
   */
  note(state: RunState): { readonly what: string; readonly holder: string } | undefined {
    const run = state.start.id;
    this.release(run);
    if (state.ended !== undefined) return undefined;
    for (const { start, held } of state.flows.values()) {
      for (const what of held) {
        const holder = this.take(what, start.id);
        if (!isWithin(holder, run)) return { what, holder };
      }
    }
    return undefined;
  }

  /** Has a flow hold something, unless another one does. Gives the flow that holds it now. */
  take(what: string, flow: string): string {
    const holder = this.#holders.get(what) ?? flow;
    this.#holders.set(what, holder);
    return holder;
  }

  /** A flow has ended, and with it those that it started. Gives whether something is free now. */
  release(flow: string): boolean {
    let isNews = false;
    for (const [what, holder] of this.#holders) {
      if (!isWithin(holder, flow)) continue;
      this.#holders.delete(what);
      isNews = true;
    }
    return isNews;
  }
}
