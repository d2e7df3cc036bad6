import { existsSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { files, filesMethods } from '../../generated/features/files.js';
import { safeName } from '../../src/operations/archive/safe-name.js';
import { extractArchive } from '../../src/operations/extract-archive/index.js';
import type { OperationProgress } from '../../src/operations/run/progress.js';
import { collectBytes } from '../../src/runtime/streams/collect.js';
import { failureOf, tlsCluster } from '../support/feature-calls.js';
import { quickParts } from '../support/quick-clock.js';
import { end, entry, inChunks, type Part, record, tarGzOf, tarOf } from '../support/tar.js';
import { namesByTar } from '../support/untar.js';
import { hostile } from './archive/hostile.js';

/** A folder to unpack to, with things around it that must stay as they are. */
async function sandbox(): Promise<{ readonly folder: string; check(): Promise<void> }> {
  const around = mkdtempSync(join(tmpdir(), 'talos-client-'));
  onTestFinished(() => rm(around, { recursive: true, force: true }));
  const folder = join(around, 'a', 'folder');
  await mkdir(folder, { recursive: true });
  await writeFile(join(around, 'a', 'evil'), 'untouched');
  const tree = (path: string): unknown[] =>
    readdirSync(path, { withFileTypes: true }).map((each) => {
      const own = join(path, each.name);
      if (own === folder) return 'the folder';
      return each.isDirectory() ? [each.name, tree(own)] : [each.name, readFileSync(own, 'utf8')];
    });
  const before = tree(around);
  const temporary = readdirSync(tmpdir()).includes('evil');
  return {
    folder,
    async check() {
      expect(tree(around)).toEqual(before);
      expect(readdirSync(tmpdir()).includes('evil')).toBe(temporary);
    },
  };
}

/** What is in a folder: path → content, `null` for a folder, `-> target` for a link. */
async function contentsOf(folder: string, path = ''): Promise<Record<string, string | null>> {
  const found: Record<string, string | null> = {};
  for (const name of await readdir(join(folder, path))) {
    const own = path === '' ? name : `${path}/${name}`;
    const full = join(folder, own);
    const stats = await lstat(full);
    if (stats.isSymbolicLink()) found[own] = `-> ${await readlink(full)}`;
    else if (stats.isDirectory()) {
      found[own] = null;
      Object.assign(found, await contentsOf(folder, own));
    } else {
      expect(stats.isFile(), own).toBe(true);
      expect(stats.nlink, own).toBe(1);
      found[own] = await readFile(full, 'utf8');
    }
    if (stats.isSymbolicLink()) continue;
    // Nobody else may write, and nothing runs as somebody else.
    expect(stats.mode & 0o7022, own).toBe(0);
    expect(stats.mode & 0o600, own).toBe(0o600);
  }
  return found;
}

describe('archives that mean harm', () => {
  it('are at least thirty', () => {
    expect(new Set(hostile.map(({ what }) => what)).size).toBeGreaterThanOrEqual(30);
  });

  it.each(hostile)('$what', async ({ parts, makes = {}, leavesOut = {}, refused }) => {
    const { folder, check } = await sandbox();
    const running = extractArchive(tarGzOf(...parts), folder);
    if (refused === undefined) {
      const { written, leftOut, sourceError } = await running;
      expect(Object.fromEntries(leftOut.map(({ name, reason }) => [name, reason]))).toEqual(
        leavesOut,
      );
      expect(sourceError).toBeUndefined();
      const contents = await contentsOf(folder);
      expect(contents).toEqual(makes);
      for (const { path } of written) expect(Object.keys(contents)).toContain(path);
    } else {
      expect(await failureOf(running)).toMatchObject({
        code: 'operation',
        operation: 'extractArchive',
        message: expect.stringContaining(refused),
      });
    }
    await check();
  });

  it.each(['darwin', 'win32'])(
    'stay inside where folders are not held open, as on %s',
    async (platform) => {
      const own = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor;
      onTestFinished(() => {
        Object.defineProperty(process, 'platform', own);
      });
      for (const { what, parts } of hostile) {
        const { folder, check } = await sandbox();
        symlinkSync('..', join(folder, 'up'));
        Object.defineProperty(process, 'platform', { ...own, value: platform });
        const archive = tarGzOf({ name: 'up/planted', content: 'x' }, ...parts);
        const [result] = await Promise.allSettled([extractArchive(archive, folder)]);
        Object.defineProperty(process, 'platform', own);
        if (result.status === 'rejected')
          expect(result.reason, what).toMatchObject({ code: 'operation' });
        await contentsOf(folder);
        await check();
      }
    },
  );

  it.each(['C:evil', 'a\\..\\b', 'nul', 'COM1.txt', 'a:stream', 'dots. .', 'a/aux/b', 'a?'])(
    'a name with a meaning on Windows is left out there: %s',
    (name) => {
      const bytes = Buffer.from(name);
      expect(safeName(bytes, 'win32')).toEqual({ problem: 'Windows has no such names' });
      expect(safeName(bytes, 'linux')).toEqual({ parts: name.split('/') });
    },
  );

  it('a link that was there before, in place of a folder', async () => {
    const { folder, check } = await sandbox();
    symlinkSync('..', join(folder, 'up'));
    symlinkSync('../evil', join(folder, 'file'));
    const { leftOut } = await extractArchive(
      tarGzOf(
        { name: 'up/evil', content: 'x' },
        { name: 'file', content: 'x' },
        { name: 'up/', type: '5' },
      ),
      folder,
    );
    expect(leftOut.map(({ reason }) => reason)).toEqual([
      'what should be a folder above it is none',
      'there is something of that name already',
      'what should be a folder above it is none',
    ]);
    await check();
  });

  it('a folder that is exchanged for a link while the archive comes', async () => {
    const { folder, check } = await sandbox();
    async function* source() {
      yield gzipSync(entry({ name: 'd/one', content: '1' }));
      // What was unpacked so far is there when the next chunk is asked for, or soon after.
      while (!existsSync(join(folder, 'd/one'))) await new Promise(setImmediate);
      await rename(join(folder, 'd'), join(folder, 'moved'));
      symlinkSync('..', join(folder, 'd'));
      yield gzipSync(tarOf({ name: 'd/evil', content: 'x' }, { name: 'e' }, { name: 'd/evil' }));
    }
    const { leftOut } = await extractArchive(source(), folder);
    await check();
    // The folder that is held open got the file; the link that is there now gets none.
    expect(leftOut).toEqual([
      { name: 'd/evil', reason: 'what should be a folder above it is none' },
    ]);
    if (process.platform !== 'linux') return;
    expect(readdirSync(join(folder, 'moved')).sort()).toEqual(['evil', 'one']);
  });

  it('more bytes than allowed: of content, of what is left out, behind the end, and compressed well', async () => {
    const zeros = Buffer.alloc(3_000_000);
    const archives = [
      tarGzOf({ name: 'a', content: zeros }),
      tarGzOf({ name: '../a', content: zeros }),
      gzipSync(Buffer.concat([tarOf({ name: 'a' }), zeros])),
      tarGzOf(
        { name: 'x', type: '1', size: '00000000000\0' },
        entry({ name: 'z', content: zeros }),
      ),
    ];
    for (const archive of archives) {
      const { folder, check } = await sandbox();
      const error = await failureOf(extractArchive(archive, folder, { maxBytes: 1_000_000 }));
      expect(error).toMatchObject({
        message: expect.stringContaining('it unpacks to more than 1000000 bytes'),
        hint: expect.stringContaining('maxBytes'),
      });
      // Half a file is not left behind.
      expect(Object.values(await contentsOf(folder)).join('').length).toBe(0);
      await check();
    }
  });

  it('more entries than allowed', async () => {
    const { folder } = await sandbox();
    const many = Array.from({ length: 11 }, (_, index): Part => ({ name: `f${index}` }));
    const error = await failureOf(extractArchive(tarGzOf(...many), folder, { maxEntries: 10 }));
    expect(error).toMatchObject({
      outcome: 'changed',
      message: expect.stringContaining(
        'it has more than 10 entries; files that were written before: 10',
      ),
    });
  });

  it('a gzip without end is left without reading it all', async () => {
    const { folder } = await sandbox();
    const block = gzipSync(Buffer.alloc(1_000_000));
    let left = false;
    async function* source() {
      try {
        yield gzipSync(entry({ name: 'a', size: '77777777777\0' }));
        for (;;) yield block;
      } finally {
        left = true;
      }
    }
    await failureOf(extractArchive(source(), folder, { maxBytes: 5_000_000 }));
    expect(left).toBe(true);
  });
});

describe('an archive that breaks off', () => {
  const parts: Part[] = [
    { name: 'a/', type: '5' },
    { name: 'a/one', content: 'x'.repeat(700) },
    { name: 'b', content: 'y'.repeat(512) },
    { name: 'pax', type: 'x', content: record('path', 'long'.repeat(50)) },
    { name: 'long', content: 'z' },
    { name: 'link', type: '2', link: 'b' },
  ];
  const whole = tarOf(...parts);
  const sizes: Record<string, number> = { 'a/one': 700, b: 512, ['long'.repeat(50)]: 1 };

  it('is told at every 512 bytes, and leaves no part of a file behind', async () => {
    const last = whole.length - end.length;
    for (let length = 0; length <= last; length += 512) {
      for (const cut of [length, length + 100].filter((each) => each <= last)) {
        const { folder } = await sandbox();
        const error = await failureOf(extractArchive(gzipSync(whole.subarray(0, cut)), folder));
        expect(error, String(cut)).toMatchObject({
          message: expect.stringContaining('the archive breaks off at byte'),
        });
        for (const [path, content] of Object.entries(await contentsOf(folder))) {
          if (content !== null) expect(content.length, path).toBe(sizes[path]);
        }
      }
    }
  });

  it('is told wherever the compressed bytes end', async () => {
    const packed = gzipSync(whole);
    for (let length = 0; length < packed.length; length += 3) {
      const { folder } = await sandbox();
      const error = await failureOf(extractArchive(packed.subarray(0, length), folder));
      expect(error, String(length)).toMatchObject({
        message: expect.stringMatching(/breaks off/),
      });
    }
  });

  it('with an error of its source names that first', async () => {
    const { folder } = await sandbox();
    const lost = new Error('connection lost');
    async function* source() {
      yield gzipSync(whole).subarray(0, 50);
      throw lost;
    }
    expect(await failureOf(extractArchive(source(), folder))).toMatchObject({
      message: expect.stringMatching(/unpack: connection lost; .*breaks off/),
      cause: lost,
    });
  });
});

describe('whatever the bytes are', () => {
  it('nothing is written outside, and the archive is unpacked or refused', async () => {
    const base = tarOf(
      ...(['a/', '../b', 'c', 'a/d', 'l'].map((name) => ({ name, content: 'x' })) as Part[]),
      { name: 'a/l', type: '2', link: '../..' },
      { name: 'p', type: 'x', content: record('path', '../q') },
      { name: 'q', content: 'q' },
    );
    const changes = fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { maxLength: 8 });
    const keepsSum = fc.boolean();
    await fc.assert(
      fc.asyncProperty(changes, keepsSum, async (edits, summed) => {
        const bytes = Buffer.from(base);
        for (const [at, byte] of edits) bytes[at] = byte;
        // A wrong checksum would end most of them at once.
        if (summed) for (let at = 0; at < bytes.length; at += 512) resum(bytes, base, at);
        const { folder, check } = await sandbox();
        const [result] = await Promise.allSettled([extractArchive(gzipSync(bytes), folder)]);
        if (result.status === 'rejected')
          expect(result.reason).toMatchObject({ code: 'operation' });
        await contentsOf(folder);
        await check();
      }),
      { numRuns: 300 },
    );
  });

  it('random names and links stay inside', async () => {
    const name = fc
      .array(fc.constantFrom('a', 'b', '..', '.', '', '/', 'c d', '\\'), {
        minLength: 1,
        maxLength: 5,
      })
      .map((list) => list.join('/'));
    const part = fc.record({
      name,
      link: name,
      type: fc.constantFrom('0', '0', '1', '2', '2', '5'),
      content: fc.constant(''),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => {
        const { folder, check } = await sandbox();
        const { written } = await extractArchive(tarGzOf(...parts), folder);
        for (const { path, type } of written) {
          if (type !== 'symbolic link') continue;
          // Where the link leads, if it leads anywhere, is in the folder.
          const real = await realpath(join(folder, path)).catch(() => folder);
          expect(`${real}/`.startsWith(`${folder}/`), `${path} leads to ${real}`).toBe(true);
        }
        await check();
      }),
      { numRuns: 300 },
    );
  });
});

describe('an archive of a node', () => {
  it('comes over the wire into a folder, as the program tar lists it', async () => {
    const cluster = await tlsCluster({ controlPlanes: 1, workers: 1 });
    const node = cluster.client().node('10.5.0.2');
    const { folder, check } = await sandbox();
    const told: OperationProgress[] = [];
    const result = await extractArchive(files(node).copy({ rootPath: '/etc' }), folder, {
      onProgress: (progress) => told.push(progress),
    });
    expect(result.sourceError).toBeUndefined();
    expect(result.bytes).toBeGreaterThan(0);
    expect(await readFile(join(folder, 'hostname'), 'utf8')).toBe('cp-1\n');
    expect(told.filter(({ type }) => type === 'step').map(({ step }) => step)).toEqual([
      'unpack',
      'make links',
    ]);
    expect(told).toContainEqual({
      type: 'bytes',
      step: 'unpack',
      node: undefined,
      bytes: result.bytes,
      total: undefined,
    });
    const names = namesByTar(await collectBytes(files(node).copy({ rootPath: '/etc' })));
    const all = [
      ...result.written.map(({ path }) => path),
      ...result.leftOut.map(({ name }) => name),
    ];
    if (names !== undefined) {
      expect(all.sort()).toEqual(names.map((name) => name.replace(/\/$/, '')).sort());
    }
    await check();
  });

  it('ends with what the node could not read, behind the archive', async () => {
    const cluster = await tlsCluster();
    const node = cluster.client().node('10.5.0.2');
    const { folder } = await sandbox();
    const { written, sourceError } = await extractArchive(
      files(node).copy({ rootPath: '/run' }),
      folder,
    );
    expect(sourceError).toMatchObject({ code: 'rpc', status: 'unknown' });
    expect((sourceError as Error).message).toContain('skipping');
    expect(written.length).toBeGreaterThan(0);
  });

  it('that is refused leaves the reason of the node', async () => {
    const cluster = await tlsCluster();
    const { folder } = await sandbox();
    const reader = cluster.client({ role: 'os:reader' }).node('10.5.0.2');
    const error = await failureOf(extractArchive(files(reader).copy({ rootPath: '/etc' }), folder));
    expect(error).toMatchObject({
      outcome: 'unchanged',
      cause: { code: 'rpc', status: 'permission-denied' },
      message: expect.stringContaining('permission-denied'),
    });
  });

  it('whose connection is lost ends with that', async () => {
    const cluster = await tlsCluster();
    const node = cluster.client({ retry: false }).node('10.5.0.2');
    cluster.node('cp-1').drop(filesMethods.copy, { when: { replies: 2 } });
    const { folder } = await sandbox();
    const error = await failureOf(extractArchive(files(node).copy({ rootPath: '/etc' }), folder));
    expect(error).toMatchObject({
      code: 'operation',
      cause: { code: 'rpc', status: 'unavailable' },
    });
  });
});

describe('an extraction', () => {
  const parts: Part[] = [
    { name: 'a/b', content: 'b' },
    { name: 'run', content: '#!', mode: 0o755 },
    { name: 'secret', content: 's', mode: 0o600 },
    { name: 'l', type: '2', link: 'a/b' },
  ];

  it('takes bytes, Node streams, Web streams and generators, in whatever pieces', async () => {
    const archive = tarGzOf(...parts);
    const sources = [
      archive,
      Readable.from([archive.subarray(0, 10), archive.subarray(10)]),
      new Blob([archive]).stream() as unknown as AsyncIterable<Uint8Array>,
      inChunks(archive, 1),
      inChunks(archive, 600),
    ];
    for (const source of sources) {
      const { folder } = await sandbox();
      const { written } = await extractArchive(source, join(folder, 'new', 'one'));
      expect(written.map(({ path }) => path)).toEqual(['a/b', 'run', 'secret', 'l']);
      expect(await readFile(join(folder, 'new/one/l'), 'utf8')).toBe('b');
    }
  });

  it('keeps permissions within reason', async () => {
    const { folder } = await sandbox();
    await extractArchive(tarGzOf(...parts), join(folder, 'new'));
    const mode = async (path: string) =>
      ((await lstat(join(folder, path))).mode & 0o7777).toString(8);
    expect(await mode('new')).toBe('700');
    expect(await mode('new/run')).toBe('755');
    expect(await mode('new/secret')).toBe('600');
  });

  it('closes all folders', async () => {
    const open = () => readdirSync('/proc/self/fd').length;
    if (process.platform !== 'linux') return;
    const deep = Array.from(
      { length: 100 },
      (_, index): Part => ({ name: `${'d/'.repeat(index)}f` }),
    );
    const { folder } = await sandbox();
    await extractArchive(tarGzOf(...deep), folder);
    const before = open();
    await extractArchive(tarGzOf(...deep), folder);
    await failureOf(extractArchive(gzipSync(tarOf(...deep).subarray(0, 40_000)), folder));
    expect(open()).toBe(before);
  });

  it('ends with the reason of the caller, also while nothing comes, and leaves the source', async () => {
    const { folder } = await sandbox();
    const stop = new AbortController();
    const reason = new Error('enough');
    let left = 0;
    const source: AsyncIterableIterator<Uint8Array> = {
      [Symbol.asyncIterator]: () => source,
      next: () => {
        queueMicrotask(() => stop.abort(reason));
        return new Promise(() => {});
      },
      return: async () => {
        left += 1;
        return { done: true, value: undefined };
      },
    };
    await expect(extractArchive(source, folder, { signal: stop.signal })).rejects.toBe(reason);
    expect(left).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('that fails leaves a source that says nothing more', async () => {
    const { folder } = await sandbox();
    const chunks = [tarGzOf({ name: 'a', content: Buffer.alloc(100_000) })];
    let leave = (_: undefined): void => {};
    const left = new Promise<undefined>((resolve) => {
      leave = resolve;
    });
    const source: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          const value = chunks.shift();
          return value === undefined
            ? new Promise(() => {})
            : Promise.resolve({ done: false, value });
        },
        return: async () => {
          leave(undefined);
          return { done: true, value: undefined };
        },
      }),
    };
    await failureOf(extractArchive(source, folder, { maxBytes: 10_000 }));
    await left;
  });

  it('gives up when its time is over', async () => {
    const { folder } = await sandbox();
    const parts = quickParts();
    const silent: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
    };
    const running = extractArchive(silent, folder, { timeoutMs: 120_000 }, parts);
    running.catch(() => {});
    expect(await failureOf(parts.clock.turnUntil(running, 60_000))).toMatchObject({
      message: expect.stringContaining('gave up after 120000 ms'),
    });
  });

  it('says what is wrong with the folder', async () => {
    const { folder } = await sandbox();
    await writeFile(join(folder, 'file'), '');
    const error = await failureOf(extractArchive(tarGzOf(...parts), join(folder, 'file')));
    expect(error).toMatchObject({ code: 'operation', step: 'unpack' });
    expect((error as Error).message).toMatch(/EEXIST|ENOTDIR/);
  });

  it.each([
    [undefined, '.', {}, 'bytes'],
    ['text', '.', {}, 'bytes'],
    [new Uint8Array(), '', {}, 'folder'],
    [new Uint8Array(), '.', { maxBytes: -1 }, 'maxBytes'],
    [new Uint8Array(), '.', { maxEntries: '5' }, 'maxEntries'],
    [new Uint8Array(), '.', { maxByte: 5 }, 'maxByte'],
  ])('refuses what is wrong: %#', async (bytes, folder, options, field) => {
    const error = await failureOf(extractArchive(bytes as never, folder, options as never));
    expect(error).toMatchObject({ code: 'config', field });
  });

  it('memory does not grow with the archive', async () => {
    const { folder } = await sandbox();
    const archive = tarGzOf({ name: '../left-out', content: Buffer.alloc(200_000_000) });
    let most = 0;
    async function* source() {
      for (let at = 0; at < archive.length; at += 4096) {
        most = Math.max(most, process.memoryUsage().arrayBuffers);
        yield archive.subarray(at, at + 4096);
      }
    }
    const before = process.memoryUsage().arrayBuffers;
    await extractArchive(source(), folder);
    expect(most - before).toBeLessThan(64 * 1024 * 1024);
  });
});

it('the archives of these tests are what the program tar reads', () => {
  const names = namesByTar(tarGzOf({ name: 'a/', type: '5' }, { name: 'a/b', content: 'b' }));
  expect(names ?? ['a/', 'a/b']).toEqual(['a/', 'a/b']);
});

/** Corrects the checksum of what is a header. */
function resum(bytes: Buffer, base: Buffer, at: number): void {
  if (base.toString('latin1', at + 257, at + 262) !== 'ustar') return;
  bytes.write('        ', at + 148);
  const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
}
