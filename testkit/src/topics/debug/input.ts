/** Bytes on their way to a program: given in at one end, read at the other, in lines or as they are. */
export class Input {
  #bytes = Buffer.alloc(0);
  #ended = false;
  /** Ends that were typed, of which each is read once. */
  #marks = 0;
  #wake: (() => void) | undefined;

  write(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    this.#wake?.();
  }

  /** What was written before can still be read. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Whoever reads next finds the end; there may be more behind it. */
  mark(): void {
    this.#marks += 1;
    this.#wake?.();
  }

  /** Forgets what nobody has read. */
  clear(): void {
    this.#bytes = Buffer.alloc(0);
  }

  /** What has come since the last time; waits for something. Empty at the end. */
  async read(signal: AbortSignal): Promise<Uint8Array> {
    while (this.#bytes.length === 0 && !this.#isAtEnd()) await this.#more(signal);
    const bytes = this.#bytes;
    this.#bytes = Buffer.alloc(0);
    return bytes;
  }

  /** The next line, without its break; absent at the end. */
  async readLine(signal: AbortSignal): Promise<string | undefined> {
    for (;;) {
      const end = this.#bytes.indexOf(0x0a);
      if (end !== -1) {
        const line = this.#bytes.toString('utf8', 0, end);
        this.#bytes = this.#bytes.subarray(end + 1);
        return line;
      }
      if (this.#isAtEnd()) {
        const rest = this.#bytes.toString('utf8');
        this.#bytes = Buffer.alloc(0);
        return rest === '' ? undefined : rest;
      }
      await this.#more(signal);
    }
  }

  #isAtEnd(): boolean {
    if (this.#marks === 0) return this.#ended;
    this.#marks -= 1;
    return true;
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const done = () => {
        signal.removeEventListener('abort', onAbort);
        this.#wake = undefined;
      };
      const onAbort = () => {
        done();
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort);
      this.#wake = () => {
        done();
        resolve();
      };
    });
  }
}
