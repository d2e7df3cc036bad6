import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Gives the files that several subpaths share names that say what is in them, so that stacks can be
 * read and a release does not rename what it did not change: the name of the module that is loaded
 * later, or of the largest one in it.
 *
 * @param outputs those of esbuild's metafile
 * @returns the same with their new paths
 */
export function nameShared(outputs, root) {
  const names = new Map();
  for (const [path, { inputs, entryPoint }] of Object.entries(outputs)) {
    if (!path.includes('/shared/') || path.endsWith('.map')) continue;
    const sizes = Object.entries(inputs).map(([input, { bytesInOutput }]) => [
      bytesInOutput,
      input,
    ]);
    const [, largest] = sizes.sort(([a], [b]) => b - a)[0] ?? [];
    names.set(basename(path), freeName(wordsOf(entryPoint ?? largest), names));
  }
  const renamed = (text) =>
    [...names].reduce((result, [old, name]) => result.replaceAll(old, name), text);
  const result = {};
  for (const [path, output] of Object.entries(outputs)) {
    const name = renamed(basename(path));
    const target = join(root, dirname(path), name);
    const text = renamed(readFileSync(join(root, path), 'utf8'));
    if (name !== basename(path)) renameSync(join(root, path), target);
    writeFileSync(target, text);
    result[join(dirname(path), name)] = output;
  }
  return result;
}

/** `dist/src/runtime/calls/open-call.js` → `calls-open-call`. */
function wordsOf(input) {
  const words = input
    .replace(/\.js$/, '')
    .split('/')
    .filter((word) => word !== 'index');
  return words.slice(-2).join('-');
}

function freeName(words, names) {
  const taken = new Set(names.values());
  for (let number = 1; ; number += 1) {
    const name = `${words}${number === 1 ? '' : `-${number}`}.js`;
    if (!taken.has(name)) return name;
  }
}
