// Writes docs/reference/ from the docstrings of every public name, or with --check says which
// names have none and which pages are not up to date (exit code 1).
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Project } from 'ts-morph';
import { entryPointsOf } from './reference/entry-points.js';
import { readNames } from './reference/names.js';
import { pagesOf } from './reference/pages.js';

const out = 'docs/reference';
const project = new Project({
  tsConfigFilePath: 'tsconfig.json',
  skipAddingFilesFromTsConfig: true,
});
const names = readNames(project, entryPointsOf('.'));
const pages = pagesOf(names);

const known = existsSync(out)
  ? readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'))
  : [];
const surplus = known.filter((page) => !pages.has(page));
const isCurrent = (page: string, text: string) =>
  known.includes(page) && readFileSync(join(out, page), 'utf8') === text;
const changed = [...pages].filter(([page, text]) => !isCurrent(page, text));

for (const name of names.missing) console.error(`no docstring: ${name}`);
const check = process.argv.includes('--check');
if (check) {
  for (const page of [...surplus, ...changed.map(([name]) => name)]) {
    console.error(`${out}/${page} is not up to date: run npm run docs`);
  }
} else {
  for (const page of surplus) rmSync(join(out, page));
  for (const [page, text] of changed) {
    mkdirSync(dirname(join(out, page)), { recursive: true });
    writeFileSync(join(out, page), text);
  }
  console.log(`${pages.size} pages in ${out}`);
}
if (names.missing.length > 0 || (check && surplus.length + changed.length > 0))
  process.exitCode = 1;
