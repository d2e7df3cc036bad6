import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';
import { startServer } from './server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The URL of the server that the tests share. */
    postgres: string;
    /** The program of workers that are processes of their own. */
    workerProgram: string;
  }
}

/** Where it finds its packages. Workers start a second sooner when it is one file. */
const workerProgram = 'node_modules/.cache/talos-client-postgres/worker.mjs';

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  await build({
    entryPoints: ['test/postgres/support/worker-main.ts'],
    outfile: workerProgram,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    sourcemap: 'inline',
    logLevel: 'error',
    tsconfigRaw: {},
  });
  const server = await startServer({ fsync: false });
  provide('postgres', server.url);
  provide('workerProgram', workerProgram);
  return () => server.stop();
}
