import { execFile } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { IN_CLUSTER_PATH } from '../../src/talosconfig/find.js';
import { parseTalosconfig, readTalosconfig, saveTalosconfig } from '../../src/talosconfig/index.js';
import { configErrorOf, kept, temporaryDirectory, written } from './support.js';

const mode = async (path: string) => ((await stat(path)).mode & 0o7777).toString(8);

test('only the owner can read the file and the directories made for it', async () => {
  const home = await temporaryDirectory();
  const path = join(home, 'a/.talos/config');
  await saveTalosconfig(parseTalosconfig(written), { path });
  expect(await readFile(path, 'utf8')).toBe(written);
  expect(await mode(path)).toBe('600');
  expect(await mode(join(home, 'a/.talos'))).toBe('700');
  expect(await mode(join(home, 'a'))).toBe('700');
  expect(await readdir(join(home, 'a/.talos'))).toEqual(['config']);
});

test('the umask of the process does not matter', async () => {
  const home = await temporaryDirectory();
  for (const umask of [0o000, 0o777, 0o277]) {
    const before = process.umask(umask);
    onTestFinished(() => void process.umask(before));
    const path = join(home, `config-${umask}`);
    await saveTalosconfig(parseTalosconfig(written), { path });
    process.umask(before);
    expect(await mode(path)).toBe('600');
  }
});

test('a file that others could read is closed to them, its directory is left as it is', async () => {
  const home = await temporaryDirectory();
  await chmod(home, 0o755);
  const path = join(home, 'config');
  await writeFile(path, kept, { mode: 0o644 });
  const config = await readTalosconfig({ path });
  await saveTalosconfig(config.withCurrentContext('omni'));
  expect(await mode(path)).toBe('600');
  expect(await mode(home)).toBe('755');
  expect(await readFile(path, 'utf8')).toBe(kept.replace('context: prod', 'context: omni'));
});

test('a path relative to the working directory is fine', async () => {
  const home = await temporaryDirectory();
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  process.chdir(home);
  await saveTalosconfig(parseTalosconfig(written), { path: 'talosconfig' });
  const config = await readTalosconfig({ path: 'talosconfig' });
  expect(config.path).toBe('talosconfig');
  expect(await readdir(home)).toEqual(['talosconfig']);
});

test('a symbolic link stays one, and the file it leads to is written', async () => {
  const home = await temporaryDirectory();
  await mkdir(join(home, 'dotfiles'));
  await mkdir(join(home, 'other'));
  await writeFile(join(home, 'dotfiles/talosconfig'), kept);
  await symlink('../dotfiles/talosconfig', join(home, 'other/config'));
  await symlink('other', join(home, '.talos'));
  const config = await readTalosconfig({ env: { HOME: home } });
  expect(config.path).toBe(join(home, '.talos/config'));
  await saveTalosconfig(config.withCurrentContext('omni'));
  expect(await readlink(join(home, 'other/config'))).toBe('../dotfiles/talosconfig');
  expect(await readFile(join(home, 'dotfiles/talosconfig'), 'utf8')).toContain('context: omni');
  expect(await readdir(join(home, 'dotfiles'))).toEqual(['talosconfig']);
});

test('a link to a file that is not there yet makes that file', async () => {
  const home = await temporaryDirectory();
  await symlink(join(home, 'new/config'), join(home, 'link'));
  await saveTalosconfig(parseTalosconfig(written), { path: join(home, 'link') });
  expect((await lstat(join(home, 'link'))).isSymbolicLink()).toBe(true);
  expect(await readFile(join(home, 'new/config'), 'utf8')).toBe(written);
});

test('links in a circle are an error', async () => {
  const home = await temporaryDirectory();
  await symlink('b', join(home, 'a'));
  await symlink('a', join(home, 'b'));
  const path = join(home, 'a');
  const error = await configErrorOf(() => saveTalosconfig(parseTalosconfig(written), { path }));
  expect(error.message).toContain('link');
});

test('the file of the service account is never written, by whatever name', async () => {
  const home = await temporaryDirectory();
  await symlink(IN_CLUSTER_PATH, join(home, 'link'));
  const paths = [
    IN_CLUSTER_PATH,
    '/var/run/../run/secrets/talos.dev/config',
    '/run/secrets/talos.dev/config',
    '/var/run/secrets/talos.dev/other',
    join(home, 'link'),
  ];
  for (const path of paths) {
    const error = await configErrorOf(() => saveTalosconfig(parseTalosconfig(written), { path }));
    expect(error.message).toContain('service account');
    expect(error.path).toBeDefined();
  }
  const config = parseTalosconfig(written, { path: IN_CLUSTER_PATH });
  await configErrorOf(() => saveTalosconfig(config));
  await saveTalosconfig(config, { path: join(home, 'copy') });
  expect(await readFile(join(home, 'copy'), 'utf8')).toBe(written);
});

test('what is not an ordinary file is not replaced', async () => {
  const home = await temporaryDirectory();
  for (const path of [home, '/dev/null']) {
    const error = await configErrorOf(() => saveTalosconfig(parseTalosconfig(written), { path }));
    expect(error).toMatchObject({ path, message: expect.stringContaining('not an ordinary file') });
  }
  expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
});

test('without a path it says that one is missing', async () => {
  for (const options of [{}, { path: '' }, { path: undefined }]) {
    const error = await configErrorOf(() => saveTalosconfig(parseTalosconfig(written), options));
    expect(error.field).toBe('path');
  }
});

test('a failure names the file and leaves neither a changed file nor a temporary one', async () => {
  const home = await temporaryDirectory();
  await writeFile(join(home, 'file'), '');
  const below = await configErrorOf(() =>
    saveTalosconfig(parseTalosconfig(written), { path: join(home, 'file/config') }),
  );
  expect(below.message).toMatch(/cannot be written \((ENOTDIR|EEXIST)\)/);
  expect(below.path).toBe(join(home, 'file/config'));
  // The name is fine for a file, but too long once there is more in it: writing fails midway.
  const long = join(home, 'n'.repeat(250));
  await writeFile(long, kept);
  const error = await configErrorOf(() =>
    saveTalosconfig(parseTalosconfig(written), { path: long }),
  );
  expect(error.message).toContain('ENAMETOOLONG');
  expect(await readFile(long, 'utf8')).toBe(kept);
  expect((await readdir(home)).sort()).toEqual(['file', 'n'.repeat(250)]);
});

test('a directory that a link leads to is looked through too', async () => {
  const home = await temporaryDirectory();
  await symlink('/dev', join(home, 'link'));
  const path = join(home, 'link/null');
  const error = await configErrorOf(() => saveTalosconfig(parseTalosconfig(written), { path }));
  expect(error).toMatchObject({ path: '/dev/null' });
});

test('of writers at the same time one wins, and a reader never sees half a file', async () => {
  const home = await temporaryDirectory();
  const path = join(home, 'config');
  const texts = Array.from(
    { length: 12 },
    (_, i) => `# ${i}\n${`x-${i}: ${'v'.repeat(20_000)}\n`.repeat(1)}${written}`,
  );
  await saveTalosconfig(parseTalosconfig(texts[0] ?? ''), { path });
  let open = texts.length;
  const seen = new Set<string>();
  const read = async () => {
    while (open > 0) seen.add(await readFile(path, 'utf8'));
  };
  const write = async (text: string) => {
    try {
      for (let i = 0; i < 5; i += 1) await saveTalosconfig(parseTalosconfig(text), { path });
    } finally {
      open -= 1;
    }
  };
  await Promise.all([read(), read(), ...texts.map(write)]);
  seen.add(await readFile(path, 'utf8'));
  for (const text of seen) expect(texts.includes(text)).toBe(true);
  expect(await readdir(home)).toEqual(['config']);
  expect(await mode(path)).toBe('600');
});

test('root does not take the file of a user away', async ({ skip }) => {
  skip(process.getuid?.() !== 0, 'only root can own the file of another user');
  const home = await temporaryDirectory();
  const path = join(home, 'config');
  await writeFile(path, kept);
  await promisify(execFile)('chown', ['12345:23456', path]);
  await saveTalosconfig(parseTalosconfig(written), { path });
  expect(await stat(path)).toMatchObject({ uid: 12345, gid: 23456 });
  expect(await mode(path)).toBe('600');
});
