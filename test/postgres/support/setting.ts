import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, inject } from 'vitest';
import { cleanUp } from '../../support/lifecycle.js';
import { World } from './flows.js';
import { createDatabase } from './server.js';
import { Worker, type WorkerSettings } from './worker.js';

/** What one test has: workers, a world, and a database of its own. All of it is gone after the test. */
export interface Setting {
  readonly database: string;
  readonly folder: string;
  readonly world: World;
  worker(name: string, more?: Partial<WorkerSettings>): Promise<Worker>;
}

const clean = cleanUp((run) => {
  afterEach(run);
  afterAll(run);
});

let count = 0;

/** A setting on the server of all tests, with the tables of workers. */
export function setting(): Promise<Setting> {
  return settingOn(inject('postgres'), inject('template'));
}

/** @param template what the database is a copy of; default: it has no tables yet */
export async function settingOn(url: string, template?: string): Promise<Setting> {
  count += 1;
  const database = await createDatabase(url, `test_${process.pid}_${count}`, template);
  const folder = mkdtempSync(join(tmpdir(), 'talos-client-world-'));
  clean(() => rmSync(folder, { recursive: true, force: true }));
  return {
    database,
    folder,
    world: new World(folder),
    async worker(worker, more = {}) {
      const started = await Worker.start(inject('workerProgram'), {
        database,
        worker,
        leaseMs: 30_000,
        ...more,
      });
      clean(() => started.kill());
      return started;
    },
  };
}

/** Waits until something is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(50);
}
