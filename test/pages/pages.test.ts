import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  blocksIn,
  blocksOf,
  type Program,
  pages,
  programOf,
  programsOf,
  uncheckable,
} from './blocks.js';
import { compileErrors } from './compile.js';
import { Runs } from './runs.js';

// The blocks of TypeScript of all pages. Each is compiled, and run on a simulated cluster, unless its
// comments above it say what it needs that no test has.

const programs = pages.flatMap(programsOf);
const run = programs.filter(({ needs }) => needs === undefined);

/** What no test has. Whatever else a program needs, the simulated cluster or its scene gives it. */
const outside = ['Omni'];

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pages-'));
  // What programs import besides the package.
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('blocks of code', () => {
  it('are TypeScript that is checked, or no TypeScript', () => {
    const unchecked = pages.flatMap(blocksOf).flatMap((block) => {
      const problem = uncheckable(block);
      return problem === undefined ? [] : [`${block.page}:${block.line}: ${problem}`];
    });
    expect(unchecked).toEqual([]);
    expect(programs.length).toBeGreaterThan(80);
  });

  it.each([
    ['```js\nawait 1;\n```\n', 'blocks of code begin with ```ts'],
    ['```ts run\nawait 1;\n```\n', 'blocks of code begin with ```ts'],
    ['1. x\n\n   ~~~typescript\n   await 1;\n   ~~~\n', 'blocks of code begin with ```ts'],
    ["```\nimport { a } from 'b';\n```\n", 'it looks like TypeScript'],
    ['```text\nconst a = 1;\n```\n', 'it looks like TypeScript'],
  ])('that nobody would check are refused: %j', (page, problem) => {
    const [block] = blocksIn(page, 'page.md');
    expect(block && uncheckable(block)).toContain(problem);
  });

  it('are not run only where they need what no test has', () => {
    const needs = programs.flatMap((each) => each.needs ?? []);
    expect(needs.filter((need) => !outside.includes(need))).toEqual([]);
    expect(run.length).toBeGreaterThan(programs.length * 0.8);
  });

  it('compile', async () => {
    expect(await compileErrors(join(folder, 'compiled'), programs)).toEqual([]);
  }, 600_000);
});

/** What a program says that it writes: the comments that begin with an arrow. */
function announced({ text }: Program): readonly string[] {
  return [...text.matchAll(/\/\/ → (.*)$/gm)].map(([, line = '']) => line);
}

/** The programs of some pages, in a process of their own. */
const groups = [
  ['README', (page: string) => page.endsWith('README.md') && !page.startsWith('docs/')],
  ['operations to Q', (page: string) => /^docs\/operations\/[A-Qa-q]/.test(page)],
  ['operations from R', (page: string) => /^docs\/operations\/[^A-Qa-q]/.test(page)],
  ['docs', (page: string) => /^docs\/(?!operations)/.test(page)],
] as const;
const lists = groups.map(([name, chosen]) => ({
  name,
  list: run.filter(({ page }) => chosen(page)),
}));
const runs = new Map<string, Runs>();

/** Programs that are wrong, and what has to be told of them. */
const wrong = (
  [
    ["throw new Error('mine');\n", 'Error: mine'],
    ["Promise.reject(new Error('nobody waits'));\n", 'unhandled: Error: nobody waits'],
    ["process.emitWarning('look');\n", 'Warning: look'],
    ["// Runs until it is stopped.\nconsole.log('once');\n", 'it was to go on until it is stopped'],
  ] as const
).map(([text, problem], index) => ({
  problem,
  program: programOf({ page: 'wrong.md', line: index + 1, info: 'ts', text }),
}));

beforeAll(() => {
  // All at once: most of the time programs wait for nodes.
  for (const { name, list } of lists) {
    const more = name === 'docs' ? wrong.map(({ program }) => program) : [];
    runs.set(name, new Runs(folder, [...list, ...more]));
  }
});

afterAll(() => {
  for (const each of runs.values()) each.stop();
});

it('every program is in one group', () => {
  const grouped = lists.flatMap(({ list }) => list);
  expect(grouped.length).toBe(run.length);
  expect(new Set(grouped).size).toBe(run.length);
});

it.each(wrong)(
  'a program that is wrong is told: $problem',
  async ({ program, problem }) => {
    expect((await runs.get('docs')?.of(program))?.problem).toContain(problem);
  },
  600_000,
);

describe.each(lists)('programs of the pages: $name', ({ name, list }) => {
  it.each(list.map((each) => ({ each, place: `${each.page}:${each.line}` })))(
    '$place runs on a simulated cluster',
    async ({ each }) => {
      const { problem, output = [] } = (await runs.get(name)?.of(each)) ?? {};
      expect(problem).toBeUndefined();
      for (const line of announced(each)) expect(output).toContain(line);
    },
    // A busy machine runs them all the same; a program that hangs is ended by its process.
    600_000,
  );

  it('leave nothing open', async () => {
    expect(await runs.get(name)?.exit).toBe('');
  });
});
