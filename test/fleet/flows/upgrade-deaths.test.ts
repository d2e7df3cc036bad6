import { describe, expect, it } from 'vitest';
import { upgradeFleet } from '../../../src/fleet/index.js';
import type { ClusterOptions } from '../../../testkit/src/cluster/options.js';
import { type Death, runWithDeaths } from './support/deaths.js';
import { SimulatedFleet } from './support/fleet.js';
import { expectUpgraded } from './support/rolled.js';
import { watchCluster } from './support/watch.js';

const image = 'ghcr.io/siderolabs/installer:v1.14.1';

/** Upgrades one node of a cluster by processes that die, and looks at what was done to it. */
async function survives(
  options: ClusterOptions,
  name: string,
  deathOf: (process: number) => Death | undefined,
): Promise<{ readonly moments: number; readonly passedMs: number; readonly deaths: number }> {
  await using fleet = await SimulatedFleet.start(['one'], options);
  const cluster = fleet.cluster('one');
  cluster.kubernetes.addDeployment({ name: 'web', replicas: 4 });
  const watched = watchCluster(cluster);
  const beganAt = fleet.clock.now();
  const clusters = [{ context: 'one', nodes: [cluster.node(name).address] }];
  const flow = upgradeFleet(fleet.options, fleet.parts);
  const { ended, moments, deaths } = await runWithDeaths(fleet, flow, { clusters, image }, deathOf);
  const why = JSON.stringify([deathOf(0), ended]);
  expect(ended.state, why).toBe('done');
  expectUpgraded(cluster, [name], why);
  expect(watched.controlPlanesDown(), why).toBeLessThanOrEqual(1);
  expect(fleet.open.size, why).toBe(0);
  return { moments, deaths, passedMs: fleet.clock.now() - beganAt };
}

const first = (death: Death) => (process: number) => (process === 0 ? death : undefined);

describe.each([
  ['a worker', { controlPlanes: 1, workers: 2 }, 'worker-1'],
  ['a control plane that leads etcd', { controlPlanes: 3 }, 'cp-1'],
] as const)('%s whose upgrade is left by processes that die', (_, options, name) => {
  it('is upgraded and rebooted once, at whichever moment one dies', async () => {
    const { moments } = await survives(options, name, () => undefined);
    expect(moments).toBeGreaterThan(80);
    for (let moment = 1; moment <= moments; moment += 1) {
      await survives(options, name, first({ moment }));
    }
  }, 300_000);

  it('is so too, whenever one dies while something goes on at the node', async () => {
    const { passedMs } = await survives(options, name, () => undefined);
    for (let afterMs = 50; afterMs < passedMs; afterMs += 50) {
      await survives(options, name, first({ afterMs }));
    }
  }, 300_000);

  it.each([11, 12, 13, 14, 17])(
    'is so too, when all die after %i moments',
    async (moment) => {
      const { deaths } = await survives(options, name, (process) =>
        process < 100 ? { moment } : undefined,
      );
      expect(deaths).toBeGreaterThan(3);
      expect(deaths).toBeLessThan(100);
    },
    60_000,
  );
});
