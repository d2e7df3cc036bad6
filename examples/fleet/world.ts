// The simulated clusters of the example, in a process of their own: a worker may be killed, the clusters
// go on. `enterWorld` starts it. It ends when it is told to, or when nobody was at its door for a while.
import { timingSafeEqual } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { lifecycleMethods } from 'talos-client/lifecycle';
import { parseTalosconfig, saveTalosconfig } from 'talos-client/talosconfig';
import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { type ClusterReport, filesOf, type Question } from './door.js';

/** The names of the clusters. The first one is where an upgrade is tried, and is small. */
const names = ['canary', 'berlin', 'lagos', 'lima', 'osaka', 'oslo'];

/** How long it waits for somebody at its door. */
const IDLE_MS = 120_000;

/** Simulates clusters, and writes one talosconfig with a context for each of them. */
async function begin(talosconfig: string, count: number): Promise<readonly SimulatedCluster[]> {
  const clusters = await Promise.all(
    names.slice(0, count).map((clusterName, index) => {
      const size = index === 0 ? { controlPlanes: 1, workers: 1 } : { controlPlanes: 3 };
      return simulateCluster({ ...size, clusterName, seed: clusterName, transport: 'tls' });
    }),
  );
  const [first, ...others] = clusters.map((cluster) => parseTalosconfig(cluster.talosconfig));
  if (first === undefined) throw new Error('there are no clusters');
  const all = others.reduce((merged, other) => merged.mergedWith(other).config, first);
  await saveTalosconfig(all, { path: talosconfig });
  return clusters;
}

/** What was done to the nodes, by the calls that reached them. */
function reportOf({ name, nodes, journal, kubernetes }: SimulatedCluster): ClusterReport {
  return {
    cluster: name,
    nodes: nodes.map((node) => ({
      node: node.name,
      version: node.talosVersion,
      installs: journal.of(lifecycleMethods.upgrade, node.name).length,
      reboots: journal.of(lifecycleMethods.reboot, node.name).length,
      schedulable: kubernetes.nodes.some((one) => one.name === node.name && !one.unschedulable),
    })),
  };
}

/**
 * Opens a port of loopback for those who have the token: whoever is connected keeps the clusters alive.
 * Resolves when they are to end.
 */
async function untilNobodyNeedsThem(
  clusters: readonly SimulatedCluster[],
  token: string,
  opened: (port: number) => Promise<void>,
): Promise<void> {
  const visitors = new Set<Socket>();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the port is not open');

  const over = new Promise<void>((resolve) => {
    let idle = setTimeout(resolve, IDLE_MS);
    server.on('connection', (socket) => {
      socket.on('error', () => socket.destroy());
      const lines = createInterface({ input: socket });
      let isKnown = false;
      lines.on('line', (line) => {
        if (!isKnown) {
          isKnown = isSame(line, token);
          if (!isKnown) return void socket.destroy();
          visitors.add(socket);
          clearTimeout(idle);
          return;
        }
        const question = line as Question;
        if (question === 'report') socket.write(`${JSON.stringify(clusters.map(reportOf))}\n`);
        else if (question === 'end') resolve();
      });
      socket.on('close', () => {
        visitors.delete(socket);
        if (visitors.size > 0) return;
        clearTimeout(idle);
        idle = setTimeout(resolve, IDLE_MS);
      });
    });
  });
  await opened(address.port);
  await over;
  for (const visitor of visitors) visitor.destroy();
  server.close();
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [given, token].map((text) => Buffer.from(text));
  return a !== undefined && b !== undefined && a.length === b.length && timingSafeEqual(a, b);
}

const [folder = '.', count = '6'] = process.argv.slice(2);
const files = filesOf(folder);
const token = process.env.FLEET_WORLD_TOKEN ?? '';
if (token === '') throw new Error('FLEET_WORLD_TOKEN is missing: it is set by main.ts');
const clusters = await begin(files.talosconfig, Number(count));
await untilNobodyNeedsThem(clusters, token, async (port) => {
  await writeFile(files.door, JSON.stringify({ port, token, pid: process.pid }), { mode: 0o600 });
  process.send?.('ready');
  process.disconnect?.();
});
process.exit(0);
