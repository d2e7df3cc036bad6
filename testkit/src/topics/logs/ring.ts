/** Where a reader of a ring begins: at the oldest item, or after the newest. */
export type RingStart = 'oldest' | 'newest';

/**
 * Keeps the last items that were added, up to a limit, and lets readers follow what comes. What one
 * item counts is up to the owner: its bytes, or one.
 */
export class Ring<Item> {
  readonly #limit: number;
  readonly #sizeOf: (item: Item) => number;
  readonly #waiting = new Set<() => void>();
  /** Those before `#head` are given up; they go in bulk. */
  #items: Item[] = [];
  #head = 0;
  /** The number of the first item that is kept, counted from the first ever. */
  #first = 0;
  #size = 0;

  constructor(limit: number, sizeOf: (item: Item) => number = () => 1) {
    this.#limit = limit;
    this.#sizeOf = sizeOf;
  }

  /** What is kept, oldest first. */
  get items(): readonly Item[] {
    return this.#items.slice(this.#head);
  }

  /** Adds an item; the oldest ones go when there are too many. */
  push(item: Item): void {
    this.#items.push(item);
    this.#size += this.#sizeOf(item);
    while (this.#size > this.#limit && this.#head < this.#items.length - 1) {
      this.#size -= this.#sizeOf(this.#items[this.#head] as Item);
      this.#head += 1;
      this.#first += 1;
    }
    if (this.#head > this.#items.length / 2) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    for (const wake of [...this.#waiting]) wake();
  }

  /**
   * The items from `start` on and those that come, until one of the signals is aborted. A reader
   * who is too slow misses what the ring gave up meanwhile.
   */
  follow(start: RingStart, signals: readonly AbortSignal[]): AsyncIterable<Item> {
    // Decided now, not when the first item is asked for.
    return this.#from(start === 'oldest' ? this.#first : this.#end, signals);
  }

  async *#from(
    start: number,
    signals: readonly AbortSignal[],
  ): AsyncGenerator<Item, void, undefined> {
    let position = start;
    for (;;) {
      while (position < this.#end) {
        position = Math.max(position, this.#first);
        yield this.#items[this.#head + position - this.#first] as Item;
        position += 1;
      }
      if (signals.some(({ aborted }) => aborted)) return;
      await this.#next(signals);
    }
  }

  get #end(): number {
    return this.#first + this.#items.length - this.#head;
  }

  /** Resolves when an item is added or a signal is aborted. */
  #next(signals: readonly AbortSignal[]): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        for (const signal of signals) signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      for (const signal of signals) signal.addEventListener('abort', done);
    });
  }
}
