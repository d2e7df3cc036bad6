/**
 * The ways a call may end, each of which the tests of a feature show for each of its RPCs: it
 * succeeds, a role is refused, the caller stops waiting, it fails.
 */
export const callEndings = ['ok', 'refused', 'ended', 'failed'] as const;

/** One of the ways a call may end. */
export type CallEnding = (typeof callEndings)[number];

/** What one test file saw: the endings of each RPC that it called. */
export interface FileCoverage {
  /** The file, from the root of the project. */
  readonly file: string;
  readonly rpcs: Readonly<Record<string, readonly CallEnding[]>>;
}

/** What is missing: an entry for each RPC that lacks endings, naming them. */
export function missingEndings(rpcs: readonly string[], files: readonly FileCoverage[]): string[] {
  return rpcs.flatMap((rpc) => {
    const seen = new Set(files.flatMap((file) => file.rpcs[rpc] ?? []));
    if (seen.size === 0) return [`${rpc}: no test of a feature calls it`];
    const missing = callEndings.filter((ending) => !seen.has(ending));
    return missing.length === 0 ? [] : [`${rpc}: no call that ends as ${missing.join(', ')}`];
  });
}

/**
 * The test files that call each RPC, both in the order of their names. A file that shows all endings
 * of an RPC is its test; those that call it on the way are not named beside it.
 */
export function testsByRpc(files: readonly FileCoverage[]): Record<string, readonly string[]> {
  const rpcs = [...new Set(files.flatMap((file) => Object.keys(file.rpcs)))].sort();
  return Object.fromEntries(
    rpcs.map((rpc) => {
      const callers = files.filter((file) => file.rpcs[rpc] !== undefined);
      const tests = callers.filter((file) => file.rpcs[rpc]?.length === callEndings.length);
      return [rpc, (tests.length > 0 ? tests : callers).map(({ file }) => file).sort()];
    }),
  );
}
