import { describe, expect, it } from 'vitest';
import { lifecycleMethods } from '../../../generated/features/lifecycle.js';
import { upgradeFleet } from '../../../src/fleet/index.js';
import type { ClusterOptions } from '../../../testkit/src/cluster/options.js';
import { type Death, runWithDeaths } from './support/deaths.js';
import { SimulatedFleet } from './support/fleet.js';
import { expectUpgraded, tracesOf, untouched } from './support/rolled.js';
import { watchCluster } from './support/watch.js';

const image = 'ghcr.io/siderolabs/installer:v1.14.1';

/** How much simulated time is between two deaths. `npm run test:deaths` takes 10 ms. */
const DEATHS_MS = Number(process.env.TALOS_CLIENT_DEATHS_MS ?? 150);

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
  }, 3_600_000);

  it('is so too, whenever one dies while something goes on at the node', async () => {
    const { passedMs } = await survives(options, name, () => undefined);
    for (let afterMs = DEATHS_MS; afterMs < passedMs; afterMs += DEATHS_MS) {
      await survives(options, name, first({ afterMs }));
    }
  }, 3_600_000);

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

it('a worker whose installer fails is uncordoned, and its installer runs once, at whichever moment a process dies', async () => {
  const run = async (deathOf: (process: number) => Death | undefined): Promise<number> => {
    await using fleet = await SimulatedFleet.start(['one'], { controlPlanes: 1, workers: 2 });
    const cluster = fleet.cluster('one');
    const node = cluster.node('worker-1');
    node.on(lifecycleMethods.upgrade, async function* () {
      const at = '2026-01-01T00:00:00.000Z';
      node.logs.write('machined', `${at} INFO starting upgrade {"disk": "/dev/sda"}`);
      node.logs.write('machined', `${at} WARN upgrade failed {"exit_code": 3}`);
      yield { progress: { response: { case: 'exitCode', value: 3 } } };
    });
    const clusters = [{ context: 'one', nodes: [node.address] }];
    const flow = upgradeFleet(fleet.options, fleet.parts);
    const { ended, moments } = await runWithDeaths(fleet, flow, { clusters, image }, deathOf);
    const why = JSON.stringify([deathOf(0), ended]);
    expect(ended, why).toMatchObject({ state: 'failed' });
    expect(why).toContain('the installer ended with the code 3');
    expect(tracesOf(cluster)['worker-1'], why).toEqual({ ...untouched, installs: 1 });
    return moments;
  };
  const moments = await run(() => undefined);
  for (let moment = 1; moment <= moments; moment += 1) await run(first({ moment }));
}, 120_000);

it.each([300, 900, 1_500, 2_100, 2_700])(
  'a worker before Talos 1.13 is upgraded once, when a process dies after %i ms',
  async (afterMs) => {
    const options = { controlPlanes: 1, workers: 2, talosVersion: 'v1.12.4' };
    await using fleet = await SimulatedFleet.start(['one'], options);
    const cluster = fleet.cluster('one');
    const clusters = [{ context: 'one', nodes: [cluster.node('worker-1').address] }];
    const flow = upgradeFleet(fleet.options, fleet.parts);
    const input = { clusters, image: 'ghcr.io/siderolabs/installer:v1.13.0' };
    const { ended, deaths } = await runWithDeaths(fleet, flow, input, first({ afterMs }));
    expect(ended.state, JSON.stringify(ended)).toBe('done');
    expect(deaths).toBe(1);
    const { version, boots, cordoned } = tracesOf(cluster)['worker-1'] ?? {};
    expect({ version, boots, cordoned }).toEqual({ version: 'v1.13.0', boots: 2, cordoned: false });
  },
  60_000,
);
