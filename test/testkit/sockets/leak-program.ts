// Run as a process of its own by leaks.test.ts: opens and closes clusters and clients, prints what
// is left, and ends by itself when nothing is.
import { logs, logsMethods } from '../../../generated/features/logs.js';
import { system } from '../../../generated/features/system.js';
import { simulateCluster } from '../../../testkit/src/cluster/cluster.js';
import type { ClusterOptions } from '../../../testkit/src/cluster/options.js';

type Transport = NonNullable<ClusterOptions['transport']>;

/** One call that ends, and one that is open when the cluster is closed. */
async function useCluster(transport: Transport): Promise<void> {
  const cluster = await simulateCluster({ workers: 1, transport });
  cluster.node('cp-1').stall(logsMethods.dmesg);
  const talos = cluster.client();
  await system(talos).hostname();
  const open = logs(talos)
    .dmesg({ follow: true })
    .next()
    .catch((error: unknown) => error);
  await cluster.journal.waitFor(({ rpc }) => rpc.endsWith('/Dmesg'));
  await cluster.close();
  await open;
}

async function useClients(transport: Transport, count: number): Promise<void> {
  const cluster = await simulateCluster({ workers: 1, transport });
  for (let round = 0; round < count; round++) {
    const talos = cluster.client();
    await system(talos).hostname();
    await talos.close();
  }
  await cluster.close();
}

const [transport = '', clusters, clients] = process.argv.slice(2);
const listeners = () => process.eventNames().map((name) => [name, process.listenerCount(name)]);
await useCluster(transport as Transport);
const before = JSON.stringify(listeners());
for (let round = 0; round < Number(clusters); round++) await useCluster(transport as Transport);
await useClients(transport as Transport, Number(clients));
// The pipes of the process itself stay.
const resources = () => process.getActiveResourcesInfo().filter((kind) => kind !== 'PipeWrap');
// Sockets that are closed are gone some turns later; files that Node itself still closes may take
// longer, on a machine with other work. What leaks is there for good.
const giveUp = performance.now() + 5_000;
while (resources().length > 0 && performance.now() < giveUp) {
  await new Promise((resolve) => setImmediate(resolve));
}
const left = { resources: resources(), added: before !== JSON.stringify(listeners()) };
process.on('exit', () => console.log(JSON.stringify(left)));
