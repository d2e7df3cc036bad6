import { writeFileSync } from 'node:fs';
import { createTalosClient } from 'talos-client';
import { backupEtcd } from 'talos-client/operations/backup-etcd';
import { provision } from 'talos-client/operations/provision';
import { upgradeNode } from 'talos-client/operations/upgrade-node';
import { clientOptions, parseTalosconfig } from 'talos-client/talosconfig';
import { type ClusterOptions, type SimulatedCluster, simulateCluster } from 'talos-client-testkit';

/** What has to be the case before the programs of a page are run. */
export interface Scene {
  /** How the cluster begins. Default: three control planes and two workers that run. */
  readonly cluster?: ClusterOptions;
  /** Makes the rest of it. The working directory is that of the program. */
  prepare?(cluster: SimulatedCluster): Promise<unknown>;
  /** Texts of the program that stand for what only the cluster knows. */
  replaced?(cluster: SimulatedCluster): Promise<Readonly<Record<string, string>>>;
}

/** The talosconfig of a cluster, as a client. */
function clientOf(cluster: SimulatedCluster) {
  return createTalosClient(clientOptions(parseTalosconfig(cluster.talosconfig).context()));
}

/** Gives a machine its configuration, and waits until it is a node. */
async function configure(cluster: SimulatedCluster, name: string): Promise<void> {
  const node = cluster.node(name);
  await using talos = clientOf(cluster);
  await provision(
    {
      endpoint: node.endpoint,
      fingerprints: [await node.fingerprint()],
      node: talos.node(node.address),
    },
    configOf(cluster, name),
  );
}

function configOf(cluster: SimulatedCluster, hostname: string): string {
  const type = hostname.startsWith('cp-') ? 'controlplane' : 'worker';
  return cluster.machineConfig({ type, hostname, installDisk: '/dev/sda' });
}

/** The configurations of the cluster, as files. */
async function writeConfigs(cluster: SimulatedCluster): Promise<void> {
  writeFileSync('controlplane.yaml', configOf(cluster, 'cp-1'));
  writeFileSync('worker.yaml', configOf(cluster, 'worker-1'));
}

/** A snapshot of the etcd of another cluster. */
async function writeSnapshot(): Promise<void> {
  await using other = await simulateCluster();
  await backupEtcd(other.client(), './etcd.snapshot');
}

export const scenes: Readonly<Record<string, Scene>> = {
  // Its first program upgrades all nodes.
  'docs/fleet.md': { cluster: { controlPlanes: 1, workers: 1 } },
  'docs/guides/streams.md': { prepare: writeSnapshot },
  'docs/machine-config-generation.md': { prepare: writeConfigs },
  'docs/machine-config-patches.md': { prepare: writeConfigs },
  'docs/operations/bootstrap-cluster.md': {
    cluster: { controlPlanes: 1, maintenance: true },
    prepare: (cluster) => configure(cluster, 'cp-1'),
  },
  'docs/operations/provision.md': {
    cluster: { controlPlanes: 1, maintenance: true },
    prepare: writeConfigs,
    replaced: async (cluster) => ({
      '10.0.0.5': cluster.node('cp-1').address,
      'pmqmcgxtYMJSnwSVNBZzNbJ93LJYPMDxbNdkdKRzSNk=': await cluster.node('cp-1').fingerprint(),
    }),
  },
  'docs/operations/restore-etcd.md': {
    cluster: { controlPlanes: 1, maintenance: true },
    async prepare(cluster) {
      await configure(cluster, 'cp-1');
      await writeSnapshot();
    },
  },
  // There is much of it: fewer nodes have less.
  'docs/operations/support-bundle.md': { cluster: { controlPlanes: 1, workers: 1 } },
  'docs/operations/rollback.md': {
    async prepare(cluster) {
      await using talos = clientOf(cluster);
      const node = talos.node(cluster.node('worker-1').address);
      await upgradeNode(
        node,
        { image: 'ghcr.io/siderolabs/installer:v1.14.1' },
        { drain: 'never' },
      );
    },
  },
};
