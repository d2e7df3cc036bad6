/**
 * The result of a streaming RPC: an async iterable that can be read once.
 *
 * Nothing is sent before the first item is asked for. A slow reader holds the node back. Leaving
 * the loop cancels the call on the node; `cancel()` and `await using` do so too.
 */
export interface TalosStream<T> extends AsyncIterableIterator<T, undefined>, AsyncDisposable {
  next(): Promise<IteratorResult<T, undefined>>;
  return(): Promise<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): TalosStream<T>;
  /** Ends the stream: pending and later calls of `next()` give `done: true`. */
  cancel(): void;
}
