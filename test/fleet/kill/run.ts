// Upgrades a fleet of simulated clusters with workers that die: at every boundary of every step, and before
// and after every call that a step makes. Prints how many died, where, and what is wrong in the end. Exits with
// 1 if anything is.
// Run: npm run test:kills -- [--runner dbos] [--clusters 30] [--at-once 10] [--times 1] [--speed 5]
//   [--only TEXT …]   only at places with one of these texts in their names
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startServer } from '../../postgres/support/server.js';
import { killMatrix } from './matrix.js';
import type { RunnerOptions } from './worker.js';
import { workFolder } from './workers.js';

const { values } = parseArgs({
  options: {
    runner: { type: 'string', default: 'journal' },
    clusters: { type: 'string', default: '30' },
    'at-once': { type: 'string', default: '10' },
    times: { type: 'string', default: '1' },
    speed: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true },
  },
});

/** What a runner needs, until `stop`. */
async function prepare(
  folder: string,
): Promise<{ readonly runner: RunnerOptions; readonly stop: () => Promise<void> }> {
  if (values.runner === 'journal') {
    return { runner: { kind: 'journal', directory: `${folder}/journal` }, stop: async () => {} };
  }
  if (values.runner !== 'dbos') throw new Error('--runner: expected journal or dbos');
  const server = await startServer({ fsync: false });
  const database = await server.createDatabase('kills');
  return {
    runner: { kind: 'dbos', database, worker: 'slot-0', leaseMs: 10_000 },
    stop: () => server.stop(),
  };
}

const folder = workFolder();
const { runner, stop } = await prepare(folder);
try {
  console.log(`${values.runner}: ${values.clusters} clusters of 5 nodes`);
  const report = await killMatrix({
    folder,
    runner,
    clusters: Number(values.clusters),
    controlPlanes: 3,
    workers: 2,
    clustersAtOnce: Number(values['at-once']),
    times: Number(values.times),
    speed: Number(values.speed),
    only: values.only,
    mostDeaths: 2000,
    onDeath: (deaths) => {
      if (deaths % 20 === 0) console.log(`${deaths} workers have died`);
    },
  });
  const { deaths, problems, seconds } = report;
  const places = [...new Set(report.places)].sort();
  for (const place of places) console.log(`  ${place}`);
  console.log(`${deaths} workers died at ${places.length} places, in ${seconds.toFixed(0)} s`);
  for (const problem of problems) console.log(`WRONG: ${problem}`);
  console.log(problems.length === 0 ? 'every node was upgraded once' : 'NOT as it should be');
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  await stop();
  rmSync(folder, { recursive: true, force: true });
}
