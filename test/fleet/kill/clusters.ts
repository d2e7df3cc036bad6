import { lifecycleMethods } from '../../../generated/features/lifecycle.js';
import { parseTalosconfig, saveTalosconfig } from '../../../src/talosconfig/index.js';
import { type SimulatedCluster, simulateCluster } from '../../../testkit/src/cluster/cluster.js';
import type { SimulatedNode } from '../../../testkit/src/cluster/node.js';

/** What clusters are simulated. */
export interface FleetOptions {
  readonly clusters: number;
  readonly controlPlanes: number;
  readonly workers: number;
  /** Where their talosconfig is written, with a context for each. */
  readonly talosconfig: string;
}

/** Simulated clusters over mTLS, and what must never happen to them. */
export class WatchedFleet implements AsyncDisposable {
  readonly clusters: readonly SimulatedCluster[];
  /** What was seen that must never be, a sentence each. */
  readonly seen: string[] = [];

  private constructor(clusters: readonly SimulatedCluster[]) {
    this.clusters = clusters;
    for (const cluster of clusters) this.#watch(cluster);
  }

  static async start(options: FleetOptions): Promise<WatchedFleet> {
    const { controlPlanes, workers } = options;
    const clusters: SimulatedCluster[] = [];
    for (let index = 0; index < options.clusters; index += 1) {
      const clusterName = `c${String(index + 1).padStart(2, '0')}`;
      const size = { controlPlanes, workers, clusterName, seed: clusterName };
      clusters.push(await simulateCluster({ ...size, transport: 'tls' }));
    }
    const [first, ...others] = clusters.map((cluster) => parseTalosconfig(cluster.talosconfig));
    if (first === undefined) throw new Error('a fleet has at least one cluster');
    const all = others.reduce((merged, other) => merged.mergedWith(other).config, first);
    await saveTalosconfig(all, { path: options.talosconfig });
    return new WatchedFleet(clusters);
  }

  get names(): readonly string[] {
    return this.clusters.map(({ name }) => name);
  }

  get nodes(): readonly SimulatedNode[] {
    return this.clusters.flatMap(({ nodes }) => nodes);
  }

  /** What is wrong after an upgrade to a release; nothing, if each node was upgraded once. */
  problems(version: string): readonly string[] {
    const problems = [...this.seen];
    for (const { name, nodes, journal, kubernetes } of this.clusters) {
      for (const node of nodes) {
        const wrong = (text: string) => problems.push(`${name} ${node.name}: ${text}`);
        const installs = journal.of(lifecycleMethods.upgrade, node.name).length;
        const { boots } = node.machine;
        if (installs !== 1) wrong(`the installer was called ${installs} times`);
        if (boots !== 2) wrong(`was rebooted ${boots - 1} times`);
        if (node.stage !== 'RUNNING') wrong(`is ${node.stage}`);
        if (node.talosVersion !== version) wrong(`runs ${node.talosVersion}`);
        const view = kubernetes.nodes.find((one) => one.name === node.name);
        if (view?.unschedulable !== false) wrong('is cordoned');
      }
    }
    return problems;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cluster of this.clusters) await cluster.close();
  }

  /** Notes when two control planes of a cluster are down at once. */
  #watch(cluster: SimulatedCluster): void {
    const look = (): void => {
      const down = cluster.controlPlanes.filter(({ isOn, stage }) => !isOn || stage !== 'RUNNING');
      if (down.length < 2) return;
      const names = down.map(({ name, stage }) => `${name} (${stage})`).join(', ');
      const text = `${cluster.name}: down at once: ${names}`;
      if (!this.seen.includes(text)) this.seen.push(text);
    };
    for (const { machine } of cluster.controlPlanes) machine.onChange(look);
  }
}
