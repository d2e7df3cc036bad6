interface Arrival<T> {
  readonly source: AsyncIterator<T>;
  readonly outcome: { readonly result: IteratorResult<T> } | { readonly error: unknown };
}

/**
 * The items of several sources in the order they arrive. The first source that fails ends all;
 * leaving leaves all.
 */
export async function* mixed<T>(
  sources: readonly AsyncIterable<T>[],
): AsyncGenerator<T, void, undefined> {
  const open = new Set(sources.map((source) => source[Symbol.asyncIterator]()));
  const arrived: Arrival<T>[] = [];
  let wake: (() => void) | undefined;
  // Not a race of promises: a silent source would collect one more waiter with every item of others.
  const ask = (source: AsyncIterator<T>) => {
    const arrive = (outcome: Arrival<T>['outcome']) => {
      arrived.push({ source, outcome });
      wake?.();
    };
    source.next().then(
      (result) => arrive({ result }),
      (error) => arrive({ error }),
    );
  };
  try {
    for (const source of open) ask(source);
    while (open.size > 0) {
      const next = arrived.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      if ('error' in next.outcome) {
        open.delete(next.source);
        throw next.outcome.error;
      }
      if (next.outcome.result.done === true) {
        open.delete(next.source);
        continue;
      }
      ask(next.source);
      yield next.outcome.result.value;
    }
  } finally {
    for (const source of open) source.return?.().then(undefined, () => {});
  }
}
