/** Bytes of one file that are kept until it is its turn to be written. */
const MOST_AHEAD = 256 * 1024;

/**
 * Reads a source ahead of its reader: from the start on, and as far as a bound amount of memory allows.
 * So several nodes can be asked at a time, although the files of a zip are written one after the other.
 */
export class Ahead implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #end: { readonly error?: unknown } | undefined;
  #isLeft = false;
  #changed = (): void => {};
  /** The side that waits for the other one. */
  #change: Promise<void> | undefined;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
    this.#read();
  }

  /** Stops reading. Whoever still reads it gets `reason` as its error. */
  leave(reason: unknown): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#end ??= { error: reason };
    this.#tell();
    this.#source.return?.().then(undefined, () => {});
  }

  /** What the source gave; at its end, the error that it ended with is thrown. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#size -= chunk.length;
        this.#tell();
        yield chunk;
      } else if (this.#end === undefined) {
        await this.#wait();
      } else {
        if ('error' in this.#end) throw this.#end.error;
        return;
      }
    }
  }

  async #read(): Promise<void> {
    try {
      while (!this.#isLeft) {
        const { done, value } = await this.#source.next();
        if (done === true || this.#isLeft) break;
        this.#chunks.push(value);
        this.#size += value.length;
        this.#tell();
        while (this.#size >= MOST_AHEAD && !this.#isLeft) await this.#wait();
      }
      this.#end ??= {};
    } catch (error) {
      this.#end ??= { error };
    }
    this.#tell();
  }

  #wait(): Promise<void> {
    this.#change ??= new Promise((resolve) => {
      this.#changed = resolve;
    });
    return this.#change;
  }

  #tell(): void {
    this.#change = undefined;
    this.#changed();
  }
}
