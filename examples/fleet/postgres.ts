// Upgrades a fleet of simulated clusters with three workers on PostgreSQL, and kills one of them in the middle.
// Run: npm run fleet:postgres
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProgressRow } from 'talos-client/fleet';
import { startServer } from '../../test/postgres/support/server.js';
import { enterWorld, filesOf } from './door.js';
import { judge } from './report.js';
import { screenFor } from './screen.js';
import { clustersIn, isApprovalAwaited, VERSION } from './upgrade.js';

function startWorker(database: string, ...args: readonly string[]): ChildProcess {
  return fork(fileURLToPath(new URL('worker.ts', import.meta.url)), args, {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, FLEET_DATABASE_URL: database },
  });
}

const folder = await mkdtemp(join(tmpdir(), 'talos-client-fleet-'));
const children: ChildProcess[] = [];
const server = await startServer({ fsync: true });
try {
  const door = await enterWorld(folder, 6);
  const clusters = await clustersIn(filesOf(folder).talosconfig);
  const screen = screenFor(process.stdout, clusters);
  const [viewer, victim, third] = ['worker-0', 'worker-1', 'worker-2'].map((name) => {
    const shows = name === 'worker-0' ? ['--shows'] : [];
    return startWorker(server.url, folder, name, ...shows);
  }) as [ChildProcess, ChildProcess, ChildProcess];
  children.push(viewer, victim, third);
  screen.say('three workers begin');

  let isKilled = false;
  viewer.on('message', (row: ProgressRow) => {
    screen.row(row);
    if (isApprovalAwaited(row)) {
      screen.say('the canary is upgraded: approved, the others may begin');
      viewer.send('approve');
    }
    if (!isKilled && row.cluster !== 'canary' && row.step === 'reboot') {
      isKilled = true;
      screen.say(`kill -9 ${victim.pid}: worker-1 is gone, and the others go on with what it did`);
      victim.kill('SIGKILL');
    }
  });
  const ends = await Promise.all([viewer, third].map(async (one) => (await once(one, 'exit'))[0]));
  screen.close();
  const { isGood, lines } = judge(await door.report(), VERSION);
  for (const line of lines) console.log(line);
  await door.end();
  process.exitCode = isGood && isKilled && ends.every((code) => code === 0) ? 0 : 1;
} finally {
  for (const child of children) child.kill('SIGKILL');
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
