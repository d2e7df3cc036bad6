// One of several workers on PostgreSQL; postgres.ts starts it. With `--shows` it tells its parent how far
// the run is.
import { dbosRunner } from 'talos-client/fleet/dbos';
import { filesOf } from './door.js';
import { clustersIn, inputFor, RUN, upgradeOf } from './upgrade.js';

const [folder = '', name = '', shows = ''] = process.argv.slice(2);
const { talosconfig } = filesOf(folder);
const upgrade = upgradeOf(talosconfig);
const runner = await dbosRunner({
  database: process.env.FLEET_DATABASE_URL ?? '',
  flows: [upgrade],
  worker: name,
  leaseMs: 5000,
});

// All of them start the run: the first one begins it, and the others get the same one.
const run = await runner.start(upgrade, inputFor(await clustersIn(talosconfig)), { id: RUN });
process.once('message', () => void run.send('approval', true));

if (shows === '--shows') {
  for await (const row of run.progress()) process.send?.(row);
}
await run.result();
await runner.close();
process.disconnect();
