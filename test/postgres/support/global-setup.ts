import type { TestProject } from 'vitest/node';
import { buildWorker } from './build-worker.js';
import { startServer } from './server.js';
import { Worker } from './worker.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The URL of the server that the tests share. */
    postgres: string;
    /** The program of workers that are processes of their own. */
    workerProgram: string;
    /** A database in which a worker has made all tables: copies of it take less time. */
    template: string;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const program = await buildWorker();
  provide('workerProgram', program);
  const server = await startServer({ fsync: false });
  try {
    provide('postgres', server.url);
    const template = 'fleet_template';
    const database = await server.createDatabase(template);
    const worker = await Worker.start(program, { database, worker: 'template' });
    await worker.close();
    await worker.kill();
    provide('template', template);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return () => server.stop();
}
