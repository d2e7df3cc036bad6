import type { Cluster, Machine } from '../../base/machine.js';
import type { Timer } from '../../base/time/clock.js';
import type { ClusterPod } from './cluster-pod.js';
import { nameSuffix } from './names.js';
import type { KubernetesNode } from './node.js';
import type { Nodes } from './nodes.js';
import type { PodTable } from './pod-table.js';
import { fits, nodeFor } from './scheduler.js';
import type { Workload } from './workload.js';

/** How long pods stay on a node that is not ready, in milliseconds; 300 s really. */
const TOLERATION_MS = 15_000;

/** What is known of a pod before it is made. */
interface NewPod {
  readonly name?: string;
  /** The node it is bound to from the start. */
  readonly machine?: Machine | undefined;
  /** Default: now. */
  readonly createdAt?: number | undefined;
}

/** What controllers work with. */
export interface ControlledState {
  readonly cluster: Cluster;
  readonly isUp: boolean;
  readonly nodes: Nodes;
  readonly pods: PodTable;
  readonly workloads: ReadonlyMap<string, Workload>;
  setPod(pod: ClusterPod): void;
  deletePod(pod: ClusterPod, graceSeconds?: number): void;
  removePod(pod: ClusterPod): void;
}

/**
 * What the controllers of Kubernetes and its scheduler do: have as many pods as their workloads
 * want, bind them to nodes, and take them away from nodes that are lost. They act at once; what
 * takes time are the kubelets.
 */
export class Controllers {
  readonly #state: ControlledState;
  readonly #lost = new Map<Machine, Timer>();
  #made = 0;

  constructor(state: ControlledState) {
    this.#state = state;
  }

  /**
   * Has a workload get the pods it wants. In a cluster that is up from the start the first ones are
   * spread over `machines`, some of which are yet to come up.
   */
  fill(workload: Workload, machines?: readonly Machine[]): void {
    if (!this.#state.isUp) return;
    if (workload.kind === 'DaemonSet') {
      for (const { machine } of this.#state.nodes.list()) this.#placeDaemon(workload, machine);
      return;
    }
    const { pods } = this.#state;
    const owned = pods.ownedBy(workload.owner.uid);
    if (workload.kind === 'StatefulSet') {
      // One is there again under its name when the one before is gone.
      for (let index = 0; index < workload.replicas; index++) {
        const name = `${workload.name}-${index}`;
        if (pods.find(workload.namespace, name) === undefined) this.#make(workload, { name });
      }
    } else {
      const missing = workload.replicas - owned.filter(({ deletion }) => !deletion).length;
      for (let count = 0; count < missing; count++) {
        const machine = machines?.[count % machines.length];
        this.#make(workload, { machine, createdAt: machine && workload.createdAt });
      }
    }
    this.schedule();
  }

  /** Has the owner of a pod that is ending, or is gone, see to it. */
  fillOwnerOf({ owner }: ClusterPod): void {
    if (owner === undefined) return;
    for (const workload of this.#state.workloads.values()) {
      if (workload.owner.uid === owner.uid) this.fill(workload);
    }
  }

  /** Acts on a node that was registered, has changed or was removed. */
  onNodeChange(machine: Machine, node: KubernetesNode | undefined): void {
    const { pods, workloads } = this.#state;
    if (node === undefined) {
      this.#lost.get(machine)?.cancel();
      this.#lost.delete(machine);
      for (const pod of pods.on(machine)) this.#state.removePod(pod);
      return;
    }
    for (const workload of workloads.values()) {
      if (workload.kind === 'DaemonSet') this.#placeDaemon(workload, machine);
    }
    this.#lookAfter(machine, node);
    this.schedule();
  }

  /** Binds what is pending to nodes that take it. */
  schedule(): void {
    const { isUp, nodes, pods } = this.#state;
    const pending = pods.pending();
    if (!isUp || pending.length === 0) return;
    const candidates = nodes.list();
    for (const pod of pending) {
      if (pod.deletion !== undefined) continue;
      const machine = nodeFor(pod, candidates, pods);
      if (machine !== undefined) this.#bind(pod, machine);
    }
  }

  #placeDaemon(workload: Workload, machine: Machine): void {
    const { nodes, pods } = this.#state;
    const node = nodes.find(machine);
    if (node === undefined || !fits(workload.template, node)) return;
    if (pods.on(machine).some(({ owner }) => owner?.uid === workload.owner.uid)) return;
    this.#make(workload, { machine });
  }

  /** Takes pods away from a node that stays as it is for too long. */
  #lookAfter(machine: Machine, { readiness }: KubernetesNode): void {
    if (readiness === 'ready') {
      this.#lost.get(machine)?.cancel();
      this.#lost.delete(machine);
      return;
    }
    if (this.#lost.has(machine)) return;
    const timer = this.#state.cluster.clock.setTimer(TOLERATION_MS, () => {
      this.#lost.delete(machine);
      if (this.#state.nodes.find(machine)?.ready !== false) return;
      for (const pod of this.#state.pods.on(machine)) {
        if (pod.isMirror || pod.template.tolerates === 'everything') continue;
        if (pod.deletion === undefined) this.#state.deletePod(pod);
      }
    });
    this.#lost.set(machine, timer);
  }

  #make(workload: Workload, { name, machine, ...times }: NewPod) {
    const { cluster } = this.#state;
    const { namespace, template, owner } = workload;
    this.#made += 1;
    const random = cluster.random.fork(`pod/${namespace}/${owner.name}/${this.#made}`);
    // The clock of a node that comes up may be behind: it has had a past.
    const { createdAt = (machine?.isOn === true ? machine : cluster).clock.now() } = times;
    this.#state.setPod({
      namespace,
      name: name ?? `${owner.name}-${nameSuffix(random, 5)}`,
      uid: random.uuid(),
      template,
      owner,
      isMirror: false,
      createdAt,
      machine,
      boundAt: machine && createdAt,
      deletion: undefined,
      status: undefined,
    });
  }

  #bind(pod: ClusterPod, machine: Machine): void {
    this.#state.setPod({ ...pod, machine, boundAt: this.#state.cluster.clock.now() });
  }
}
