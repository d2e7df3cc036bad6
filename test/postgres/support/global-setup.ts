import type { TestProject } from 'vitest/node';
import { buildWorker } from './build-worker.js';
import { startServer } from './server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The URL of the server that the tests share. */
    postgres: string;
    /** The program of workers that are processes of their own. */
    workerProgram: string;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  provide('workerProgram', await buildWorker());
  const server = await startServer({ fsync: false });
  provide('postgres', server.url);
  return () => server.stop();
}
