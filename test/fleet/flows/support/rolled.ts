import { expect } from 'vitest';
import { lifecycleMethods } from '../../../../generated/features/lifecycle.js';
import type { SimulatedCluster } from '../../../../testkit/src/cluster/cluster.js';

/** How a node is, and what was done to it. */
export interface NodeTraces {
  readonly version: string;
  readonly boots: number;
  readonly reboots: number;
  readonly installs: number;
  readonly cordoned: boolean;
}

/** What was done to the nodes of a cluster, by their names. */
export function tracesOf(cluster: SimulatedCluster): Readonly<Record<string, NodeTraces>> {
  const cordoned = new Set(
    cluster.kubernetes.nodes.filter((node) => node.unschedulable).map(({ name }) => name),
  );
  return Object.fromEntries(
    cluster.nodes.map(({ name, talosVersion, machine }) => [
      name,
      {
        version: talosVersion,
        boots: machine.boots,
        reboots: cluster.journal.of(lifecycleMethods.reboot, name).length,
        installs: cluster.journal.of(lifecycleMethods.upgrade, name).length,
        cordoned: cordoned.has(name),
      },
    ]),
  );
}

/** What is to be true of a node that was upgraded, however often somebody died meanwhile. */
export const upgradedOnce: NodeTraces = {
  version: 'v1.14.1',
  boots: 2,
  reboots: 1,
  installs: 1,
  cordoned: false,
};

/** What is to be true of a node that nothing was done to. */
export const untouched: NodeTraces = {
  version: 'v1.14.0',
  boots: 1,
  reboots: 0,
  installs: 0,
  cordoned: false,
};

/** Expects nodes to be upgraded once, and the others of the cluster to be as they were. */
export function expectUpgraded(
  cluster: SimulatedCluster,
  names: readonly string[],
  why: string,
): void {
  const expected = cluster.nodes.map(({ name }) => [
    name,
    names.includes(name) ? upgradedOnce : untouched,
  ]);
  expect(tracesOf(cluster), why).toEqual(Object.fromEntries(expected));
}
