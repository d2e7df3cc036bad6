import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksIn, blocksOf, type Program, pages, programsOf, uncheckable } from './blocks.js';
import { compileErrors, fileOf } from './compile.js';
import type { Job, Outcome } from './runner.js';

// The blocks of TypeScript of all pages. Each is compiled, and run on a simulated cluster, unless its
// comments above it say what it needs that no test has.

const programs = pages.flatMap(programsOf);
const run = programs.filter(({ needs }) => needs === undefined);

/** What no test has. Whatever else a program needs, the simulated cluster or its scene gives it. */
const outside = ['Omni', 'a collector of OpenTelemetry', 'a browser', 'Electron'];

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

/** Programs in a process of their own, one after the other; how each ended, by its file. */
class Runs {
  readonly #outcomes = new Map<string, (outcome: Outcome) => void>();
  readonly #ended = new Map<string, Promise<Outcome>>();
  readonly #child: ChildProcess;
  readonly exit: Promise<string>;

  constructor(own: string, list: readonly Program[]) {
    for (const each of list) {
      const file = fileOf(each);
      this.#ended.set(file, new Promise((resolve) => this.#outcomes.set(file, resolve)));
    }
    const jobs: Job[] = list.map((each) => ({
      file: fileOf(each),
      page: each.page,
      isEndless: each.isEndless,
    }));
    const { NODE_OPTIONS: _, ...env } = process.env;
    this.#child = fork('test/pages/runner.ts', [own, JSON.stringify(jobs)], {
      execArgv: ['--import', 'tsx'],
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let said = '';
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk) => {
        said += chunk;
      });
    }
    this.#child.on('message', (outcome: Outcome) => this.#outcomes.get(outcome.file)?.(outcome));
    this.exit = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        const how = code === 0 ? '' : `it ended with ${code}: ${said}`;
        for (const [file, settle] of this.#outcomes) {
          settle({ file, problem: `the process had ended: ${said}`, output: [] });
        }
        resolve(how);
      });
    });
  }

  of(program: Program): Promise<Outcome> | undefined {
    return this.#ended.get(fileOf(program));
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

/** What a program says that it writes: the comments that begin with an arrow. */
function announced({ text }: Program): readonly string[] {
  return [...text.matchAll(/ \/\/ → (.*)$/gm)].map(([, line = '']) => line);
}

/** The programs of some pages, in a process of their own. */
const groups = [
  ['README', (page: string) => page.endsWith('README.md') && !page.startsWith('docs/')],
  ['operations', (page: string) => page.startsWith('docs/operations/')],
  ['docs', (page: string) => /^docs\/(?!operations)/.test(page)],
] as const;
const lists = groups.map(([name, chosen]) => ({
  name,
  list: run.filter(({ page }) => chosen(page)),
}));
const runs = new Map<string, Runs>();

beforeAll(() => {
  // All at once: most of the time programs wait for nodes.
  for (const { name, list } of lists) {
    for (const each of list) writeFileSync(join(folder, fileOf(each)), each.text);
    runs.set(name, new Runs(folder, list));
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
