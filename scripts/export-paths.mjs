/**
 * What a subpath of `exports` in package.json leads to: the ES module and its types. The CommonJS
 * build lies under dist/cjs at the same paths.
 */
export function pathsOf(entry) {
  if (typeof entry === 'string') return { types: undefined, code: undefined };
  if (entry.import === undefined) {
    throw new Error(`package.json: exports: ${JSON.stringify(entry)} needs "import" and "require"`);
  }
  const { types, default: code } = entry.import;
  return { types, code };
}
