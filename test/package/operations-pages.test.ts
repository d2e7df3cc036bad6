import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programsOf } from '../pages/blocks.js';

// The pages of docs/operations: that each operation has one. Their programs are run in test/pages.
const folder = 'docs/operations';

const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
const textOf = (page: string): string => readFileSync(join(folder, page), 'utf8');
const operations = readdirSync('src/operations').filter((name) =>
  existsSync(join('src/operations', name, 'index.ts')),
);

describe.each(operations)('%s', (name) => {
  it('has a page with a program that uses it, and rows in the index', () => {
    expect(pages).toContain(`${name}.md`);
    const programs = programsOf(join(folder, `${name}.md`))
      .map(({ text }) => text)
      .join('\n');
    expect(programs).toContain(`'talos-client/operations/${name}'`);
    const index = textOf('README.md');
    expect(index).toContain(`](${name}.md)`);
    const functionName = /^# (\w+)/.exec(textOf(`${name}.md`))?.[1];
    const comparison = index.slice(index.indexOf('## talosctl beside ours'));
    expect(comparison).toContain(`| \`${functionName}\` |`);
  });
});
