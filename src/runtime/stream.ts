/**
 * What a streaming RPC gives: an async iterable that is read once.
 *
 * Nothing is sent before the first item is asked for. A slow reader holds the node back. Leaving
 * the loop cancels the call on the node, and so do `cancel()` and `await using`.
 */
export interface TalosStream<T> extends AsyncIterableIterator<T, undefined>, AsyncDisposable {
  next(): Promise<IteratorResult<T, undefined>>;
  return(): Promise<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): TalosStream<T>;
  /** Ends the stream: a pending or later `next()` says that it is done. */
  cancel(): void;
}
