import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  parseTalosconfig,
  readTalosconfig,
  saveTalosconfig,
  type Talosconfig,
  updateTalosconfig,
} from '../../src/talosconfig/index.js';
import { configErrorOf, kept, temporaryDirectory, written } from './support.js';

const withLab = (config: Talosconfig) => config.withContext('lab', { endpoints: ['10.1.0.2'] });

async function file(text: string): Promise<string> {
  const path = join(await temporaryDirectory(), 'config');
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

test('changes made at the same time are all kept', async () => {
  const path = await file(written);
  const names = Array.from({ length: 12 }, (_, index) => `c${index}`);
  await Promise.all(
    names.map((name) =>
      updateTalosconfig((config) => config.withContext(name, { endpoints: ['10.1.0.2'] }), {
        path,
      }),
    ),
  );
  const { contextNames } = await readTalosconfig({ path });
  expect([...contextNames].sort()).toEqual([...names, 'prod'].sort());
  expect(await readdir(join(path, '..'))).toEqual(['config']);
});

test('a file that changed since it was read is not replaced', async () => {
  const path = await file(written);
  const config = withLab(await readTalosconfig({ path }));
  await writeFile(path, kept);
  const error = await configErrorOf(() => saveTalosconfig(config));
  expect(error).toMatchObject({ path });
  expect(error.message).toContain('changed since it was read');
  expect(await readFile(path, 'utf8')).toBe(kept);
  // Elsewhere it may go.
  await saveTalosconfig(config, { path: `${path}-copy` });
});

test('a talosconfig may be saved again and again, after each of its changes', async () => {
  const path = await file(written);
  const first = await readTalosconfig({ path });
  const second = withLab(first);
  await saveTalosconfig(second);
  const third = second.withCurrentContext('lab');
  await saveTalosconfig(third);
  await saveTalosconfig(third);
  // The file has what `third` added; the older one knows nothing of it.
  await configErrorOf(() => saveTalosconfig(second.withoutContext('prod')));
  expect(await readFile(path, 'utf8')).toBe(third.toYaml());
});

test('a file that was removed is made again', async () => {
  const home = await temporaryDirectory();
  const path = join(home, 'gone');
  await saveTalosconfig(parseTalosconfig(written, { path }));
  expect(await readFile(path, 'utf8')).toBe(written);
});

test('a change that fails leaves the file, and no lock', async () => {
  const path = await file(written);
  await configErrorOf(() => updateTalosconfig((config) => config.withoutContext('no'), { path }));
  expect(await readFile(path, 'utf8')).toBe(written);
  expect(await readdir(join(path, '..'))).toEqual(['config']);
});

test('the lock of a process that died is taken away', async () => {
  const path = await file(written);
  const lock = join(path, '../.config.lock');
  await writeFile(lock, '');
  await utimes(lock, 0, 0);
  await updateTalosconfig(withLab, { path });
  expect(await readdir(join(path, '..'))).toEqual(['config']);
});

test('what is no function is refused', async () => {
  const error = await configErrorOf(() => updateTalosconfig({} as never));
  expect(error.field).toBe('change');
});
