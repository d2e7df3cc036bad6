/** Gives the items of one source to several readers, each at its own pace. */
export class Tee<T> {
  readonly #source: AsyncIterator<T>;
  readonly #queues: (T[] | undefined)[];
  #pending: Promise<void> | undefined;
  #end: { readonly error?: unknown } | undefined;

  constructor(source: AsyncIterable<T>, readers: number) {
    this.#source = source[Symbol.asyncIterator]();
    this.#queues = Array.from({ length: readers }, () => []);
  }

  /** The items for one reader, who may leave; the source is left when all have. */
  async *branch(reader: number): AsyncGenerator<T, void, undefined> {
    const queue = this.#queues[reader] as T[];
    try {
      for (;;) {
        const item = queue.shift();
        if (item !== undefined) yield item;
        else if (this.#end === undefined) await this.#pull();
        else if ('error' in this.#end) throw this.#end.error;
        else return;
      }
    } finally {
      this.#queues[reader] = undefined;
      if (this.#queues.every((entry) => entry === undefined)) await this.#source.return?.();
    }
  }

  /** Reads one item for everybody; those who ask meanwhile wait for the same one. */
  #pull(): Promise<void> {
    this.#pending ??= this.#source.next().then(
      (result) => {
        this.#pending = undefined;
        if (result.done === true) this.#end = {};
        else for (const queue of this.#queues) queue?.push(result.value);
      },
      (error) => {
        this.#pending = undefined;
        this.#end = { error };
      },
    );
    return this.#pending;
  }
}
