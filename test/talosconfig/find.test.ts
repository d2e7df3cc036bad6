import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  candidates,
  findTalosconfig,
  firstPresent,
  IN_CLUSTER_PATH,
} from '../../src/talosconfig/find.js';
import { readTalosconfig } from '../../src/talosconfig/index.js';
import { configErrorOf, temporaryDirectory, written } from './support.js';

const cluster = { path: IN_CLUSTER_PATH };

test.each([
  [
    'an explicit path beats everything',
    { path: 'x', env: { TALOSCONFIG: '/t' } },
    [{ path: 'x', named: 'path' }],
  ],
  [
    '$TALOSCONFIG alone',
    { env: { TALOSCONFIG: 't', HOME: '/h' } },
    [{ path: 't', named: 'TALOSCONFIG' }],
  ],
  [
    'an empty $TALOSCONFIG is none',
    { env: { TALOSCONFIG: '', HOME: '/h' } },
    [{ path: '/h/.talos/config' }, cluster],
  ],
  ['the home directory', { env: { HOME: '/h' } }, [{ path: '/h/.talos/config' }, cluster]],
  ['$TALOS_HOME', { env: { HOME: '/h', TALOS_HOME: '/t/x' } }, [{ path: '/t/x/config' }, cluster]],
  [
    'a relative $TALOS_HOME is passed over',
    { env: { HOME: '/h', TALOS_HOME: 'x' } },
    [{ path: '/h/.talos/config' }, cluster],
  ],
  [
    'an empty $TALOS_HOME is passed over',
    { env: { HOME: '/h', TALOS_HOME: '' } },
    [{ path: '/h/.talos/config' }, cluster],
  ],
  [
    'a path in the home directory',
    { path: '~/x', env: { HOME: '/h' } },
    [{ path: '/h/x', named: 'path' }],
  ],
  [
    'a $TALOSCONFIG in the home directory',
    { env: { TALOSCONFIG: '~/x', HOME: '/h' } },
    [{ path: '/h/x', named: 'TALOSCONFIG' }],
  ],
  ['a file called ~x', { path: '~x', env: { HOME: '/h' } }, [{ path: '~x', named: 'path' }]],
  ['no home directory', { env: {} }, [cluster]],
  ['an empty home directory', { env: { HOME: '' } }, [cluster]],
  [
    'variables that Talos does not know',
    { env: { TALOS_CONTEXT: 'x', TALOS_NODES: 'y' } },
    [cluster],
  ],
])('candidates: %s', (_, options, expected) => {
  expect(candidates(options)).toEqual(expected);
});

test('without an environment given, that of the process counts', () => {
  expect(candidates({})).toEqual(candidates({ env: process.env }));
});

test('an empty path is refused rather than searched for', async () => {
  const error = await configErrorOf(() => findTalosconfig({ path: '', env: {} }));
  expect(error.field).toBe('path');
});

test('the first file that is there is taken', async () => {
  const home = await temporaryDirectory();
  await mkdir(join(home, '.talos'));
  await writeFile(join(home, '.talos/config'), '');
  expect(await findTalosconfig({ env: { HOME: home } })).toBe(join(home, '.talos/config'));
  const absent = { path: join(home, 'absent/config') };
  const present = { path: join(home, '.talos/config') };
  expect(await firstPresent([absent, present])).toBe(present.path);
  expect(await firstPresent([present, absent])).toBe(present.path);
  // A file where a directory should be is absent too.
  expect(await firstPresent([{ path: `${present.path}/config` }, present])).toBe(present.path);
});

test.each([
  ['path', (path: string) => ({ path })],
  ['TALOSCONFIG', (path: string) => ({ env: { TALOSCONFIG: path } })],
])(
  'a file named by %s that is missing is an error, not a reason to look further',
  async (name, options) => {
    const home = await temporaryDirectory();
    await mkdir(join(home, '.talos'));
    await writeFile(join(home, '.talos/config'), written);
    const missing = join(home, 'missing');
    const given = options(missing);
    const env = { HOME: home, ...('env' in given ? given.env : {}) };
    for (const run of [findTalosconfig, readTalosconfig]) {
      const error = await configErrorOf(() => run({ ...given, env }));
      expect(error.path).toBe(missing);
      expect(error.message).toContain(missing);
      expect(error.message).toContain(name);
    }
  },
);

test('a file that cannot be looked at is an error, also where it is only one of several', async () => {
  const home = await temporaryDirectory();
  await symlink('loop', join(home, 'loop'));
  const error = await configErrorOf(() =>
    findTalosconfig({ env: { HOME: home, TALOS_HOME: join(home, 'loop') } }),
  );
  expect(error.message).toContain('ELOOP');
  expect(error.path).toBe(join(home, 'loop/config'));
});

test('when there is none, the error says where it was looked for', async () => {
  const home = await temporaryDirectory();
  const error = await configErrorOf(() =>
    firstPresent([{ path: join(home, 'a') }, { path: join(home, 'b') }]),
  );
  expect(error.message).toContain(`${join(home, 'a')}, ${join(home, 'b')}`);
  expect(error.message).toContain('TALOSCONFIG');
});

test('a directory, and bytes that are no UTF-8, are errors that name the file', async () => {
  const home = await temporaryDirectory();
  const directory = await configErrorOf(() => readTalosconfig({ path: home }));
  expect(directory.path).toBe(home);
  expect(directory.message).toContain('EISDIR');
  const path = join(home, 'config');
  await writeFile(path, Buffer.concat([Buffer.from(written), Buffer.from([0xff])]));
  const error = await configErrorOf(() => readTalosconfig({ path }));
  expect(error).toMatchObject({ path, message: expect.stringContaining('UTF-8') });
});

test('reading a file keeps its path', async () => {
  const path = join(await temporaryDirectory(), 'config');
  await writeFile(path, written);
  const config = await readTalosconfig({ path });
  expect(config.path).toBe(path);
  expect(config.toYaml()).toBe(written);
});
