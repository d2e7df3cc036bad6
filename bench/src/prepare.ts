import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { benchFolder, libraryFolder, outFolder } from './paths.js';
import { codecContenders, generators, nodeContenders, samplesPeer } from './peers.js';
import { writeSamples } from './samples.js';

/** Runs a command, and fails with what it printed when it fails. */
export function run(command: readonly string[], cwd: string): void {
  const [program = '', ...args] = command;
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(`${command.slice(0, 3).join(' ')} failed: ${error ?? `${stdout}${stderr}`}`);
  }
}

/** Makes the peers' code, the samples and the bundles that the workers run. */
export async function prepare(): Promise<void> {
  if (!existsSync(join(libraryFolder, 'dist', 'src', 'index.js'))) {
    throw new Error('the library is not built: run `npm run build` in the folder above');
  }
  rmSync(outFolder, { recursive: true, force: true });
  for (const { folder, command } of generators()) {
    mkdirSync(folder, { recursive: true });
    run(command, benchFolder);
  }
  await writeSamples(samplesPeer);
  await bundleWorkers();
}

/** Lets the workers import the built package by its name, through its exports. */
function linkLibrary(): void {
  const link = join(benchFolder, 'node_modules', 'talos-client');
  rmSync(link, { force: true });
  symlinkSync(libraryFolder, link, 'dir');
}

/** Bundles the workers; packages, the built library among them, stay outside, as users load them. */
export async function bundleWorkers(): Promise<void> {
  linkLibrary();
  const source = (path: string): string => join(benchFolder, 'src', path);
  await build({
    entryPoints: {
      server: source('server.ts'),
      'call-worker': source('call-worker.ts'),
      'codec-worker': source('codec-worker.ts'),
      ...Object.fromEntries(
        nodeContenders.map((name) => [`contender-${name}`, source(`contenders/${name}.ts`)]),
      ),
      ...Object.fromEntries(
        codecContenders.map((name) => [`codec-${name}`, source(`codecs/${name}.ts`)]),
      ),
    },
    // As deep as the sources, whose relative paths stay true in the bundles.
    outdir: outFolder,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    plugins: [
      {
        // Codecs are no subpath of the package: they are taken from its sources, as the peers' are.
        name: 'codecs-of-the-library',
        setup({ onResolve }) {
          onResolve({ filter: /^\.\.\/\.\.\/\.\.\// }, ({ path }) => ({
            path: join(libraryFolder, path.slice('../../../'.length).replace(/\.js$/, '.ts')),
          }));
          onResolve({ filter: /^talos-client\/wire$/ }, () => ({
            path: join(libraryFolder, 'src/wire.ts'),
          }));
        },
      },
    ],
  });
}
