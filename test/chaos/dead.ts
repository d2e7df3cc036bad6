import { system } from '../../generated/features/system.js';
import { mtls } from '../../src/runtime/credentials/index.js';
import { subscribe } from '../../src/runtime/diagnostics/index.js';
import { TalosRpcError } from '../../src/runtime/errors/rpc-error.js';
import { simulateCluster } from '../../testkit/src/cluster/cluster.js';
import { type Carrier, clients } from './carriers.js';

/** What a cluster that answers nobody gets to do, once the budget for repeats is spent. */
export interface DeadReport {
  readonly calls: number;
  readonly attempts: number;
  /** Attempts for each call. */
  readonly ratio: number;
}

/** Makes calls that read, through three endpoints which can reach no node, and counts the attempts. */
export async function dead(calls: number, workers: number, carrier: Carrier): Promise<DeadReport> {
  await using cluster = await simulateCluster({ controlPlanes: 3, transport: 'tls' });
  for (const node of cluster.nodes) node.fail('any', 'unavailable');
  const { cert, key } = await cluster.pki.client('os:admin');
  await using talos = clients[carrier]({
    endpoints: cluster.controlPlanes.map(({ endpoint }) => endpoint),
    credentials: mtls({ ca: await cluster.pki.ca(), cert, key }),
    name: 'dead',
  });
  let attempts = 0;
  using _ = subscribe(
    {
      attempt({ state }) {
        if (state === 'started') attempts += 1;
      },
    },
    { only: ({ name }) => name === 'dead' },
  );
  const isSpent = () =>
    system(talos)
      .version()
      .then(
        () => false,
        (error: unknown) => error instanceof TalosRpcError && error.budgetSpent,
      );
  const together = (work: () => Promise<void>) =>
    Promise.all(Array.from({ length: workers }, work));
  await together(async () => {
    while (!(await isSpent()));
  });
  attempts = 0;
  let next = 0;
  await together(async () => {
    while (next < calls) {
      next += 1;
      await isSpent();
    }
  });
  return { calls, attempts, ratio: attempts / calls };
}
