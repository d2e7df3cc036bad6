import { unlessAborted } from '../../runtime/unless-aborted.js';

/** Something that is opened when it is first needed, shared, and closed in the end. */
export class Opened<T> {
  readonly #close: (value: T) => unknown;
  #opening: Promise<T> | undefined;
  #value: T | undefined;
  #isClosed = false;

  constructor(close: (value: T) => unknown) {
    this.#close = close;
  }

  /** Opens it if nobody has done so. What cannot be opened is tried again by the next who asks. */
  get(open: () => T | Promise<T>, signal: AbortSignal): Promise<T> {
    return unlessAborted(signal, () => {
      this.#opening ??= this.#begin(open);
      return this.#opening;
    });
  }

  async #begin(open: () => T | Promise<T>): Promise<T> {
    try {
      // Later, so that a failure finds the promise there to be forgotten.
      await undefined;
      const value = await open();
      if (this.#isClosed) await this.#close(value);
      else this.#value = value;
      return value;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  /** Closes it. What is still being opened is closed when it is open, and not waited for. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const value = this.#value;
    this.#value = undefined;
    if (value !== undefined) await this.#close(value);
  }
}
