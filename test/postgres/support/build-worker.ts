import { build } from 'esbuild';

/** Where it finds its packages. Workers start a second sooner when they are one file. */
const outfile = 'node_modules/.cache/talos-client-postgres/worker.mjs';

/** Makes the program of workers that are processes of their own, and gives its path. */
export async function buildWorker(): Promise<string> {
  await build({
    entryPoints: ['test/postgres/support/worker-main.ts'],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    sourcemap: 'inline',
    logLevel: 'error',
    tsconfigRaw: {},
  });
  return outfile;
}
