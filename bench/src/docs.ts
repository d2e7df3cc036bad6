// Puts the results of the last run into docs/: the figures as they are, a chart of them, and the tables
// of docs/performance.md. Run: npm run bench:docs

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chart } from './chart.js';
import { libraryFolder, outFolder } from './paths.js';
import { report } from './report.js';
import type { Results } from './results.js';

const START = '<!-- results -->';
const END = '<!-- end of results -->';

const docs = join(libraryFolder, 'docs');
const page = join(docs, 'performance.md');
const results = readFileSync(join(outFolder, 'results.json'), 'utf8');
const parsed = JSON.parse(results) as Results;

const text = readFileSync(page, 'utf8');
const start = text.indexOf(START);
const end = text.indexOf(END);
if (start < 0 || end < start) throw new Error(`${page} has no place between ${START} and ${END}`);
writeFileSync(
  page,
  `${text.slice(0, start + START.length)}\n\n${report(parsed)}\n${text.slice(end)}`,
);
writeFileSync(join(docs, 'performance.json'), results);
writeFileSync(join(docs, 'performance.svg'), chart(parsed));
