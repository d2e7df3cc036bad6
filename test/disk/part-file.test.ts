import { mkdtemp, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { BeingWrittenError, PartFile } from '../../src/disk/part-file.js';
import { NotAFileError } from '../../src/disk/replace-file.js';

/** What the disk does wrong; absent while it is well. */
const disk = vi.hoisted(() => ({
  problem: undefined as 'full' | 'sync' | 'rename' | 'short writes' | undefined,
  /** How many bytes it still takes when it is full. */
  room: 0,
}));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const failure = (code: string) => Object.assign(new Error(code), { code });
  return {
    ...real,
    async open(...args: Parameters<typeof real.open>) {
      const file = await real.open(...args);
      const { sync } = file;
      const write = file.write.bind(file) as (...args: unknown[]) => Promise<unknown>;
      file.write = (async (bytes: Buffer, from: number, length: number, at: number) => {
        let most = length;
        if (disk.problem === 'short writes') most = Math.min(3, length);
        if (disk.problem === 'full') {
          if (disk.room === 0) throw failure('ENOSPC');
          most = Math.min(disk.room, length);
          disk.room -= most;
        }
        return write(bytes, from, most, at);
      }) as typeof file.write;
      file.sync = async () => {
        if (disk.problem === 'sync') throw failure('EIO');
        await sync.call(file);
      };
      return file;
    },
    async rename(...args: Parameters<typeof real.rename>) {
      if (disk.problem === 'rename') throw failure('EXDEV');
      await real.rename(...args);
    },
  };
});

let folder: string;
let path: string;

beforeEach(async () => {
  disk.problem = undefined;
  folder = await mkdtemp(join(tmpdir(), 'part-file-'));
  path = join(folder, 'etcd.snapshot');
});

async function save(...chunks: readonly string[]): Promise<void> {
  const file = await PartFile.create(path, Date.now());
  try {
    for (const chunk of chunks) await file.write(Buffer.from(chunk));
    await file.finish();
  } finally {
    await file.discard();
  }
}

it('is there when it is finished, for its owner only, and not before', async () => {
  const file = await PartFile.create(path, Date.now());
  await file.write(Buffer.from('abc'));
  expect(await readdir(folder)).toEqual(['etcd.snapshot.part']);
  await file.finish();
  expect(await readdir(folder)).toEqual(['etcd.snapshot']);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readFile(path, 'utf8')).toBe('abc');
});

it('makes its folder, and replaces what was there', async () => {
  path = join(folder, 'deep', 'down', 'file');
  await save('old');
  await save('n', 'ew');
  expect(await readFile(path, 'utf8')).toBe('new');
});

it('begins anew without what was written before', async () => {
  const file = await PartFile.create(path, Date.now());
  await file.write(Buffer.alloc(300 * 1024, 'x'));
  await file.write(Buffer.from('waits in memory'));
  await file.restart();
  await file.write(Buffer.from('abc'));
  await file.finish();
  expect(await readFile(path, 'utf8')).toBe('abc');
});

it('is whole also where each write takes three bytes', async () => {
  disk.problem = 'short writes';
  const text = 'a text of more than three bytes'.repeat(20);
  await save(text);
  expect(await readFile(path, 'utf8')).toBe(text);
});

it.each(['full', 'sync', 'rename'] as const)(
  'leaves what was there when the disk fails: %s',
  async (problem) => {
    await save('old');
    disk.problem = problem;
    disk.room = 5;
    await expect(save('a much longer text')).rejects.toMatchObject({
      code: expect.stringMatching(/ENOSPC|EIO|EXDEV/),
    });
    expect(await readdir(folder)).toEqual(['etcd.snapshot']);
    expect(await readFile(path, 'utf8')).toBe('old');
  },
);

it.each([0, 1, 4, 255, 256 * 1024 - 1, 256 * 1024, 300 * 1024])(
  'leaves nothing when the disk is full after %i bytes',
  async (room) => {
    disk.problem = 'full';
    disk.room = room;
    const chunks = Array.from({ length: 400 }, () => 'x'.repeat(1024));
    await expect(save(...chunks)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await readdir(folder)).toEqual([]);
  },
);

it('refuses a file that another process is writing, and takes over one that was left behind', async () => {
  await writeFile(`${path}.part`, 'half');
  await expect(save('new')).rejects.toBeInstanceOf(BeingWrittenError);
  expect(await readFile(`${path}.part`, 'utf8')).toBe('half');
  const long = new Date(Date.now() - 3_600_000);
  await utimes(`${path}.part`, long, long);
  await save('new');
  expect(await readdir(folder)).toEqual(['etcd.snapshot']);
});

it('refuses what is no file, and follows no link', async () => {
  await writeFile(join(folder, 'elsewhere'), 'mine');
  await symlink('elsewhere', path);
  await expect(save('new')).rejects.toBeInstanceOf(NotAFileError);
  await symlink('elsewhere', join(folder, 'other.part'));
  path = join(folder, 'other');
  await expect(save('new')).rejects.toBeInstanceOf(BeingWrittenError);
  expect(await readFile(join(folder, 'elsewhere'), 'utf8')).toBe('mine');
});
