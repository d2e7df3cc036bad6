// Writes docs/reference/ from the docstrings of every public name, or with --check says which
// names have none and which pages are not up to date (exit code 1).
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readReference } from './reference-pages.js';

const out = 'docs/reference';
const { pages, missing } = readReference('.');
const known = existsSync(out) ? readdirSync(out) : [];
const surplus = known.filter((page) => !pages.has(page));
const isCurrent = (page: string, text: string) =>
  known.includes(page) && readFileSync(join(out, page), 'utf8') === text;
const changed = [...pages].filter(([page, text]) => !isCurrent(page, text));

for (const name of missing) console.error(`no docstring: ${name}`);
const check = process.argv.includes('--check');
if (check) {
  for (const page of [...surplus, ...changed.map(([name]) => name)]) {
    console.error(`${out}/${page} is not up to date: run npm run docs`);
  }
} else {
  mkdirSync(out, { recursive: true });
  for (const page of surplus) rmSync(join(out, page));
  for (const [page, text] of changed) writeFileSync(join(out, page), text);
  console.log(`${pages.size} pages in ${out}`);
}
if (missing.length > 0 || (check && surplus.length + changed.length > 0)) process.exitCode = 1;
