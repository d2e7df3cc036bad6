import type { TalosStream } from '../stream.js';

/** The stream of `map(item)` for each item of `source`; leaving it leaves `source`. */
export function mapStream<T, U>(source: TalosStream<T>, map: (item: T) => U): TalosStream<U> {
  const stream: TalosStream<U> = {
    [Symbol.asyncIterator]() {
      source[Symbol.asyncIterator]();
      return stream;
    },
    async next() {
      const result = await source.next();
      return result.done === true ? result : { done: false, value: map(result.value) };
    },
    return: () => source.return() as Promise<IteratorResult<U, undefined>>,
    cancel: () => source.cancel(),
    [Symbol.asyncDispose]: async () => source[Symbol.asyncDispose](),
  };
  return stream;
}
