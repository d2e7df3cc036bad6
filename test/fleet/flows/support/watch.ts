import type { SimulatedCluster } from '../../../../testkit/src/cluster/cluster.js';

/** What was seen of a cluster while something was done to it. */
export interface Watched {
  /** The most control planes that were down at a time, and the most workers. */
  readonly controlPlanesDown: () => number;
  readonly workersDown: () => number;
  /** The nodes in the order in which they went down. */
  readonly downs: readonly string[];
}

/** Watches which nodes of a cluster are down at a time. */
export function watchCluster(cluster: SimulatedCluster): Watched {
  const most = { controlplane: 0, worker: 0 };
  const down = new Set<string>();
  const downs: string[] = [];
  const look = (): void => {
    const counts = { controlplane: 0, worker: 0 };
    for (const node of cluster.nodes) {
      const isDown = node.stage !== 'RUNNING';
      if (isDown) counts[node.name.startsWith('cp') ? 'controlplane' : 'worker'] += 1;
      if (isDown && !down.has(node.name)) {
        down.add(node.name);
        downs.push(node.name);
      } else if (!isDown) down.delete(node.name);
    }
    most.controlplane = Math.max(most.controlplane, counts.controlplane);
    most.worker = Math.max(most.worker, counts.worker);
  };
  for (const { machine } of cluster.nodes) machine.onChange(look);
  return {
    controlPlanesDown: () => most.controlplane,
    workersDown: () => most.worker,
    downs,
  };
}
