/** A test of a program that imports `node:test`. */
export interface NotedTest {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

/** The tests that programs have made, for whoever runs them: a name that all copies of this module share. */
const noted = Symbol.for('talos-client.pages.tests');

/** Stands for `test` of `node:test`, which runs tests when it likes: here the runner waits for each. */
export function test(name: string, run: () => Promise<unknown>): void {
  testsOf(globalThis).push({ name, run });
}

export function testsOf(holder: object): NotedTest[] {
  const shared: { [noted]?: NotedTest[] } = holder;
  shared[noted] ??= [];
  return shared[noted];
}
