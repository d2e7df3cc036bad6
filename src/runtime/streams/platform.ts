import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';

/**
 * The stream as a Node stream of bytes, for `pipeline` and files. Destroying it cancels the call.
 *
 * @example
 * ```ts
 * await pipeline(toNodeStream(etcd(node).snapshot({})), createWriteStream('etcd.snapshot', { mode: 0o600 }));
 * ```
 */
export function toNodeStream(stream: AsyncIterable<Uint8Array>): Readable {
  return Readable.from(stream, { objectMode: false });
}

/** The stream as a Web stream, for `Response` and `pipeThrough`. Cancelling it cancels the call. */
export function toWebStream<T>(stream: AsyncIterable<T>): ReadableStream<T> {
  const iterator = stream[Symbol.asyncIterator]();
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const result = await iterator.next();
        if (result.done === true) controller.close();
        else controller.enqueue(result.value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    // One item at a time, so that a reader who waits holds the node back.
    { highWaterMark: 0 },
  );
}
