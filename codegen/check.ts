import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Output } from './format.js';
import { leftovers } from './write.js';

/** How many differing lines of a file are shown. */
const shown = 3;

/** Says how `folder` differs from what would be generated; empty when it does not. */
export function drift(folder: string, outputs: readonly Output[]): string[] {
  const differing = outputs.flatMap(({ path, text }) => {
    const target = join(folder, path);
    if (!existsSync(target)) return [`${target}: is missing`];
    return differences(target, readFileSync(target, 'utf8'), text);
  });
  const stale = leftovers(folder, outputs).map(
    (path) => `${join(folder, path)}: is no longer generated`,
  );
  return [...differing, ...stale];
}

function differences(path: string, actual: string, expected: string): string[] {
  if (actual === expected) return [];
  const had = actual.split('\n');
  const due = expected.split('\n');
  let line = 0;
  while (had[line] === due[line]) line += 1;
  return [
    `${path}:${line + 1}: differs`,
    ...had.slice(line, line + shown).map((text) => `  - ${text}`),
    ...due.slice(line, line + shown).map((text) => `  + ${text}`),
  ];
}
