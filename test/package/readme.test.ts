import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { repository, temporaryFolder } from '../codegen/protos/support.js';
import { programsOf } from '../pages/blocks.js';
import { exportsOf } from '../support/subpaths.js';

// What a reader of the pages does first: copies the command and the program at the top. The other
// programs are run in test/pages.
const readme = readFileSync('README.md', 'utf8');
const testkitReadme = readFileSync('testkit/README.md', 'utf8');

/** Starts a program of the repository; it ends with the test. */
function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
    cwd: repository,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** Reads lines of a program until `enough`; fails with what it said when it ends before. */
async function output(child: ChildProcess, enough: (lines: readonly string[]) => boolean) {
  const seen: string[] = [];
  if (child.stdout === null) throw new Error('the program has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    seen.push(line);
    if (enough(seen)) return seen;
  }
  throw new Error(`the program ended after: ${seen.join('\n')}`);
}

/** A simulated cluster in another process, as the page starts it; gives its talosconfig. */
async function cluster(): Promise<string> {
  const talosconfig = join(temporaryFolder(), 'talosconfig');
  const command =
    /^npx talos-client-testkit (--control-planes .*) --talosconfig \.\/talosconfig/m.exec(
      testkitReadme,
    )?.[1];
  const args = [...(command ?? '').split(' '), '--talosconfig', talosconfig];
  expect(args).toContain('--control-planes');
  const child = start(['testkit/src/program/cli.ts', ...args]);
  await output(child, () => existsSync(talosconfig));
  child.stdout?.resume();
  return talosconfig;
}

/** Writes a program of the page for the nodes of the simulated cluster. */
function programFile(text: string): string {
  const file = join(temporaryFolder(), 'program.mts');
  writeFileSync(file, text.replaceAll('10.0.0.', '10.5.0.'));
  return file;
}

describe('programs of the README', () => {
  it('the quickstart has five lines and lists the services of a node', async () => {
    const program = programsOf('README.md')[0]?.text ?? '';
    expect(program.trim().split('\n')).toHaveLength(5);
    const child = start([programFile(program)], { TALOSCONFIG: await cluster() });
    const done = (lines: readonly string[]) => lines.some((line) => line.includes("id: 'kubelet'"));
    expect((await output(child, done))[0]).toContain('{');
  });

  it('the page on watching shows a live table of nodes in twenty lines, and it is the example', () => {
    const table = programsOf('docs/watching.md')[0]?.text ?? '';
    expect(table).toBe(readFileSync('examples/live-table.ts', 'utf8'));
    const code = table.split('\n').filter((line) => line !== '' && !line.startsWith('//'));
    expect(code.length).toBeLessThanOrEqual(20);
  });
});

it('the table of the README has a row for every subpath', () => {
  const rows = [...readme.matchAll(/^\| `(talos-client[^`]*)` \| \S/gm)].map(([, name]) => name);
  const names = Object.entries(exportsOf()).flatMap(([subpath, target]) =>
    typeof target === 'string' ? [] : [`talos-client${subpath.slice(1)}`],
  );
  expect(rows.sort()).toEqual(names.sort());
});

it.each([
  'README.md',
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
  'testkit/README.md',
  'testkit/ARCHITECTURE.md',
])('%s names what there is', (page) => {
  const text = readFileSync(page, 'utf8');
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    scripts: Record<string, string>;
  };
  const commands = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
  for (const name of commands) expect(Object.keys(scripts)).toContain(name);
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path = '']) => path);
  const files = [...text.matchAll(/`([\w./-]+\/[\w.-]+\.(?:md|ts|json))`/g)].map(
    ([, path = '']) => path,
  );
  for (const path of links) expect(existsSync(join(dirname(page), path)), path).toBe(true);
  // A page may leave out the folder that it speaks of.
  const sources = ['src', 'testkit/src'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  );
  const isThere = (path: string) =>
    existsSync(path) || sources.some((source) => source.endsWith(`/${path}`));
  expect(files.filter((path) => !isThere(path))).toEqual([]);
});
