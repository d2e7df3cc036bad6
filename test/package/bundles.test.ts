import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { pathsOf } from '../support/all-methods.js';

const features = readdirSync('generated/features').map((file) => file.replace('.ts', ''));

async function bundle(entry: string, minify: boolean) {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    minify,
    metafile: true,
    treeShaking: true,
    external: ['@grpc/grpc-js', 'yaml'],
    logLevel: 'error',
  });
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => path),
  );
  return { text: outputFiles[0]?.text ?? '', inputs };
}

/** The names of the codec functions that a message module exports. */
function codecs(module: string): string[] {
  const source = readFileSync(`generated/messages/${module}.ts`, 'utf8');
  return [...source.matchAll(/^export function ((?:en|de)code\w+)/gm)].map(
    ([, name]) => name ?? '',
  );
}

describe.each(features)('talos-client/%s alone', (feature) => {
  it('holds no path and no codec of another feature, and no network code', async () => {
    const { text, inputs } = await bundle(`generated/features/${feature}.ts`, false);
    const own = new Set([...codecs(feature), ...codecs('shared')]);
    const named = new Set(text.match(/\b(?:en|de)code\w+/g));
    for (const other of features.filter((name) => name !== feature)) {
      for (const path of pathsOf(other)) {
        expect(text, `a path of ${other}`).not.toContain(path);
      }
      const foreign = codecs(other).filter((codec) => named.has(codec) && !own.has(codec));
      expect(foreign, `codecs of ${other}`).toEqual([]);
    }
    expect(inputs.filter((path) => path.includes('generated/'))).toEqual(
      expect.arrayContaining([`generated/features/${feature}.ts`]),
    );
    const foreign = inputs.filter(
      (path) =>
        path.includes('generated/') &&
        !path.endsWith(`/${feature}.ts`) &&
        path !== 'generated/messages/shared.ts',
    );
    expect(foreign).toEqual([]);
    expect(text).not.toContain('@grpc/grpc-js');
  });

  it('loads no module of another feature in Node either', async () => {
    // Without tree shaking every import counts, as in Node without a bundler.
    const { metafile } = await build({
      entryPoints: [`generated/features/${feature}.ts`],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      metafile: true,
      treeShaking: false,
      ignoreAnnotations: true,
      external: ['@grpc/grpc-js'],
      logLevel: 'error',
    });
    const loaded = Object.keys(metafile.inputs).filter((path) => path.startsWith('generated/'));
    expect(loaded.sort()).toEqual(
      [
        `generated/features/${feature}.ts`,
        `generated/messages/${feature}.ts`,
        'generated/messages/shared.ts',
      ]
        .filter((path) => loaded.includes(path))
        .sort(),
    );
  });
});

it('the root holds no feature, and talosconfig no network code', async () => {
  const root = await bundle('src/index.ts', false);
  expect(root.inputs.filter((path) => path.startsWith('generated/'))).toEqual([]);
  for (const feature of features) {
    for (const path of pathsOf(feature)) expect(root.text).not.toContain(path);
  }
});

it('etcd alone stays below 8 KiB when minified and gzipped', async () => {
  const { text } = await bundle('generated/features/etcd.ts', true);
  const size = gzipSync(text, { level: 9 }).length;
  expect(size).toBeLessThan(8 * 1024);
});
