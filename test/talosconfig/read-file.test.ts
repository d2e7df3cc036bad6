import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { readTalosconfig } from '../../src/talosconfig/index.js';
import { readWhole } from '../../src/talosconfig/read-file.js';
import { configErrorOf, temporaryDirectory, written } from './support.js';

async function pipe(): Promise<string> {
  const path = join(await temporaryDirectory(), 'pipe');
  await promisify(execFile)('mkfifo', [path]);
  return path;
}

/** What the process is warned of while `run` runs. */
async function warningsOf(run: () => Promise<unknown>): Promise<NodeJS.ErrnoException[]> {
  const warnings: NodeJS.ErrnoException[] = [];
  const listener = (warning: Error) => warnings.push(warning);
  process.on('warning', listener);
  onTestFinished(() => void process.off('warning', listener));
  await run();
  await new Promise(setImmediate);
  process.off('warning', listener);
  return warnings;
}

test('a device without an end is refused', async () => {
  const error = await configErrorOf(() => readTalosconfig({ path: '/dev/zero' }));
  expect(error).toMatchObject({ path: '/dev/zero' });
  expect(error.message).toContain('larger than 5242880 bytes');
});

test('a file of 5 MiB is read, and one byte more is refused', async () => {
  const path = join(await temporaryDirectory(), 'config');
  const limit = 5 * 1024 * 1024;
  await writeFile(path, `${written}#`.padEnd(limit, 'x'));
  expect((await readTalosconfig({ path })).contextNames).toEqual(['prod']);
  await writeFile(path, `${written}#`.padEnd(limit + 1, 'x'));
  const error = await configErrorOf(() => readTalosconfig({ path }));
  expect(error.message).toContain('larger than');
});

test('a pipe is read to its end, however slowly it comes', async () => {
  const path = await pipe();
  const reading = readTalosconfig({ path });
  const writing = promisify(execFile)('sh', [
    '-c',
    `exec > "$1"; printf '%s' "$2"; sleep 0.1; printf '# end'`,
    'sh',
    path,
    written,
  ]);
  expect((await reading).contextNames).toEqual(['prod']);
  await writing;
});

test('a pipe that nobody writes to is given up', async () => {
  const path = await pipe();
  const error = await configErrorOf(() => readWhole(path, 50));
  expect(error.message).toContain('is a pipe that did not end within 50 ms');
});

test('a folder is no talosconfig', async () => {
  const path = await temporaryDirectory();
  const error = await configErrorOf(() => readTalosconfig({ path }));
  expect(error.message).toContain('cannot be read (EISDIR)');
});

test('keys that other users can read are warned about, once for a file', async () => {
  const path = join(await temporaryDirectory(), 'config');
  await writeFile(path, written, { mode: 0o600 });
  expect(await warningsOf(() => readTalosconfig({ path }))).toEqual([]);
  await chmod(path, 0o640);
  const warnings = await warningsOf(async () => {
    await readTalosconfig({ path });
    await readTalosconfig({ path });
  });
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatchObject({
    name: 'TalosConfigWarning',
    code: 'TALOS_CLIENT_OPEN_TALOSCONFIG',
    message: expect.stringContaining(path),
  });
});

test('a talosconfig without keys may be open to all', async () => {
  const path = join(await temporaryDirectory(), 'config');
  await writeFile(path, 'contexts: {a: {endpoints: [10.0.0.2]}}\n', { mode: 0o644 });
  expect(await warningsOf(() => readTalosconfig({ path }))).toEqual([]);
});
