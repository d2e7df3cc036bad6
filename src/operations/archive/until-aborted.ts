import { onAbort } from '../../runtime/abort-listeners.js';
import { type ByteSource, chunksOf } from './byte-reader.js';

/**
 * The chunks of a source, until `signal` is aborted: then the source is left, and the reason of the
 * signal thrown, also while a chunk is waited for.
 */
export async function* untilAborted(
  source: ByteSource,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = (source instanceof Uint8Array ? chunksOf(source) : source)[Symbol.asyncIterator]();
  let isOver = false;
  let undo = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    undo = onAbort(signal, reject);
  });
  aborted.catch(() => {});
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await Promise.race([chunks.next(), aborted]);
      if (done === true) {
        isOver = true;
        return;
      }
      yield value;
    }
  } finally {
    undo();
    if (!isOver) leave(source, chunks);
  }
}

/** Leaves a source without waiting for it: it may be one that does not answer. */
function leave(source: ByteSource, chunks: AsyncIterator<Uint8Array>): void {
  chunks.return?.().then(undefined, () => {});
  // The iterator of a Node stream that waits is left only when something comes.
  const { destroy } = source as { readonly destroy?: unknown };
  if (typeof destroy === 'function') destroy.call(source);
}
