// Upgrades a fleet of simulated clusters, and goes on where it was when it is started again.
// Run: npm run fleet
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { journalRunner } from 'talos-client/fleet';
import { type Door, enterWorld, filesOf } from './door.js';
import { judge } from './report.js';
import { screenFor } from './screen.js';
import { clustersIn, follow, inputFor, RUN, upgradeOf, VERSION } from './upgrade.js';

const usage = `Usage: npm run fleet [-- options]

Upgrades simulated clusters: one at first, then three at a time. End it with Ctrl-C or kill -9, and start it
again: it goes on.

  --clusters N  how many clusters, from 2 to 6 (default: 6)
  --folder DIR  where its files are (default: .fleet)
  --help        print this
`;

/** Works on the fleet until all of it is upgraded. */
async function work(folder: string, door: Door, stop: AbortSignal): Promise<void> {
  const { talosconfig, journal } = filesOf(folder);
  const clusters = await clustersIn(talosconfig);
  const screen = screenFor(process.stdout, clusters);
  const upgrade = upgradeOf(talosconfig);
  await using runner = await journalRunner({ directory: journal, flows: [upgrade] });
  try {
    screen.say(
      door.isOld
        ? `process ${process.pid} goes on where the last one was`
        : `process ${process.pid} begins; end it with Ctrl-C or kill -9, and start it again`,
    );
    const run = await runner.start(upgrade, inputFor(clusters), { id: RUN });
    await Promise.all([follow(run, screen, stop), run.result({ signal: stop })]);
  } finally {
    screen.close();
  }
}

async function main(folder: string, clusters: number): Promise<number> {
  const stop = new AbortController();
  const interrupted = new Error('interrupted');
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => stop.abort(interrupted));
  }
  const door = await enterWorld(folder, clusters);
  try {
    await work(folder, door, stop.signal);
  } catch (error) {
    if (error !== interrupted) throw error;
    console.log('stopped; the clusters stay for two minutes: start it again, and it goes on');
    return 130;
  }
  const { isGood, lines } = judge(await door.report(), VERSION);
  for (const line of lines) console.log(line);
  await door.end();
  await rm(folder, { recursive: true });
  return isGood ? 0 : 1;
}

const { values } = parseArgs({
  options: {
    clusters: { type: 'string', default: '6' },
    folder: { type: 'string', default: '.fleet' },
    help: { type: 'boolean', default: false },
  },
});
const clusters = Number(values.clusters);
if (values.help) console.log(usage.trimEnd());
else if (clusters >= 2 && clusters <= 6) {
  process.exitCode = await main(resolve(values.folder), clusters);
} else {
  console.error(`error: --clusters: expected a number from 2 to 6, got ${values.clusters}`);
  process.exitCode = 1;
}
