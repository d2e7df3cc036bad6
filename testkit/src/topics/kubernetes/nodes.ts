import type { Cluster, Machine } from '../../base/machine.js';
import type { Timer } from '../../base/time/clock.js';
import { config } from '../config/config.js';
import { services } from '../services/services.js';
import { reachesKubernetes } from './api-server.js';
import { CONTROL_PLANE_LABEL, type KubernetesNode, type NodeChange } from './node.js';

/** How long Kubernetes trusts a node that it does not hear of, in milliseconds; 40 s really. */
const GRACE_MS = 2_000;

/** What the table of nodes needs to know of the API server. */
export interface NodeKeeper {
  readonly isUp: boolean;
  /** Something about a node is different now; absent when it was removed. */
  onNodeChange(machine: Machine, node: KubernetesNode | undefined): void;
}

/**
 * The nodes of Kubernetes. A node is as ready as its kubelet said last; when nothing was heard of
 * that for a while, nobody knows.
 */
export class Nodes {
  readonly #cluster: Cluster;
  readonly #keeper: NodeKeeper;
  readonly #nodes = new Map<Machine, KubernetesNode>();
  /** What kubelets say of their nodes in this boot. */
  readonly #said = new Map<Machine, boolean>();
  readonly #silent = new Map<Machine, Timer>();
  readonly #followed = new Set<Machine>();
  #registered = 0;

  constructor(cluster: Cluster, keeper: NodeKeeper) {
    this.#cluster = cluster;
    this.#keeper = keeper;
    cluster.network.onChange(() => this.lookAtAll());
  }

  /** The nodes, in the order of their addresses. */
  list(): readonly KubernetesNode[] {
    return this.#cluster.machines.flatMap((machine) => this.find(machine) ?? []);
  }

  find(machine: Machine): KubernetesNode | undefined {
    return this.#nodes.get(machine);
  }

  /** A kubelet reports for the first time. */
  register(machine: Machine): void {
    if (this.#nodes.has(machine)) return;
    this.#registered += 1;
    const createdAt = machine.clock.now();
    this.#nodes.set(machine, {
      machine,
      uid: machine.random.fork(`kubernetes node/${this.#registered}`).uuid(),
      readiness: 'not-ready',
      ready: false,
      readinessSince: createdAt,
      createdAt,
      unschedulable: false,
      annotations: {},
      ...registration(machine),
    });
    if (!this.#followed.has(machine)) {
      this.#followed.add(machine);
      machine.onChange((topic) => {
        if (topic === 'machine' || topic === 'services') this.#look(machine);
      });
    }
    this.#keeper.onNodeChange(machine, this.find(machine));
  }

  /** A kubelet says whether its node is ready. */
  report(machine: Machine, ready: boolean): void {
    this.#said.set(machine, ready);
    this.#setReadiness(machine, ready ? 'ready' : 'not-ready');
  }

  /** The boot of a node ends, and with it what its kubelet said. */
  forgetReport(machine: Machine): void {
    this.#said.delete(machine);
    this.#look(machine);
  }

  change(machine: Machine, change: NodeChange): void {
    const node = this.find(machine);
    if (node === undefined) return;
    this.#set({ ...node, ...change });
  }

  remove(machine: Machine): void {
    this.#silent.get(machine)?.cancel();
    this.#silent.delete(machine);
    if (this.#nodes.delete(machine)) this.#keeper.onNodeChange(machine, undefined);
  }

  /** Looks who can be heard, after something that matters to all. */
  lookAtAll(): void {
    for (const machine of [...this.#nodes.keys()]) this.#look(machine);
  }

  #look(machine: Machine): void {
    if (!this.#nodes.has(machine)) return;
    if (isHeard(machine) || !this.#keeper.isUp) {
      // While no API server runs nobody keeps time.
      this.#silent.get(machine)?.cancel();
      this.#silent.delete(machine);
      if (!isHeard(machine)) return;
      this.#setReadiness(machine, this.#said.get(machine) === true ? 'ready' : 'not-ready');
      return;
    }
    if (this.#silent.has(machine)) return;
    const timer = this.#cluster.clock.setTimer(GRACE_MS, () => {
      this.#setReadiness(machine, 'unknown');
    });
    this.#silent.set(machine, timer);
  }

  #setReadiness(machine: Machine, readiness: KubernetesNode['readiness']): void {
    const node = this.find(machine);
    if (node === undefined || node.readiness === readiness) return;
    // The clock of a node that is off stands still.
    const { clock } = machine.isOn ? machine : this.#cluster;
    this.#set({
      ...node,
      readiness,
      ready: readiness === 'ready',
      readinessSince: clock.now(),
    });
  }

  #set(node: KubernetesNode): void {
    const { machine } = node;
    if (JSON.stringify(facts(node)) === JSON.stringify(facts(this.find(machine)))) return;
    this.#nodes.set(machine, node);
    this.#keeper.onNodeChange(machine, node);
  }
}

function facts(node: KubernetesNode | undefined): object {
  return { ...node, machine: undefined };
}

/** Whether the kubelet of a node runs and reaches an API server. */
function isHeard(machine: Machine): boolean {
  return machine.isOn && machine.state(services).isRunning('kubelet') && reachesKubernetes(machine);
}

/** The labels and taints that the kubelet asks for when it registers its node. */
function registration(machine: Machine): Pick<KubernetesNode, 'labels' | 'taints'> {
  const state = machine.state(config);
  // The one that the cluster made costs to be read.
  const facts = state.isInitial ? undefined : state.active?.node;
  if (facts !== undefined) return { labels: facts.nodeLabels, taints: facts.nodeTaints };
  const own = { key: CONTROL_PLANE_LABEL, effect: 'NoSchedule' };
  return { labels: {}, taints: machine.type === 'controlplane' ? [own] : [] };
}
