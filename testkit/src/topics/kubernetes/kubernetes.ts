import type { Cluster, Machine } from '../../base/machine.js';
import { defineTopic } from '../../base/topic.js';
import { etcdOn } from '../etcd/etcd-node.js';
import { apiServer } from './api-server.js';

/** A node as Kubernetes knows it. */
export interface KubernetesNode {
  readonly machine: Machine;
  readonly ready: boolean;
  /** Whether it is cordoned. */
  readonly unschedulable: boolean;
  /** When it was registered, in milliseconds since 1970. */
  readonly createdAt: number;
}

/** How long Kubernetes trusts a node that it does not hear of, in milliseconds; 40 s really. */
const GRACE_MS = 2_000;

/**
 * What the API server of the cluster knows. It answers while a control plane runs one and etcd
 * does. Notifies `kubernetes` on all nodes.
 */
export class Kubernetes {
  readonly #cluster: Cluster;
  readonly #nodes = new Map<Machine, KubernetesNode>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Whether an API server answers. */
  get isUp(): boolean {
    return this.#cluster.machines.some(
      (machine) =>
        machine.isOn &&
        machine.type === 'controlplane' &&
        etcdOn(machine).problem() === undefined &&
        machine.state(apiServer).isReady,
    );
  }

  /** The nodes, in the order of their addresses. */
  list(): readonly KubernetesNode[] {
    return this.#cluster.machines.flatMap((machine) => this.find(machine) ?? []);
  }

  /** What is known of a node; absent while it never was registered. */
  find(machine: Machine): KubernetesNode | undefined {
    return this.#nodes.get(machine);
  }

  knows(machine: Machine): boolean {
    return this.#nodes.has(machine);
  }

  /** A kubelet reports for the first time. */
  register(machine: Machine): void {
    if (this.knows(machine)) return;
    const createdAt = machine.clock.now();
    this.#nodes.set(machine, { machine, ready: false, unschedulable: false, createdAt });
    this.#cluster.notify('kubernetes');
  }

  setReady(machine: Machine, ready: boolean): void {
    this.#change(machine, { ready });
  }

  /** Cordons a node, or takes that back. */
  setUnschedulable(machine: Machine, unschedulable: boolean): void {
    this.#change(machine, { unschedulable });
  }

  /** Hears nothing of a node any more: it counts as ready for a while. */
  lose(machine: Machine): void {
    this.#cluster.clock.setTimer(GRACE_MS, () => {
      if (!machine.isOn) this.setReady(machine, false);
    });
  }

  /** Forgets a node. */
  remove(machine: Machine): void {
    if (this.#nodes.delete(machine)) this.#cluster.notify('kubernetes');
  }

  #change(machine: Machine, change: Partial<KubernetesNode>): void {
    const node = this.find(machine);
    if (node === undefined) return;
    const changed = { ...node, ...change };
    if (changed.ready === node.ready && changed.unschedulable === node.unschedulable) return;
    this.#nodes.set(machine, changed);
    this.#cluster.notify('kubernetes');
  }
}

/** What the cluster's API server knows. */
export const kubernetes = defineTopic({
  name: 'kubernetes',
  lifetime: 'always',
  create: (cluster: Cluster) => new Kubernetes(cluster),
});
