// Upgrades a fleet of clusters that are simulated in memory, with the embedded runner, and prints what it
// takes: time, memory, and how often the disk is waited for.
// Run: npm run bench:fleet -- [--clusters 1000] [--at-once 50]
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { countSyncs } from './count-syncs.js';

const syncs = await countSyncs();
const { journalRunner, upgradeFleet } = await import('talos-client/fleet');

const { values } = parseArgs({
  options: {
    clusters: { type: 'string', default: '1000' },
    'at-once': { type: 'string', default: '50' },
  },
});
const [many, atOnce] = [Number(values.clusters), Number(values['at-once'])];
const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
