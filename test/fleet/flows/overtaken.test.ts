import { describe, expect, it } from 'vitest';
import { configurationMethods } from '../../../generated/features/configuration.js';
import { etcdMethods } from '../../../generated/features/etcd.js';
import { lifecycleMethods } from '../../../generated/features/lifecycle.js';
import type { Flow } from '../../../src/fleet/flow.js';
import { rollOutConfiguration, upgradeFleet } from '../../../src/fleet/index.js';
import type { Json } from '../../../src/fleet/json.js';
import type { SimulatedCluster } from '../../../testkit/src/cluster/cluster.js';
import { SimulatedFleet } from './support/fleet.js';
import { GrantingContext } from './support/granting-context.js';

/** How often something was done to the nodes of a cluster. */
function acts({ journal, kubernetes }: SimulatedCluster): number {
  const { upgrade, reboot } = lifecycleMethods;
  const calls = [
    journal.of(upgrade),
    journal.of(reboot),
    journal.of(etcdMethods.forfeitLeadership),
    journal.of(configurationMethods.apply),
    kubernetes.requests.filter(({ method }) => method !== 'GET'),
  ];
  return calls.flat().length;
}

/** Runs a flow that may act so many times, and gives how it ended and how often it acted. */
async function run(
  flowOf: (fleet: SimulatedFleet) => Flow<never, Json>,
  input: Json,
  most: number,
): Promise<{ readonly granted: number; readonly acted: number; readonly error: unknown }> {
  await using fleet = await SimulatedFleet.start(['one'], { controlPlanes: 3, workers: 2 });
  const cluster = fleet.cluster('one');
  cluster.kubernetes.addDeployment({ name: 'web', replicas: 4 });
  const context = new GrantingContext(most);
  const running = flowOf(fleet).run(context, input as never);
  const error = await fleet.turnUntil(
    running.then(
      () => undefined,
      (thrown: unknown) => thrown,
    ),
  );
  return { granted: context.granted, acted: acts(cluster), error };
}

const clusters = [{ context: 'one', nodes: ['10.5.0.2', '10.5.0.5'] }];
const image = 'ghcr.io/siderolabs/installer:v1.14.1';

const flows: [string, (fleet: SimulatedFleet) => Flow<never, Json>, Json][] = [
  [
    'upgradeFleet',
    ({ options, parts }) => upgradeFleet(options, parts) as Flow<never, Json>,
    { clusters, image },
  ],
  [
    'rollOutConfiguration',
    ({ options, parts }) => {
      const configurationOf = () => ({ patches: ['machine:\n  certSANs: [one.example]\n'] });
      return rollOutConfiguration({ ...options, configurationOf }, parts) as Flow<never, Json>;
    },
    { clusters, name: 'x', mode: 'STAGED', reboot: true },
  ],
];

describe.each(flows)('%s', (_, flowOf, input) => {
  it('asks before each act whether it may, and does nothing more once it may not', async () => {
    const whole = await run(flowOf, input, Infinity);
    expect(whole.error).toBeUndefined();
    expect(whole.acted).toBe(whole.granted);
    expect(whole.granted).toBeGreaterThan(8);
    for (let most = 0; most < whole.granted; most += 1) {
      const { granted, acted, error } = await run(flowOf, input, most);
      expect(error, `${most}`).toMatchObject({ code: 'flow', reason: 'overtaken' });
      expect(granted, `${most}`).toBe(most);
      // Of evictions at the same time, one that was let pass may be ended by one that was not.
      expect(acted, `${most}`).toBeLessThanOrEqual(most);
    }
  }, 120_000);
});
