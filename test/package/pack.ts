import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const tsc = resolve('node_modules/typescript/bin/tsc');

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly files: readonly string[];
  readonly exports: Readonly<
    Record<string, string | { readonly import: { readonly types: string } }>
  >;
}

/** A package as `npm pack` makes it, built apart from the work tree. */
export interface Packed {
  /** Where it was built: its `dist`, and what is packed beside it. */
  readonly folder: string;
  readonly archive: string;
}

/**
 * Builds and packs the package in `source` below `out`.
 *
 * @param peers packages that it is compiled against: as others will find them, not their sources
 */
export async function pack(source: string, out: string, peers: readonly Packed[]): Promise<Packed> {
  const { name, version, files } = manifestOf(source);
  const folder = join(out, name);
  mkdirSync(folder);
  const beside = files.filter((file) => file !== 'dist').flatMap((file) => matching(source, file));
  for (const file of ['package.json', 'README.md', ...beside]) {
    cpSync(join(source, file), join(folder, file));
  }
  // Outside of the folder, which is packed.
  const config = join(out, `${name}.json`);
  const compilerOptions = {
    outDir: join(folder, 'dist'),
    rootDir: resolve(source),
    paths: Object.assign({}, ...peers.map(typesOf)),
    typeRoots: [resolve('node_modules/@types')],
  };
  const include = ['src', 'generated'].map((each) => resolve(source, each));
  const base = resolve(source, 'tsconfig.build.json');
  writeFileSync(config, JSON.stringify({ extends: base, compilerOptions, include }));
  await run(process.execPath, [tsc, '-p', config]);
  await run(process.execPath, [resolve('scripts/bundle.mjs'), folder]);
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', out], { cwd: folder });
  return { folder, archive: join(out, `${name}-${version}.tgz`) };
}

/** The files that an entry of `files` stands for: itself, or all of `docs/*.md`. */
function matching(source: string, entry: string): string[] {
  const [folder, end] = entry.split('*');
  if (folder === undefined || end === undefined) return [entry];
  return readdirSync(join(source, folder))
    .filter((name) => name.endsWith(end))
    .map((name) => join(folder, name));
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Where a compiler finds the declarations of a package that was built. */
function typesOf({ folder }: Packed): Record<string, string[]> {
  const { name, exports } = manifestOf(folder);
  return Object.fromEntries(
    Object.entries(exports).flatMap(([subpath, target]) =>
      typeof target === 'string'
        ? []
        : [[name + subpath.slice(1), [join(folder, target.import.types)]]],
    ),
  );
}
