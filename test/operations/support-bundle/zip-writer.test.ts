import { createWriteStream, truncateSync, writeFileSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { endOfZip, limitOfZip } from '../../../src/operations/support-bundle/zip/records.js';
import { ZipWriter } from '../../../src/operations/support-bundle/zip/zip-writer.js';
import { temporaryFolder } from '../../codegen/protos/support.js';
import { sizesByPython, testByUnzip, unzip, zipFile } from './unzip.js';

const now = Date.UTC(2026, 10, 30, 12, 34, 56);

async function* chunks(...parts: readonly (string | Uint8Array)[]) {
  for (const part of parts) yield Buffer.from(part as Uint8Array);
}

/** A zip of some files, in memory. */
async function zipOf(
  files: Iterable<readonly [name: string, content: AsyncIterable<Uint8Array>]>,
  options: { readonly limit?: number } = {},
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const zip = new ZipWriter(
    { write: async (bytes) => void parts.push(bytes) },
    { now, ...options },
  );
  for (const [name, content] of files) await zip.add(name, content);
  await zip.finish();
  const bytes = Buffer.concat(parts);
  expect(zip.size).toBe(bytes.length);
  return bytes;
}

/** Expects three readers to agree on a zip. */
function expectReadable(bytes: Buffer, expected: Readonly<Record<string, string>>): void {
  const path = zipFile(join(temporaryFolder(), 'a.zip'), bytes);
  const sizes = Object.fromEntries(
    Object.entries(expected).map(([name, text]) => [name, Buffer.byteLength(text)]),
  );
  expect(sizesByPython(path) ?? sizes).toEqual(sizes);
  expect(testByUnzip(path) ?? true).toBe(true);
  const own = unzip(bytes);
  expect(Object.fromEntries(own.map(({ name, content }) => [name, content.toString()]))).toEqual(
    expected,
  );
  for (const { mode } of own) expect(mode).toBe(0o100600);
}

it('writes files as they come, which Python, Info-ZIP and the reader of these tests read', async () => {
  const bytes = await zipOf([
    ['10.5.0.2/dmesg.log', chunks('one\n', 'two\n')],
    ['empty', chunks()],
    ['fd00::1/umlaut-ä/日本', chunks('x'.repeat(100_000), '')],
  ]);
  expectReadable(bytes, {
    '10.5.0.2/dmesg.log': 'one\ntwo\n',
    empty: '',
    'fd00::1/umlaut-ä/日本': 'x'.repeat(100_000),
  });
});

it('writes numbers that do not fit in zip64: sizes, places, and how many files there are', async () => {
  for (const limit of [1, 10, 60, 1_000]) {
    const bytes = await zipOf(
      [
        ['a', chunks('a')],
        ['b', chunks('b'.repeat(100))],
        ['c', chunks('c'.repeat(5_000))],
      ],
      { limit },
    );
    expectReadable(bytes, { a: 'a', b: 'b'.repeat(100), c: 'c'.repeat(5_000) });
  }
});

it('says in zip64 from where on the old format cannot count', () => {
  const end = (entries: number, offset: number) =>
    endOfZip({ entries, size: 1, offset }, limitOfZip).length;
  expect([end(65_534, 0), end(65_535, 0)]).toEqual([22, 98]);
  expect([end(1, 2 ** 32 - 2), end(1, 2 ** 32 - 1)]).toEqual([22, 98]);
});

it('holds files behind the fourth gibibyte', async () => {
  const path = join(temporaryFolder(), 'large.zip');
  const start = 5 * 2 ** 30;
  // A hole takes no room on the disk.
  writeFileSync(path, '');
  truncateSync(path, start);
  const out = createWriteStream(path, { flags: 'a' });
  const write = (bytes: Uint8Array) =>
    new Promise<void>((resolve, reject) =>
      out.write(bytes, (error) => (error ? reject(error) : resolve())),
    );
  const zip = new ZipWriter({ write }, { now, offset: start });
  await zip.add('far', chunks('away'));
  await zip.finish();
  await new Promise((resolve) => out.end(resolve));
  const sizes = sizesByPython(path);
  if (sizes !== undefined) expect(sizes).toEqual({ far: 4 });
  const file = await open(path);
  const { size } = await file.stat();
  expect(size).toBe(zip.size);
  await file.close();
  await rm(path);
});

it('gives back whatever it was given', async () => {
  const files = fc.uniqueArray(
    fc.record({
      name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
      content: fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }),
    }),
    { selector: ({ name }) => name, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(files, fc.constantFrom(1, 50, 0xffff_ffff), async (given, limit) => {
      const bytes = await zipOf(
        given.map(({ name, content }) => [name, chunks(...content)] as const),
        { limit },
      );
      expect(unzip(bytes).map(({ name, content }) => [name, content])).toEqual(
        given.map(({ name, content }) => [name, Buffer.concat(content)]),
      );
    }),
    { numRuns: 100 },
  );
});

it('fails with its content, and waits for who takes its bytes', async () => {
  const broken = new Error('broken');
  async function* failing() {
    yield Buffer.from('a');
    throw broken;
  }
  await expect(zipOf([['a', failing()]])).rejects.toBe(broken);
  const full = new Error('no space left');
  const zip = new ZipWriter({ write: () => Promise.reject(full) }, { now });
  await expect(zip.add('a', chunks('a'))).rejects.toBe(full);
});
