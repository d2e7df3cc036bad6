import { describe, expect, it } from 'vitest';
import { upgradeFleet } from '../../../src/fleet/index.js';
import { type Death, runWithDeaths } from './support/deaths.js';
import { SimulatedFleet } from './support/fleet.js';
import { expectUpgraded } from './support/rolled.js';

const image = 'ghcr.io/siderolabs/installer:v1.14.1';

describe('over mTLS, upgradeFleet', () => {
  it.each<[string, Death | undefined]>([
    ['by one process', undefined],
    ['by two, of which one dies at the 36th moment', { moment: 36 }],
    ['by two, of which one dies after 3 s', { afterMs: 3_000 }],
    ['by two, of which one dies after 5 s', { afterMs: 5_000 }],
  ])(
    'upgrades each node once, with the kubeconfig of the cluster, %s',
    async (_, death) => {
      const options = { transport: 'tls', controlPlanes: 1, workers: 2 } as const;
      await using fleet = await SimulatedFleet.start(['one'], options);
      const cluster = fleet.cluster('one');
      cluster.kubernetes.addDeployment({ name: 'web', replicas: 2 });
      const flow = upgradeFleet(fleet.options, fleet.parts);
      const { ended, deaths } = await runWithDeaths(
        fleet,
        flow,
        { clusters: ['one'], image },
        (process) => (process === 0 ? death : undefined),
      );
      expect(ended.state, JSON.stringify(ended)).toBe('done');
      expect(deaths).toBe(death === undefined ? 0 : 1);
      expectUpgraded(cluster, ['cp-1', 'worker-1', 'worker-2'], JSON.stringify(ended));
      expect(fleet.open.size).toBe(0);
    },
    60_000,
  );
});
