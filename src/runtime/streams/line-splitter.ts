/**
 * Cuts bytes that come in any pieces into lines, without their line breaks (LF or CRLF). Bytes that
 * are not UTF-8 become U+FFFD.
 */
export class LineSplitter {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #longest: number;
  #open = '';

  /** @param longest the most characters of a line */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** Whether there is a line whose end has not come yet. */
  get isOpen(): boolean {
    return this.#open !== '';
  }

  /**
   * Appends the lines that `chunk` completes.
   *
   * @throws {RangeError} when a line is too long, after those before it were appended
   */
  push(chunk: Uint8Array, lines: string[]): void {
    const parts = this.#decoder.decode(chunk, { stream: true }).split('\n');
    const last = parts.pop() as string;
    for (const part of parts) {
      const line = this.#open + part;
      this.#open = '';
      lines.push(this.#checked(line.endsWith('\r') ? line.slice(0, -1) : line));
    }
    this.#open += last;
    // A CR at the end may turn out to be half a line break.
    if (this.#open.length > this.#longest + 1) this.#checked(this.#open);
  }

  /** Appends the line that has no end, if there is one: nothing more comes. */
  finish(lines: string[]): void {
    const last = this.#open + this.#decoder.decode();
    this.#open = '';
    if (last !== '') lines.push(this.#checked(last));
  }

  #checked(line: string): string {
    if (line.length <= this.#longest) return line;
    this.#open = '';
    throw new RangeError(`a line is longer than maxLineLength, ${this.#longest} characters`);
  }
}
