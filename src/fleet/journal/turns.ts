/** What is done to a run is done one after the other. */
export class Turns {
  /** Run → what was asked for last. */
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `act` after whatever is done to the run already. */
  async run<T>(id: string, act: () => Promise<T>): Promise<T> {
    const before = this.#last.get(id) ?? Promise.resolve();
    const turn = before.then(act, act);
    this.#last.set(id, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(id) === turn) this.#last.delete(id);
    }
  }

  /** Waits for what is being done. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }
}
