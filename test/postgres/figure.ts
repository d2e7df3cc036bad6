// How many flows a second one PostgreSQL takes: children of a run, each with some steps that do nothing
// but have to be remembered. The disk counts: fsync is on.
//
// Usage: npm run test:postgres:figure [-- --flows 300 --steps 3 --workers 2]
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildWorker } from './support/build-worker.js';
import { startServer, withClient } from './support/server.js';
import { Worker } from './support/worker.js';

const { values } = parseArgs({
  options: {
    flows: { type: 'string', default: '300' },
    steps: { type: 'string', default: '3' },
    workers: { type: 'string', default: '1' },
  },
});
const [flows, steps, count] = [values.flows, values.steps, values.workers].map(Number) as [
  number,
  number,
  number,
];

/** Statements and commits since the database was made. */
async function counters(database: string): Promise<{ commits: number; written: number }> {
  return withClient(database, async (client) => {
    await client.query('select pg_stat_force_next_flush()').catch(() => {});
    const { rows } = await client.query<{ commits: number; written: number }>(
      `select xact_commit::integer as commits,
         pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as written
       from pg_stat_database where datname = current_database()`,
    );
    return rows[0] ?? { commits: 0, written: 0 };
  });
}

const server = await startServer({ fsync: true });
const folder = mkdtempSync(join(tmpdir(), 'talos-client-figure-'));
const workers: Worker[] = [];
try {
  const database = await server.createDatabase('figure');
  const program = await buildWorker();
  for (let index = 0; index < count; index += 1) {
    workers.push(await Worker.start(program, { database, worker: `w${index}`, limit: flows }));
  }
  const [first] = workers;
  const before = await counters(database);
  const startedAt = performance.now();
  const input = { world: folder, flows, steps };
  await first?.begin('many', input, 'run');
  await first?.result('run');
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await counters(database);
  const commits = after.commits - before.commits;
  const perSecond = (number: number): string => (number / seconds).toFixed(0);
  console.log(
    [
      `${flows} flows of ${steps} steps, ${count} workers, ${cpus().length} cores: ${seconds.toFixed(1)} s`,
      `${perSecond(flows)} flows a second, ${perSecond(flows * steps)} steps a second`,
      `${(commits / (flows * steps)).toFixed(1)} commits a step, ${perSecond(commits)} a second`,
      `${((after.written - before.written) / flows / 1024).toFixed(1)} KiB of WAL a flow`,
    ].join('\n'),
  );
} finally {
  for (const worker of workers) await worker.kill();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
