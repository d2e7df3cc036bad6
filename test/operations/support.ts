import { createHash } from 'node:crypto';
import type { ClusterOptions } from 'talos-client-testkit';
import { ManualClock, type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { onTestFinished } from 'vitest';
import { configuration } from '../../generated/features/configuration.js';
import type { ReconnectParts } from '../../src/reconnect/index.js';
import { services } from '../../testkit/src/topics/services/services.js';
import { runtimeClock, turningUntil } from '../support/time.js';

/** How much time of the cluster passes in each millisecond or more that the sockets have. */
const TURN_MS = 50;

/** A cluster over mTLS and an operation on it, with the same time, which passes only in `passing`. */
export interface Simulation {
  readonly cluster: SimulatedCluster;
  readonly clock: ManualClock;
  /** The time of the operation; random waits are the longest. */
  readonly parts: ReconnectParts;
  /** Lets time pass until `promise` has settled. */
  passing<T>(promise: Promise<T>): Promise<T>;
  /** Lets time pass until `holds`. */
  until(holds: () => boolean): Promise<void>;
}

/** Starts a cluster over mTLS that ends with the test. */
export async function simulation(options: ClusterOptions = {}): Promise<Simulation> {
  const clock = new ManualClock();
  const cluster = await simulateCluster({ transport: 'tls', clock, ...options });
  onTestFinished(() => cluster.close());
  const turn = async (): Promise<void> => {
    await clock.advance(TURN_MS);
    await new Promise((resolve) => setTimeout(resolve, 1));
  };
  return {
    cluster,
    clock,
    parts: { clock: runtimeClock(clock), random: () => 1 },
    passing: (promise) => turningUntil(promise, turn),
    async until(holds) {
      while (!holds()) await turn();
    },
  };
}

/** A cluster whose nodes have their configuration and are installed, but without etcd yet. */
export async function configured(options: ClusterOptions = {}): Promise<Simulation> {
  const simulated = await simulation({ maintenance: true, ...options });
  const { cluster } = simulated;
  for (const { name } of cluster.nodes) {
    const type = name.startsWith('cp') ? 'controlplane' : 'worker';
    const data = Buffer.from(cluster.machineConfig({ type, installDisk: '/dev/sda' }));
    const talos = cluster.client({ endpoint: name });
    await simulated.passing(configuration(talos).apply({ data, mode: 'AUTO' }));
  }
  await simulated.until(() => cluster.nodes.every(({ machine }) => machine.boots === 2));
  return simulated;
}

/** A cluster that is configured, and waits for its bootstrap. */
export async function bootable(options: ClusterOptions = {}): Promise<Simulation> {
  const simulated = await configured(options);
  const { nodes } = simulated.cluster;
  await simulated.until(() =>
    nodes.every(({ machine }) => machine.isApiUp && machine.state(services).isUp('cri')),
  );
  return simulated;
}

/** What a snapshot of a database of so many pages looks like to whoever does not open it. */
export function snapshotOf(pages: number): Buffer {
  const database = Buffer.alloc(pages * 512);
  for (let index = 0; index < database.length; index += 1) database[index] = (index * 7) % 251;
  return Buffer.concat([database, createHash('sha256').update(database).digest()]);
}
