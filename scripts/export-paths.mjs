/**
 * The ES module that a subpath of `exports` in package.json leads to, if it leads to code. The
 * CommonJS build lies under dist/cjs at the same path.
 */
export function codeOf(entry) {
  if (typeof entry === 'string') return undefined;
  if (entry.import === undefined) {
    throw new Error(`package.json: exports: ${JSON.stringify(entry)} needs "import" and "require"`);
  }
  return entry.import.default;
}
