import type { Cluster, Machine } from '../../base/machine.js';
import { defineTopic } from '../../base/topic.js';
import { Etcd } from './etcd.js';

/** How long etcd of a cluster has run that is up from the start. */
const SETTLED_MS = 3_600_000;

/**
 * The etcd clusters of a simulation: mostly one. Bootstrapping a second node makes a second one,
 * which is the mistake that callers are warned of.
 */
export class EtcdClusters {
  /** The one of a cluster that is up from the start. */
  readonly initial: Etcd | undefined;
  readonly #cluster: Cluster;
  #bootstrapped = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    const founders = cluster.machines.filter(({ type }) => type === 'controlplane');
    if (!cluster.upFromStart || founders.length === 0) return;
    this.initial = new Etcd(cluster, {
      name: 'initial',
      founders,
      since: cluster.clock.now() - SETTLED_MS,
    });
  }

  /** Begins a cluster of one, with what a snapshot had if there is one. */
  bootstrap(founder: Machine, database?: { lineage: bigint; revision: bigint }): Etcd {
    this.#bootstrapped += 1;
    return new Etcd(this.#cluster, {
      name: `bootstrap/${this.#bootstrapped}`,
      founders: [founder],
      ...(database === undefined ? {} : { database }),
    });
  }
}

/** The etcd clusters of a simulation. */
export const etcdClusters = defineTopic({
  name: 'etcd-clusters',
  lifetime: 'always',
  create: (cluster: Cluster) => new EtcdClusters(cluster),
});
