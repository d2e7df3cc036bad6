import { anything } from '../arguments/kinds.js';
import { checkOptions, type Shape } from '../arguments/options.js';
import { TalosConfigError } from '../errors/config-error.js';
import type { TalosStream } from '../stream.js';
import { LineSplitter } from './line-splitter.js';

/** Options of `lines`: how long a line may be. */
export interface LinesOptions {
  /**
   * The most characters (UTF-16 code units) of a line, without its line break. At a longer line,
   * `lines` cancels the stream and throws a `RangeError`. Default: 16777216.
   */
  readonly maxLineLength?: number | undefined;
}

/** The number is checked below. */
const linesShape: Shape<LinesOptions> = { maxLineLength: anything };

/** 16 Mi characters: more than any log holds in a line, and no danger to memory. */
export const LONGEST_LINE = 2 ** 24;

/**
 * The lines of a byte stream, without their line breaks (LF or CRLF). Talos may cut logs into
 * chunks in the middle of a line, of a line break or of a character; `lines` joins the parts. The
 * last line needs no line break. Bytes that are not UTF-8 become U+FFFD.
 *
 * @example
 * ```ts
 * for await (const line of lines(logs(node).logs({ namespace: 'system', id: 'apid', tailLines: -1 }))) {
 *   console.log(line);
 * }
 * ```
 * @throws {RangeError} from `next()` when a line is longer than `maxLineLength`, after the lines
 * before it. The stream is then cancelled.
 * @throws {TalosConfigError} when `maxLineLength` is not a number above 0.
 */
export function lines(
  source: AsyncIterable<Uint8Array>,
  options: LinesOptions = {},
): TalosStream<string> {
  checkOptions(options, linesShape, 'lines');
  const { maxLineLength = LONGEST_LINE } = options;
  if (!(typeof maxLineLength === 'number' && maxLineLength > 0)) {
    throw new TalosConfigError(
      `maxLineLength must be a number of characters above 0, not ${String(maxLineLength)}`,
      { field: 'maxLineLength' },
    );
  }
  return new LineStream(source, maxLineLength);
}

/**
 * The records of a stream in which every chunk is one record, as in `dmesg`. Each record is text,
 * without a line break at its end. Some records of the kernel log do not end in a line break;
 * `lines` would join them.
 */
export function records(source: AsyncIterable<Uint8Array>): TalosStream<string> {
  return new RecordStream(source);
}

type Result = IteratorResult<string, undefined>;

interface Reader {
  resolve(result: Result): void;
  reject(error: unknown): void;
}

const over: Result = { done: true, value: undefined };

/**
 * Texts cut from a stream of bytes, for any number of readers: each text goes to one reader, in
 * order.
 */
abstract class TextStream implements TalosStream<string> {
  readonly #source: AsyncIterable<Uint8Array>;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  /** Texts that nobody has asked for yet, from `#position` on. */
  #ready: string[] = [];
  #position = 0;
  /** Those who asked for a text that has not come. None is ready while there are any. */
  #readers: Reader[] = [];
  #pulling = false;
  /** No more chunks are taken. */
  #over = false;
  /** The error the stream ends with, until somebody was told. */
  #failure: { readonly error: unknown } | undefined;
  #reading = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  /** Appends the texts that `chunk` completes; those before an error count. */
  protected abstract split(chunk: Uint8Array, texts: string[]): void;

  /** Appends what is left when the source has ended. */
  protected abstract rest(texts: string[]): void;

  [Symbol.asyncIterator](): TalosStream<string> {
    if (this.#reading) {
      throw new TalosConfigError(
        'lines and records are read once, and these are being read already: call the RPC again',
      );
    }
    this.#reading = true;
    return this;
  }

  next(): Promise<Result> {
    if (this.#position < this.#ready.length) return Promise.resolve(this.#take());
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#failure = undefined;
      return Promise.reject(error);
    }
    if (this.#over) return Promise.resolve(over);
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject });
      if (!this.#pulling) this.#pull();
    });
  }

  #take(): Result {
    const value = this.#ready[this.#position] as string;
    this.#position += 1;
    return { done: false, value };
  }

  /** Takes chunks until nobody waits. */
  async #pull(): Promise<void> {
    this.#pulling = true;
    try {
      this.#chunks ??= this.#source[Symbol.asyncIterator]();
      while (this.#readers.length > 0) {
        const { done, value } = await this.#chunks.next();
        if (this.#over) return;
        this.#ready = [];
        this.#position = 0;
        this.#over = done === true;
        if (done === true) this.rest(this.#ready);
        else this.split(value, this.#ready);
        this.#serve();
      }
    } catch (error) {
      // A stream that fails while it is left has nobody to tell.
      if (this.#readers.length > 0) this.#fail(error);
    } finally {
      this.#pulling = false;
    }
  }

  /** Gives readers what is ready; when the stream is over, none goes on waiting. */
  #serve(): void {
    while (this.#readers.length > 0 && this.#position < this.#ready.length) {
      this.#readers.shift()?.resolve(this.#take());
    }
    if (!this.#over) return;
    const first = this.#failure && this.#readers.shift();
    if (first !== undefined) {
      first.reject(this.#failure?.error);
      this.#failure = undefined;
    }
    for (const reader of this.#readers.splice(0)) reader.resolve(over);
  }

  #fail(error: unknown): void {
    const hasEnded = this.#over;
    this.#over = true;
    this.#failure = { error };
    this.#serve();
    if (!hasEnded) this.#leave().catch(() => {});
  }

  async #leave(): Promise<void> {
    await this.#chunks?.return?.();
  }

  async return(): Promise<Result> {
    this.#ready = [];
    this.#position = 0;
    this.#failure = undefined;
    if (this.#over) return over;
    this.#over = true;
    this.#serve();
    await this.#leave();
    return over;
  }

  cancel(): void {
    this.return().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

class LineStream extends TextStream {
  readonly #splitter: LineSplitter;

  constructor(source: AsyncIterable<Uint8Array>, longest: number) {
    super(source);
    this.#splitter = new LineSplitter(longest);
  }

  protected split(chunk: Uint8Array, texts: string[]): void {
    this.#splitter.push(chunk, texts);
  }

  protected rest(texts: string[]): void {
    this.#splitter.finish(texts);
  }
}

class RecordStream extends TextStream {
  protected split(chunk: Uint8Array, texts: string[]): void {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(chunk);
    texts.push(text.replace(/\r?\n$/, ''));
  }

  protected rest(): void {}
}
