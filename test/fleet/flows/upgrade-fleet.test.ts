import { describe, expect, it } from 'vitest';
import { lifecycleMethods } from '../../../generated/features/lifecycle.js';
import type { Flow } from '../../../src/fleet/flow.js';
import { upgradeFleet } from '../../../src/fleet/index.js';
import type { Json } from '../../../src/fleet/json.js';
import { PlainStore } from '../support/plain-engine.js';
import { SimulatedFleet } from './support/fleet.js';
import { watchCluster } from './support/watch.js';

const image = 'ghcr.io/siderolabs/installer:v1.14.1';
const { upgrade, reboot } = lifecycleMethods;

describe('upgradeFleet', () => {
  it('upgrades every node once, control planes first and one at a time', async () => {
    await using fleet = await SimulatedFleet.start(['one', 'two'], {
      controlPlanes: 3,
      workers: 2,
    });
    const watched = watchCluster(fleet.cluster('one'));
    const flow = upgradeFleet(fleet.options, fleet.parts);
    const store = new PlainStore();
    const process = fleet.process(flow as Flow<never, Json>, store);
    const ended = await fleet.turnUntil(process.run(flow, { clusters: ['one', 'two'], image }));
    expect(ended).toMatchObject({ state: 'done' });
    // No other run works on a cluster meanwhile.
    expect([...store.holders]).toEqual([
      ['cluster one', 'run/one'],
      ['cluster two', 'run/two'],
    ]);
    for (const cluster of fleet.clusters.values()) {
      expect(cluster.nodes.map(({ talosVersion }) => talosVersion)).toEqual(
        cluster.nodes.map(() => 'v1.14.1'),
      );
      expect(cluster.nodes.map(({ machine }) => machine.boots)).toEqual([2, 2, 2, 2, 2]);
      expect(cluster.journal.of(upgrade)).toHaveLength(5);
      expect(cluster.journal.of(reboot)).toHaveLength(5);
      expect(cluster.kubernetes.nodes.filter(({ unschedulable }) => unschedulable)).toEqual([]);
    }
    expect(watched.downs).toEqual(['cp-1', 'cp-2', 'cp-3', 'worker-1', 'worker-2']);
    expect(watched.controlPlanesDown()).toBe(1);
    expect(watched.workersDown()).toBe(1);
    expect(fleet.open.size).toBe(0);
  });
});
