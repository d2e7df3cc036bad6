import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { folderOf, writeFiles } from '../codegen/protos/support.js';

/** A package of one module. */
function packageOf(source: string): string {
  return folderOf({
    'package.json': JSON.stringify({
      name: 'sample',
      type: 'module',
      exports: {
        '.': { import: { types: './dist/src/index.d.ts', default: './dist/src/index.js' } },
        './deep/below': {
          import: { types: './dist/src/deep.d.ts', default: './dist/src/deep.js' },
        },
        './specs/*': { import: { types: './dist/specs/*.d.ts', default: './dist/specs/*.js' } },
        './package.json': './package.json',
      },
    }),
    'tsconfig.json': JSON.stringify({ compilerOptions: { module: 'nodenext', lib: ['ES2022'] } }),
    'src/index.ts': source,
    'src/deep.ts': '/** It is deep. */\nexport const deep = 1;\n',
    'specs/one.ts': '/** One. */\nexport const one = 1;\n',
  });
}

const documented = `/** The answer. */
export function answer(): number { return 42; }
/** Holds it. */
export class Holder {
  readonly #inner = 1;
  /** @internal */
  mine(): void {}
  /** Gives it. */
  give(): number { return this.#inner; }
  /** @internal For the package alone. */
  take(): void {}
}
`;

/** Runs what `npm run docs` runs, or with `--check` what `npm run check` ends with. */
async function docs(folder: string, ...args: string[]) {
  const script = ['--import', pathToFileURL(resolve('node_modules/tsx/dist/esm/index.mjs')).href];
  const command = [...script, resolve('scripts/reference.ts'), ...args];
  const done = promisify(execFile)(process.execPath, command, { cwd: folder });
  return done.then(
    ({ stderr }) => ({ code: 0, stderr }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
  );
}

it('npm run check ends with the check of the docstrings', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(scripts.check).toContain('&& npm run docs:check');
  expect(scripts['docs:check']).toBe('tsx scripts/reference.ts --check');
});

it('pages that say what the docstrings say pass the check', async () => {
  const folder = packageOf(documented);
  expect(await docs(folder)).toEqual({ code: 0, stderr: '' });
  expect(await docs(folder, '--check')).toEqual({ code: 0, stderr: '' });
  const list = readFileSync(join(folder, 'docs/reference/index.md'), 'utf8');
  expect(list).toContain('- [answer](index-client.md#answer): The answer.');
  const page = readFileSync(join(folder, 'docs/reference/index-client.md'), 'utf8');
  expect(page).toContain('## answer\n\nThe answer.\n\n```ts\nfunction answer(): number\n```');
  expect(page).toContain('## Holder\n\nHolds it.\n\n```ts\nclass Holder {}\n```');
  expect(page).toContain('### Holder.give\n\nGives it.\n\n```ts\ngive(): number\n```');
  expect(page).not.toContain('#inner');
  expect(page).not.toContain('take()');
  expect(page).not.toContain('mine');
  const below = readFileSync(join(folder, 'docs/reference/deep/below.md'), 'utf8');
  expect(below).toContain('# sample/deep/below');
});

it('a module behind a pattern has a page, in a folder', async () => {
  const folder = packageOf(documented);
  await docs(folder);
  expect(readFileSync(join(folder, 'docs/reference/specs/one.md'), 'utf8')).toContain(
    '# sample/specs/one\n\n## one\n\nOne.',
  );
  const list = readFileSync(join(folder, 'docs/reference/index.md'), 'utf8');
  expect(list).toContain('- [sample/specs/one](specs/one.md)');
});

it('a name is described once, and others link to it', async () => {
  const folder = packageOf(`export { shared } from '../specs/shared.js';
import type { Options } from '../specs/options.js';
/**
 * Takes options.
 *
 * @example
 * \`\`\`ts
 * take({});
 * \`\`\`
 * @param options what to take, a <thing>
 * @returns nothing
 * @throws {Fault} when there is none
 */
export function take(options: Options): void {}
/** As \`take\`. */
export class Take {}
/** It went wrong. */
export class Fault extends Error {}
`);
  writeFiles(folder, [
    ['specs/shared.ts', '/** Shared. */\nexport const shared = 1;\n'],
    [
      'specs/options.ts',
      "export { shared } from './shared.js';\n/** What to take. */\nexport interface Options {}\n",
    ],
  ]);
  expect(await docs(folder)).toEqual({ code: 0, stderr: '' });
  const page = (name: string) => readFileSync(join(folder, 'docs/reference', name), 'utf8');
  const client = page('index-client.md');
  expect(client).toContain(
    [
      '## take\n\nTakes options.\n',
      '```ts\nfunction take(options: Options): void\n```\n',
      'Types: [Options](specs/options.md#options)\n',
      '- `options`: what to take, a &lt;thing>\n- Returns: nothing',
      '- Throws [Fault](#fault) when there is none\n',
      '```ts\ntake({});\n```\n',
    ].join('\n'),
  );
  expect(page('index.md')).toContain('- [take](index-client.md#take-1): Takes options.');
  expect(page('index.md')).toContain('- [Take](index-client.md#take): As `take`.');
  const links = /- \[shared\]|: \[shared\]\(\.\.\/index-client\.md#shared\)/;
  expect(client).toContain('## shared');
  expect(page('specs/options.md')).toMatch(links);
  expect(page('specs/options.md')).not.toContain('## shared');
  expect(page('specs/shared.md')).toMatch(links);
});

it('the testkit has a page for each topic, too, and one that lists its names', async () => {
  const folder = packageOf(documented);
  writeFiles(folder, [
    [
      'package.json',
      readFileSync(join(folder, 'package.json'), 'utf8').replace(
        '{',
        '{"workspaces":[".","testkit"],',
      ),
    ],
    [
      'testkit/package.json',
      readFileSync(join(folder, 'package.json'), 'utf8').replace('sample', 'kit'),
    ],
    [
      'testkit/src/index.ts',
      "export { fault } from './base/calls/fault.js';\n/** One. */\nexport const one = 1;\n",
    ],
    ['testkit/src/base/calls/fault.ts', '/** A fault. */\nexport const fault = 1;\n'],
    ['testkit/src/deep.ts', '/** It is deep. */\nexport const deep = 1;\n'],
    ['testkit/specs/one.ts', '/** One. */\nexport const one = 1;\n'],
  ]);
  expect(await docs(folder)).toEqual({ code: 0, stderr: '' });
  const page = (name: string) => readFileSync(join(folder, 'docs/reference', name), 'utf8');
  expect(page('testkit.md')).toContain('- [fault](testkit-faults.md#fault): A fault.');
  expect(page('testkit.md')).toContain('- [one](testkit-cluster.md#one): One.');
  expect(page('testkit-faults.md')).toContain('# kit: Faults, handlers and the journal');
  expect(page('testkit-faults.md')).not.toContain('## one');
});

it.each([
  ['the root', 'src/index.ts', 'sample: bare', 'src/index.ts'],
  ['a module behind a pattern', 'specs/two.ts', 'sample/specs/two: bare', 'specs/two.ts'],
])('a name of %s without a docstring fails the check and is named', async (_, file, name, path) => {
  const folder = packageOf(documented);
  await docs(folder);
  writeFiles(folder, [
    [file, `${file === 'src/index.ts' ? documented : ''}export type bare = 1;\n`],
  ]);
  const { code, stderr } = await docs(folder, '--check');
  expect(code).toBe(1);
  expect(stderr).toContain(`no docstring: ${name} (${path})`);
});

it('pages that are old, gone or left over fail the check and are named', async () => {
  const folder = packageOf(documented);
  await docs(folder);
  writeFiles(folder, [
    ['src/index.ts', documented.replace('The answer.', 'Another answer.')],
    ['docs/reference/old.md', ''],
  ]);
  const { code, stderr } = await docs(folder, '--check');
  expect(code).toBe(1);
  expect(stderr).toBe(
    ['old.md', 'index-client.md', 'index.md']
      .map((page) => `docs/reference/${page} is not up to date: run npm run docs\n`)
      .join(''),
  );
  rmSync(join(folder, 'docs'), { recursive: true });
  expect((await docs(folder, '--check')).stderr).toContain('docs/reference/index.md is not up to');
});
