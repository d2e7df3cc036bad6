import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import {
  type MergeKubeconfigOptions,
  mergeKubeconfig,
} from '../../src/operations/merge-kubeconfig/index.js';
import { failureOf } from '../support/feature-calls.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  path = join(folder, 'config');
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

/** A kubeconfig as a node makes it. */
function fresh(name = 'demo', { server = 'https://10.5.0.1:6443', key = 'KEY' } = {}): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: ${name}
  cluster:
    server: ${server}
users:
- name: admin@${name}
  user:
    client-key-data: ${key}
contexts:
- context:
    cluster: ${name}
    namespace: default
    user: admin@${name}
  name: admin@${name}
current-context: admin@${name}
`;
}

const existing = `# mine
apiVersion: v1
kind: Config
preferences: {colors: true} # I like them
clusters:
  # at home
  - name: demo
    cluster: { server: "https://other:6443", insecure-skip-tls-verify: true }
users:
  - name: me
    user:
      exec: { command: login, args: ["-x", "007"] }
contexts:
  - name: home
    context: { cluster: demo, user: me }
current-context: home # the best
unknown: 1.10
`;

const merge = (text: string, options?: MergeKubeconfigOptions) =>
  mergeKubeconfig(path, text, options);
const content = () => readFile(path, 'utf8');
const names = (list: { readonly name: string }[]) => list.map(({ name }) => name);

describe('mergeKubeconfig', () => {
  it('writes the text as it is where there is no file, for its owner alone', async () => {
    path = join(folder, 'a/b/config');
    expect(await merge(fresh())).toEqual({
      path,
      created: true,
      changed: true,
      context: 'admin@demo',
      renames: [],
      overwrites: [],
    });
    expect(await content()).toBe(fresh());
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o700);
  });

  it('adds what is new, renames what clashes with what follows it, and keeps all else', async () => {
    await writeFile(path, existing);
    await chmod(path, 0o644);
    expect(await merge(fresh())).toMatchObject({
      created: false,
      changed: true,
      context: 'admin@demo-1',
      renames: [
        { kind: 'cluster', from: 'demo', to: 'demo-1' },
        { kind: 'user', from: 'admin@demo', to: 'admin@demo-1' },
        { kind: 'context', from: 'admin@demo', to: 'admin@demo-1' },
      ],
    });
    expect(await content()).toBe(`# mine
apiVersion: v1
kind: Config
preferences: {colors: true} # I like them
clusters:
  # at home
  - name: demo
    cluster: {server: "https://other:6443", insecure-skip-tls-verify: true}
  - cluster:
      server: https://10.5.0.1:6443
    name: demo-1
users:
  - name: me
    user:
      exec: {command: login, args: ["-x", "007"]}
  - user:
      client-key-data: KEY
    name: admin@demo-1
contexts:
  - name: home
    context: {cluster: demo, user: me}
  - context:
      cluster: demo-1
      namespace: default
      user: admin@demo-1
    name: admin@demo-1
current-context: admin@demo-1 # the best
unknown: 1.10
`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['config']);
  });

  it('writes nothing when everything is there', async () => {
    await writeFile(path, existing);
    await merge(fresh());
    const before = await stat(path);
    expect(await merge(fresh())).toMatchObject({ changed: false, context: 'admin@demo-1' });
    expect((await stat(path)).ino).toBe(before.ino);
  });

  it('lets entries keep names that others would get', async () => {
    await writeFile(path, fresh('demo', { server: 'https://other' }));
    const two = fresh('demo').replace(
      'users:',
      '- name: demo-1\n  cluster: {server: "https://third"}\nusers:',
    );
    expect((await merge(two)).renames).toMatchObject([
      { kind: 'cluster', from: 'demo', to: 'demo-2' },
      { kind: 'user', from: 'admin@demo', to: 'admin@demo-2' },
      { kind: 'context', from: 'admin@demo', to: 'admin@demo-2' },
    ]);
    expect(names(parse(await content()).clusters)).toEqual(['demo', 'demo-2', 'demo-1']);
  });

  it('compares contexts with contexts', async () => {
    // A context with the name of a cluster is none of that name.
    await writeFile(path, `clusters: [{name: admin@demo, cluster: {server: "https://x"}}]\n`);
    expect((await merge(fresh())).renames).toEqual([]);
    // And one that is another is not overwritten.
    await writeFile(path, `contexts: [{name: admin@demo, context: {cluster: x, user: y}}]\n`);
    expect((await merge(fresh())).renames).toEqual([
      { kind: 'context', from: 'admin@demo', to: 'admin@demo-1' },
    ]);
    expect(names(parse(await content()).contexts)).toEqual(['admin@demo', 'admin@demo-1']);
  });

  it('overwrites what clashes if that is wanted, in its place', async () => {
    await writeFile(path, fresh('demo', { key: 'OLD' }).replace('users:', '# mine\nusers:'));
    expect(await merge(fresh('demo', { key: 'NEW' }), { onConflict: 'overwrite' })).toMatchObject({
      changed: true,
      renames: [],
      overwrites: [{ kind: 'user', name: 'admin@demo' }],
    });
    expect(await content()).toBe(fresh('demo', { key: 'NEW' }).replace('users:', '# mine\nusers:'));
  });

  it('gives the context the name that is wanted, also in a file that is not there', async () => {
    expect(await merge(fresh(), { contextName: 'prod' })).toMatchObject({
      created: true,
      context: 'prod',
      renames: [{ kind: 'context', from: 'admin@demo', to: 'prod' }],
    });
    expect(parse(await content())).toMatchObject({
      apiVersion: 'v1',
      kind: 'Config',
      contexts: [{ name: 'prod', context: { cluster: 'demo', user: 'admin@demo' } }],
      'current-context': 'prod',
    });
    expect(await merge(fresh(), { contextName: 'prod' })).toMatchObject({ changed: false });
  });

  it('leaves the current context if that is wanted', async () => {
    await writeFile(path, existing);
    expect(await merge(fresh('lab'), { setCurrent: false })).toMatchObject({
      context: 'admin@lab',
    });
    expect(parse(await content())['current-context']).toBe('home');
    await rm(path);
    await merge(fresh('lab'), { setCurrent: false });
    expect(parse(await content())['current-context']).toBeUndefined();
  });

  it('fills an empty file, and empty lists', async () => {
    await writeFile(path, '');
    await merge(fresh());
    expect(parse(await content())).toEqual(parse(fresh()));
    await writeFile(path, '{"apiVersion": "v1", "clusters": [], "users": null, "contexts": []}');
    await merge(fresh());
    expect(parse(await content())).toMatchObject({
      clusters: [{ name: 'demo' }],
      users: [{ name: 'admin@demo' }],
      contexts: [{ name: 'admin@demo' }],
    });
  });

  it('follows a link, and writes the file behind it', async () => {
    const real = join(folder, 'real');
    await writeFile(real, existing);
    await symlink(real, path);
    expect(await merge(fresh())).toMatchObject({ path: real });
    expect(await readFile(real, 'utf8')).toContain('demo-1');
  });

  it('loses nothing when several merge at once', async () => {
    const all = Array.from({ length: 8 }, (_, index) => `cluster-${index}`);
    await Promise.all(all.map((name) => merge(fresh(name))));
    expect(names(parse(await content()).clusters).sort()).toEqual(all);
    expect(await readdir(folder)).toEqual(['config']);
  });

  it('waits for the lock of kubectl', async () => {
    await writeFile(path, existing);
    await writeFile(`${path}.lock`, '', { mode: 0 });
    const merging = merge(fresh());
    // As much as a merge takes, twice.
    for (const name of ['one', 'two']) await mergeKubeconfig(join(folder, name), fresh());
    expect(await content()).toBe(existing);
    await rm(`${path}.lock`);
    await merging;
    expect(await content()).toContain('demo-1');
  });
});

describe('the file that is merged into', () => {
  const home = () => ({ HOME: folder });
  const into = (env: Record<string, string>, given?: string) =>
    mergeKubeconfig(given, fresh(), { env }).then((result) => result.path);

  it('is the given one, that of $KUBECONFIG, or that of the home folder', async () => {
    expect(await into(home())).toBe(join(folder, '.kube/config'));
    expect(await into({ ...home(), KUBECONFIG: '' })).toBe(join(folder, '.kube/config'));
    expect(await into({ ...home(), KUBECONFIG: `${path}:` })).toBe(path);
    expect(await into({ ...home(), KUBECONFIG: path }, '~/other')).toBe(join(folder, 'other'));
  });

  it('has to be named when $KUBECONFIG has several', async () => {
    const error = await failureOf(into({ KUBECONFIG: `${path}:${path}2` }));
    expect(error).toMatchObject({ code: 'config', field: 'path' });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('what is refused', () => {
  it.each([
    ['a list', '- secret\n', 'must be a map'],
    ['a list that is none', 'clusters: secret\n', 'clusters: must be a list'],
    ['an entry without a name', 'users: [{user: {token: secret}}]\n', 'users[0]: must have a name'],
    [
      'two entries of one name',
      'users: [{name: secret}, {name: secret}]\n',
      'users[1]: has the name of another entry',
    ],
    ['content that is none', 'users: [{name: a, user: secret}]\n', 'users[0].user: must be a map'],
    ['what is not YAML', 'users: "secret\n', 'is not valid YAML'],
    ['two documents', 'a: secret\n---\nb: secret\n', 'one document'],
  ])('%s, in the text and in the file, without quoting it', async (_, text, problem) => {
    const ofText = await failureOf(merge(text));
    expect(ofText).toMatchObject({ code: 'config', message: expect.stringContaining(problem) });
    await writeFile(path, text);
    const ofFile = await failureOf(merge(fresh()));
    expect(ofFile).toMatchObject({
      code: 'config',
      path,
      message: expect.stringContaining(problem),
    });
    expect(`${ofText.message} ${ofFile.message}`).not.toContain('secret');
    expect(ofFile.message).toMatch(/^kubeconfig .*config, line 1|^kubeconfig .*config, line 2/);
    expect(await content()).toBe(text);
  });

  it('a name for one of several contexts', async () => {
    const two = fresh().replace('contexts:', 'contexts: [{name: a}]\nothers:');
    const none = fresh().replace('contexts:', 'others:');
    const several = fresh().replace('contexts:\n', 'contexts:\n- name: a\n');
    expect(await failureOf(merge(several, { contextName: 'x' }))).toMatchObject({
      field: 'contextName',
    });
    expect(await failureOf(merge(none, { contextName: 'x' }))).toMatchObject({
      field: 'contextName',
    });
    expect(await merge(two, { contextName: 'x' })).toMatchObject({ context: undefined });
  });

  it('a folder, and what is no path, text or option', async () => {
    expect(await failureOf(mergeKubeconfig(folder, fresh()))).toMatchObject({ code: 'config' });
    const any = mergeKubeconfig as (...parts: unknown[]) => Promise<unknown>;
    expect(await failureOf(any(5, fresh()))).toMatchObject({ field: 'path' });
    expect(await failureOf(any(path, undefined))).toMatchObject({ field: 'text' });
    expect(await failureOf(any(path, fresh(), { onConflict: 'merge' }))).toMatchObject({
      field: 'onConflict',
    });
    expect(await failureOf(any(path, fresh(), { contextName: '' }))).toMatchObject({
      field: 'contextName',
    });
  });

  it('a merge that the caller has ended, and the file stays', async () => {
    await writeFile(path, existing);
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(merge(fresh(), { signal })).rejects.toBe(reason);
    expect(await content()).toBe(existing);
  });
});
