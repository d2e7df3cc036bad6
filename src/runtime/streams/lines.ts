import { TalosConfigError } from '../errors/config-error.js';
import type { TalosStream } from '../stream.js';

/**
 * The lines of a byte stream, without their line breaks. Talos cuts logs into chunks anywhere, in
 * the middle of a line and of a character; this puts them together again. The last line counts
 * also when no line break follows it.
 *
 * @example
 * ```ts
 * for await (const line of lines(logs(node).logs({ namespace: 'system', id: 'apid', tailLines: -1 }))) {
 *   console.log(line);
 * }
 * ```
 */
export function lines(source: AsyncIterable<Uint8Array>): TalosStream<string> {
  return new LineStream(source);
}

/**
 * The records of a stream in which every chunk is one, as in `dmesg`: each as text, without a line
 * break at its end. The kernel log has records that do not end in one, which `lines` would join.
 */
export function records(source: AsyncIterable<Uint8Array>): TalosStream<string> {
  return new RecordStream(source);
}

abstract class TextStream implements TalosStream<string> {
  readonly #source: AsyncIterable<Uint8Array>;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  #ready: string[] = [];
  #position = 0;
  #done = false;
  #reading = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  /** The texts that `chunk` completes. */
  protected abstract split(chunk: Uint8Array): string[];

  /** What is left when the source has ended. */
  protected abstract rest(): string[];

  [Symbol.asyncIterator](): TalosStream<string> {
    if (this.#reading) {
      throw new TalosConfigError(
        'lines and records are read once, and these are being read already: call the RPC again',
      );
    }
    this.#reading = true;
    return this;
  }

  async next(): Promise<IteratorResult<string, undefined>> {
    while (this.#position === this.#ready.length) {
      if (this.#done) return { done: true, value: undefined };
      this.#chunks ??= this.#source[Symbol.asyncIterator]();
      const { done, value } = await this.#chunks.next();
      if (this.#done) return { done: true, value: undefined };
      this.#done = done === true;
      this.#ready = done === true ? this.rest() : this.split(value);
      this.#position = 0;
    }
    const value = this.#ready[this.#position] as string;
    this.#position += 1;
    return { done: false, value };
  }

  async return(): Promise<IteratorResult<string, undefined>> {
    const wasDone = this.#done;
    this.#done = true;
    this.#ready = [];
    this.#position = 0;
    if (!wasDone) await this.#chunks?.return?.();
    return { done: true, value: undefined };
  }

  cancel(): void {
    // A stream that fails while it is left has nobody to tell.
    this.return().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

class LineStream extends TextStream {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #open = '';

  protected split(chunk: Uint8Array): string[] {
    const parts = this.#decoder.decode(chunk, { stream: true }).split('\n');
    const last = parts.pop() as string;
    if (parts.length === 0) {
      this.#open += last;
      return [];
    }
    parts[0] = this.#open + (parts[0] as string);
    this.#open = last;
    return parts;
  }

  protected rest(): string[] {
    const last = this.#open + this.#decoder.decode();
    this.#open = '';
    return last === '' ? [] : [last];
  }
}

class RecordStream extends TextStream {
  protected split(chunk: Uint8Array): string[] {
    return [new TextDecoder('utf-8', { ignoreBOM: true }).decode(chunk).replace(/\n$/, '')];
  }

  protected rest(): string[] {
    return [];
  }
}
