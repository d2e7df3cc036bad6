import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clusterWithFile, run, temporaryFolder } from '../examples/support.js';
import { compileErrors, programsOf } from './page-programs.js';

// The pages of docs/operations. A block that begins with ```ts is compiled, with the names below; one
// that begins with ```ts run is a whole program, and is run against a simulated cluster as well.
const folder = 'docs/operations';
const given = `
declare const talos: import('talos-client').TalosClient;
declare const node: import('talos-client').TalosNode;
declare const signal: AbortSignal;
`;

const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
const textOf = (page: string): string => readFileSync(join(folder, page), 'utf8');
const operations = readdirSync('src/operations').filter((name) =>
  existsSync(join('src/operations', name, 'index.ts')),
);

it('all programs of the pages compile', () => {
  const programs = pages.flatMap((page) => [
    ...programsOf(textOf(page)),
    ...programsOf(textOf(page), 'run'),
  ]);
  expect(compileErrors(programs, given)).toBe('');
});

describe.each(operations)('%s', (name) => {
  it('has a page with a program that uses it, and rows in the index', () => {
    expect(pages).toContain(`${name}.md`);
    const text = textOf(`${name}.md`);
    const programs = [...programsOf(text), ...programsOf(text, 'run')].join('\n');
    expect(programs).toContain(`'talos-client/operations/${name}'`);
    const index = textOf('README.md');
    expect(index).toContain(`](${name}.md)`);
    const functionName = /^# (\w+)/.exec(text)?.[1];
    const comparison = index.slice(index.indexOf('## talosctl beside ours'));
    expect(comparison).toContain(`| \`${functionName}\` |`);
  });
});

it.each(pages)('%s links to what there is', (page) => {
  const links = [...textOf(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = '']) => path);
  for (const path of links) expect(existsSync(join(folder, path)), path).toBe(true);
});

const programs = pages.flatMap((page) =>
  programsOf(textOf(page), 'run').map((text, index) => ({ page, number: index + 1, text })),
);

it.each(programs)('program $number of $page runs on a simulated cluster', async ({ text }) => {
  const { talosconfig } = await clusterWithFile({ controlPlanes: 3, workers: 2 });
  const here = await temporaryFolder();
  const file = join(here, 'program.mts');
  // Pages have addresses that look like those of a reader, and files of their own.
  writeFileSync(file, text.replaceAll('10.0.0.', '10.5.0.').replaceAll("'./", `'${here}/`));
  const { code, errors } = await run([file], { TALOSCONFIG: talosconfig });
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
});
