// Upgrades a fleet of clusters that are simulated in memory, with the embedded runner, and prints what it
// takes: time, memory, what is written, and how often the disk is waited for. Then the same runner takes the
// ended run up once more, which shows what reading it takes.
// Run: npm run bench:fleet -- [--clusters 1000] [--at-once 50]
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { kubernetesOf } from '../../test/operations/support/fetch-kubernetes.js';
import { countSyncs } from './count-syncs.js';

// Before the runner is loaded, so that it gets the functions that count.
const syncs = await countSyncs();
const { journalRunner, upgradeFleet } = await import('talos-client/fleet');

const { values } = parseArgs({
  options: {
    clusters: { type: 'string', default: '1000' },
    'at-once': { type: 'string', default: '50' },
  },
});
const clustersAtOnce = Number(values['at-once']);
const names = Array.from({ length: Number(values.clusters) }, (_, index) => `c${index + 1}`);
const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = files
    .filter((file) => file.isFile())
    .map(async (file) => (await stat(join(file.parentPath, file.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

console.log(`Node ${process.version}, ${availableParallelism()} of ${cpus()[0]?.model}`);
const simulating = performance.now();
const clusters = new Map<string, SimulatedCluster>();
for (const name of names) {
  const size = { controlPlanes: 3, workers: 2, clusterName: name, seed: name };
  clusters.set(name, await simulateCluster(size));
}
console.log(`${names.length} clusters of 5 nodes simulated in ${seconds(simulating)}`);

const of = (context: string): SimulatedCluster => clusters.get(context) as SimulatedCluster;
const upgrade = upgradeFleet({
  connect: (context) => of(context).client(),
  kubernetes: (context) => kubernetesOf(of(context)),
});
const directory = await mkdtemp(join(tmpdir(), 'talos-client-bench-'));
try {
  let steps = 0;
  let peak = 0;
  const before = process.memoryUsage().rss;
  const watching = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 500);
  const input = { clusters: names, image: 'ghcr.io/siderolabs/installer:v1.14.1', clustersAtOnce };
  {
    await using runner = await journalRunner({ directory, flows: [upgrade] });
    const startedAt = performance.now();
    const cpu = process.cpuUsage();
    syncs.count = 0;
    const run = await runner.start(upgrade, input, { id: 'bench' });
    const counting = (async () => {
      for await (const { state, node } of run.progress()) {
        if (state === 'done' && node !== undefined) steps += 1;
      }
    })();
    await run.result();
    await counting;
    const nodes = [...clusters.values()].flatMap((cluster) => cluster.nodes);
    const wrong = nodes.filter(({ machine }) => machine.boots !== 2).length;
    const { user, system } = process.cpuUsage(cpu);
    console.log(`upgraded in ${seconds(startedAt)}, ${clustersAtOnce} clusters at a time`);
    console.log(
      `processor time ${((user + system) / 1e6).toFixed(0)} s, the simulated nodes included`,
    );
    console.log(`${nodes.length} nodes, ${wrong} of them not rebooted exactly once`);
    console.log(`${steps} steps of nodes, ${(syncs.count / steps).toFixed(2)} fsyncs each`);
    console.log(`memory ${megabytes(before)} before, ${megabytes(peak)} at most`);
    console.log(`journal ${megabytes(await sizeOf(directory))}`);
    if (wrong > 0) process.exitCode = 1;
  }
  clearInterval(watching);
  const readingAt = performance.now();
  await using again = await journalRunner({ directory, flows: [upgrade] });
  await (await again.start(upgrade, input, { id: 'bench' })).result();
  console.log(`the ended run is read in ${seconds(readingAt)}`);
} finally {
  await rm(directory, { recursive: true });
  for (const cluster of clusters.values()) await cluster.close();
}
