/** Collects what to clean up after each test; the last thing made goes first. */
export function cleanUp(
  afterEach: (run: () => Promise<void>) => void,
): (run: () => unknown) => void {
  const steps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const step of steps.splice(0).reverse()) await step();
  });
  return (run) => {
    steps.push(run);
  };
}

/** A promise to be settled by an event of the test. */
export function deferred<T = void>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** What `promise` rejects with; fails when it does not reject. */
export async function rejection<T = unknown>(promise: Promise<unknown>): Promise<T> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome) return outcome.error as T;
  throw new Error(`expected a rejection, got ${JSON.stringify(outcome.value)}`);
}
