import { number } from '../arguments/kinds.js';
import { checkOptions, type Shape } from '../arguments/options.js';

/** Options of `collectBytes` and `text`: how much they hold in memory. */
export interface CollectOptions {
  /**
   * The most bytes to take. Beyond it they cancel the stream and throw a `RangeError`. Default: no
   * limit.
   */
  readonly maxBytes?: number | undefined;
}

const collectShape: Shape<CollectOptions> = { maxBytes: number };

/**
 * All items of a stream, in order.
 *
 * @example
 * ```ts
 * const entries = await collect(files(node).list({ root: '/etc' }));
 * ```
 */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

/**
 * All bytes of a stream as one array.
 *
 * @throws {RangeError} when the stream is longer than `maxBytes`. The stream is then cancelled.
 */
export async function collectBytes(
  stream: AsyncIterable<Uint8Array>,
  options: CollectOptions = {},
): Promise<Uint8Array> {
  checkOptions(options, collectShape, 'collectBytes');
  const { maxBytes = Number.POSITIVE_INFINITY } = options;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > maxBytes)
      throw new RangeError(`the stream is longer than maxBytes, ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/**
 * All bytes of a stream as text. Bytes that are not UTF-8 become U+FFFD; logs may hold any bytes.
 *
 * @throws {RangeError} when the stream is longer than `maxBytes`.
 */
export async function text(
  stream: AsyncIterable<Uint8Array>,
  options?: CollectOptions,
): Promise<string> {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(await collectBytes(stream, options));
}
