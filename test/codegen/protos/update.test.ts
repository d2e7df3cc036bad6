import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { loadTree } from '../../../codegen/load.js';
import { protoFilesIn } from '../../../codegen/protos/proto-folder.js';
import { readSources } from '../../../codegen/protos/sources.js';
import { planFormat, planUpdate, writeUpdate } from '../../../codegen/protos/update.js';
import { folderOf, repository, temporaryFolder } from './support.js';

const proto = (body: string) => `syntax = "proto3";\npackage p;\n${body}\n`;

const facts = {
  'a/a.proto': proto('// Not our words.\nmessage A { string name = 1; }\nmessage New {}'),
  'b.proto': proto('import "a/a.proto";\nservice S { rpc R(A) returns (stream A); }'),
};

const tree = {
  'sources.json': JSON.stringify({ talos: 'v1.0.0', notEmbedded: [] }),
  'a/a.proto': proto('// Our A.\nmessage A {\n  // Our name.\n  string name = 1;\n}'),
  'gone/deep/old.proto': proto('// Our old one.\nmessage Old {}'),
};

const request = (from: string, to: string) => ({
  from: [from],
  source: { talos: 'v1.1.0', cosiSpecification: 'abc' },
  tree: to,
  comments: [],
  skip: [],
  gone: ['gone'],
});

test('an update takes the facts, keeps our comments and none of theirs', () => {
  const target = folderOf(tree);
  const plan = planUpdate(request(folderOf(facts), target));
  writeUpdate(target, plan);
  expect(readFileSync(join(target, 'a/a.proto'), 'utf8')).toMatchInlineSnapshot(`
    "// Part of the Talos Linux API. Names and numbers as Talos publishes them, comments by us.

    syntax = "proto3";

    package p;

    // Our A.
    message A {
      // Our name.
      string name = 1;
    }

    message New {}
    "
  `);
  expect(JSON.parse(readFileSync(join(target, 'sources.json'), 'utf8'))).toStrictEqual({
    talos: 'v1.1.0',
    cosiSpecification: 'abc',
    notEmbedded: [],
  });
  expect(existsSync(join(target, 'gone'))).toBe(false);
  expect(plan.removed).toStrictEqual(['gone/deep/old.proto']);
  expect(plan.missing).toStrictEqual([
    { kind: 'message', name: 'p.New', file: 'a/a.proto' },
    { kind: 'service', name: 'p.S', file: 'b.proto' },
    { kind: 'rpc', name: 'p.S.R', file: 'b.proto' },
  ]);
  expect(planUpdate(request(folderOf(facts), target))).toMatchObject({ changes: [], removed: [] });
});

test('further trees give comments that the tree has not, and only those', () => {
  const further = folderOf({
    'x.proto': proto('// Their A.\nmessage A {}\n// A new one.\nmessage New {}'),
  });
  const target = folderOf(tree);
  const plan = planUpdate({ ...request(folderOf(facts), target), comments: [further] });
  expect(plan.files.get('a/a.proto')).toContain('// Our A.\nmessage A {');
  expect(plan.files.get('a/a.proto')).toContain('// A new one.\nmessage New {}');
});

test('what is left out once stays out', () => {
  const from = folderOf({ ...facts, 'extra.proto': proto('message Extra {}') });
  const target = temporaryFolder();
  writeUpdate(target, planUpdate({ ...request(from, target), skip: ['extra.proto'] }));
  expect(planUpdate(request(from, target)).changes).toStrictEqual([]);
  expect(protoFilesIn(target).map((file) => file.path)).toStrictEqual(['a/a.proto', 'b.proto']);
});

test('what was left out once is remembered, whatever the facts come from in between', () => {
  const from = folderOf({ ...facts, 'extra.proto': 'syntax = "proto2";' });
  const target = temporaryFolder();
  writeUpdate(target, planUpdate({ ...request(from, target), skip: ['extra.proto'] }));
  writeUpdate(target, planUpdate(request(folderOf(facts), target)));
  expect(readSources(target)?.skip).toStrictEqual(['extra.proto']);
  expect(planUpdate(request(from, target)).changes).toStrictEqual([]);
  writeUpdate(target, planFormat(target));
  expect(readSources(target)?.skip).toStrictEqual(['extra.proto']);
});

test('a folder of the tree of which the facts have nothing stops the run, unless it is said to be gone', () => {
  const target = folderOf(tree);
  const from = folderOf({ 'b.proto': proto('message B {}') });
  expect(() => planUpdate(request(from, target))).toThrow(
    `${from}: nothing of a/ of the tree is there. Name the folder that it comes from with another ` +
      '--from, or say that the release has none of it: --gone a',
  );
  expect(() => planUpdate({ ...request(from, target), gone: [] })).toThrow('--gone a --gone gone');
  const plan = planUpdate({ ...request(from, target), gone: ['a', 'gone'] });
  expect(plan.removed).toStrictEqual(['a/a.proto', 'gone/deep/old.proto']);
});

test('a folder of .proto files that is no tree of ours is left alone', () => {
  const foreign = folderOf({ 'a.proto': facts['a/a.proto'] });
  expect(() => planUpdate(request(folderOf(facts), foreign))).toThrow(
    `${foreign}: holds .proto files but no sources.json, so it is not a tree to update`,
  );
});

/** Runs a command of the generator as npm's scripts do. */
async function run(script: string, ...args: string[]) {
  const command = ['--import', 'tsx', join(repository, script), ...args];
  const failed = (error: { code: number; stdout: string; stderr: string }) => error;
  const done = promisify(execFile)(process.execPath, command, { cwd: repository });
  const {
    code = 0,
    stdout,
    stderr,
  } = await done.then((output) => ({ code: 0, ...output }), failed);
  return { code, stdout, stderr };
}

test('the command line updates a tree and says what changed', async () => {
  const target = folderOf(tree);
  const from = folderOf(facts);
  const args = ['--from', from, '--talos', 'v1.1.0', '--proto', target, '--gone', 'gone/'];
  const { code, stdout, stderr } = await run('codegen/update-protos.ts', ...args);
  expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
  expect(stdout.split('\n')).toEqual(
    expect.arrayContaining([
      'gone       file      gone/deep/old.proto',
      'came       message   p.New',
      'messages: +1, -1',
      '3 elements lack a comment; npm run check lists them.',
    ]),
  );
  const check = await run('codegen/protos/check-comments.ts', target);
  expect(check).toStrictEqual({
    code: 1,
    stdout: '',
    stderr: [
      `${target}/a/a.proto: message p.New has no comment\n`,
      `${target}/b.proto: service p.S has no comment\n`,
      `${target}/b.proto: rpc p.S.R has no comment\n`,
    ].join(''),
  });
});

test('one run of the command line says everything that is to be done', async () => {
  const target = folderOf({
    ...tree,
    'b.proto': proto(
      '// Ours.\nmessage B { int32 a = 1; string old = 2; }\n// Ours.\nservice S { rpc Old(B) returns (B); }',
    ),
  });
  const from = folderOf({
    'a/a.proto': proto('message A { string name = 1; }'),
    'b.proto': proto(
      'message B { string a = 1; string fresh = 2; } message C {}\n' +
        'service S { rpc One(B) returns (B); rpc Two(B) returns (C); }',
    ),
  });
  const row = { idempotency: 'read', roles: [], since: '1.0' };
  const features = { s: { about: 's', methods: { 'p.S/Old': row } } };
  const names = { 'p.Gone': 'Other' };
  const table = { product: 'P', release: '1.0', features, names };
  const file = join(folderOf({ 'table.json': JSON.stringify(table) }), 'table.json');
  const { code, stdout, stderr } = await run(
    ...['codegen/update-protos.ts', '--from', from, '--talos', 'v1.1.0', '--proto', target],
    ...['--gone', 'gone', '--table', file],
  );
  expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
  const lines = stdout.split('\n');
  expect(lines.slice(0, 2)).toStrictEqual([
    'BREAKS     field     p.B.a: #1 int32 → string',
    'gone       rpc       p.S.Old',
  ]);
  expect(lines.slice(lines.indexOf('To do: say in CHANGELOG.md'))).toStrictEqual([
    'To do: say in CHANGELOG.md',
    '  that the wire breaks at p.B.a: #1 int32 → string',
    '  that the RPC p.S.Old went',
    '',
    'To do: write a comment',
    `  ${target}/b.proto: rpc p.S.One`,
    `  ${target}/b.proto: rpc p.S.Two`,
    `  ${target}/b.proto: message p.C`,
    '',
    'To do: move the comment, which stayed with the old name',
    '  p.B.fresh: #2 was named old',
    '',
    'To do: codegen/features.ts',
    "  release: '1.1', in place of '1.0'",
    "  names: the protos have no 'p.Gone': remove its line",
    "  features.s.methods: the protos have no RPC 'p.S/Old': remove its row, or set `until` to the last release that has it",
    '  p.S/One is in no feature: add to the methods of one in the table',
    "    'p.S/One': { idempotency: '…', roles: ['…'], since: '1.1' },",
    '  or add to skipped',
    "    'p.S/One': '…',",
    '  p.S/Two is in no feature: add to the methods of one in the table',
    "    'p.S/Two': { idempotency: '…', roles: ['…'], since: '1.1' },",
    '  or add to skipped',
    "    'p.S/Two': '…',",
    '',
    'Then: npm run protos:format && npm run generate && npm run check',
    '',
  ]);
});

test('the tree of the project is matched with its own table', async () => {
  const folder = temporaryFolder();
  cpSync(join(repository, 'proto'), join(folder, 'proto'), { recursive: true });
  const file = join(folder, 'proto/time/time.proto');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('rpc TimeCheck(', 'rpc TimeLook('));
  const from = folderOf({});
  cpSync(join(folder, 'proto'), from, { recursive: true });
  writeFileSync(file, text);
  const update = join(repository, 'codegen/update-protos.ts');
  const command = [
    '--import',
    import.meta.resolve('tsx'),
    update,
    '--from',
    from,
    '--talos',
    'main',
  ];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: folder });
  expect(stdout).toContain('gone       rpc       time.TimeService.TimeCheck');
  expect(stdout).toContain('proto/time/time.proto: rpc time.TimeService.TimeLook');
  expect(stdout).toContain("the protos have no RPC 'time.TimeService/TimeCheck': remove its row");
  expect(stdout).toContain("'time.TimeService/TimeLook': { idempotency: '…'");
});

test('the development tree is a release like others, newer than all of them', async () => {
  const target = folderOf(tree);
  const args = ['--from', folderOf(facts), '--talos', 'main', '--proto', target, '--gone', 'gone'];
  const { code, stderr } = await run('codegen/update-protos.ts', ...args);
  expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
  expect(loadTree(target).release).toBe('main');
});

test('the command line prints a tree anew after comments were edited', async () => {
  const long = `// ${'word '.repeat(40)}`;
  const target = folderOf({ ...tree, 'a/a.proto': proto(`${long}\nmessage A {}`) });
  const { code, stdout } = await run('codegen/update-protos.ts', '--format', '--proto', target);
  expect({ code, stdout }).toStrictEqual({ code: 0, stdout: 'No fact changed.\n' });
  const lines = readFileSync(join(target, 'a/a.proto'), 'utf8').split('\n');
  expect(lines.filter((line) => line.startsWith('// word'))).toHaveLength(3);
  expect(existsSync(join(target, 'gone/deep/old.proto'))).toBe(true);
});

test.each([
  [[], '--from is missing: where are the facts?'],
  [['--from', 'x'], '--talos: name the Talos release of the facts, like v1.14.0'],
  [['--from', 'x', '--talos', '1.14'], '--talos: name the Talos release of the facts'],
  [['--from', 'no/such', '--talos', 'v1.14.0'], 'no/such: cannot be read: ENOENT'],
  [['--form', 'x'], "Unknown option '--form'"],
])('the command line refuses %j', async (args, message) => {
  const { code, stdout, stderr } = await run('codegen/update-protos.ts', ...args);
  expect({ code, stdout }).toStrictEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('    at ');
});
