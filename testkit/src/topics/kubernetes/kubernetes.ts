import type { Cluster, Machine } from '../../base/machine.js';
import { defineTopic } from '../../base/topic.js';
import { kubernetesServers, servesKubernetes } from './api-server.js';
import { type Budget, type BudgetStatus, budgetStatus, isCovered } from './budget.js';
import type { ClusterPod } from './cluster-pod.js';
import { Controllers } from './controllers.js';
import { CORDONED_BY_TALOS, type KubernetesNode, type NodeChange } from './node.js';
import { Nodes } from './nodes.js';
import type { Pod } from './pod.js';
import { PodTable } from './pod-table.js';
import { systemWorkloads, type Workload } from './workload.js';

/** What tells that the set of API servers may be another one. */
const serverTopics: ReadonlySet<string> = new Set(['machine', 'pods', 'services', 'etcd']);

/**
 * What the API server of the cluster knows: nodes, pods, what keeps them running, and budgets. It
 * answers while a control plane runs one and etcd does. Notifies `kubernetes` on all nodes when
 * something about nodes or API servers changes, and on one node when it is about pods of that.
 */
export class Kubernetes {
  readonly cluster: Cluster;
  readonly nodes: Nodes;
  readonly pods = new PodTable();
  readonly workloads = new Map<string, Workload>();
  readonly budgets = new Map<string, Budget>();
  readonly #controllers: Controllers;
  readonly #listeners = new Set<() => void>();
  #servers: readonly Machine[] = [];

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.nodes = new Nodes(cluster, this);
    this.#controllers = new Controllers(this);
    for (const machine of cluster.machines) {
      machine.onChange((topic) => {
        if (serverTopics.has(topic)) this.#lookAtServers(machine);
      });
    }
  }

  /** Whether an API server answers. */
  get isUp(): boolean {
    return this.cluster.machines.some(servesKubernetes);
  }

  /** The nodes, in the order of their addresses. */
  list(): readonly KubernetesNode[] {
    return this.nodes.list();
  }

  /** What is known of a node; absent while it never was registered. */
  find(machine: Machine): KubernetesNode | undefined {
    return this.nodes.find(machine);
  }

  knows(machine: Machine): boolean {
    return this.find(machine) !== undefined;
  }

  /** Calls `listener` after each change, until the function it returns is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A kubelet reports for the first time. */
  register(machine: Machine): void {
    const { upFromStart, machines } = this.cluster;
    const isFirst = this.workloads.size === 0;
    if (isFirst) {
      for (const workload of systemWorkloads(this.cluster, machine.clock.now())) {
        this.workloads.set(workload.uid, workload);
      }
    }
    this.nodes.register(machine);
    if (!isFirst) return;
    for (const workload of this.workloads.values()) {
      this.#controllers.fill(workload, upFromStart ? machines : undefined);
    }
  }

  /** Changes what clients of Kubernetes may change about a node. */
  changeNode(machine: Machine, change: NodeChange): void {
    this.nodes.change(machine, change);
  }

  /** Talos cordons a node that it is about to stop. One that was cordoned before is not its own. */
  cordonForTalos(machine: Machine): void {
    const node = this.find(machine);
    if (node === undefined || node.unschedulable) return;
    const annotations = { ...node.annotations, [CORDONED_BY_TALOS]: 'true' };
    this.changeNode(machine, { unschedulable: true, annotations });
  }

  /** Takes back what Talos did before the node went down. */
  uncordonForTalos(machine: Machine): void {
    const node = this.find(machine);
    if (node?.annotations[CORDONED_BY_TALOS] === undefined) return;
    const { [CORDONED_BY_TALOS]: _, ...annotations } = node.annotations;
    this.changeNode(machine, { unschedulable: false, annotations });
  }

  /** Forgets a node, and its pods with it. */
  remove(machine: Machine): void {
    this.nodes.remove(machine);
  }

  /** Adds something that keeps pods running; the pods come at once. */
  addWorkload(workload: Workload): void {
    this.workloads.set(workload.uid, workload);
    this.#controllers.fill(workload);
    this.#changed();
  }

  addBudget(budget: Budget): void {
    this.budgets.set(budget.uid, budget);
    this.#changed();
  }

  /** The budgets that are about a pod. */
  budgetsOf(pod: ClusterPod): readonly Budget[] {
    return [...this.budgets.values()].filter((budget) => isCovered(budget, pod));
  }

  /** Whether a pod counts as ready: its probes succeed, and its node is heard of. */
  isPodReady({ status, machine }: ClusterPod): boolean {
    return status?.ready === true && machine !== undefined && this.find(machine)?.ready === true;
  }

  budgetStatus(budget: Budget): BudgetStatus {
    const isHealthy = (pod: ClusterPod) => pod.deletion === undefined && this.isPodReady(pod);
    return budgetStatus(budget, this.pods.all(), this.workloads.values(), isHealthy);
  }

  /** Adds a pod, or puts it in the place of what it was. */
  setPod(pod: ClusterPod): void {
    this.pods.set(pod);
    this.#podChanged(pod);
  }

  /** Adds a pod that nobody makes another one of. */
  addPod(pod: ClusterPod): void {
    this.setPod(pod);
    this.#controllers.schedule();
  }

  /** A kubelet says how a pod is; nothing happens when the API server does not have it. */
  reportPod(uid: string, status: Pod): void {
    const pod = this.pods.get(uid);
    if (pod === undefined || pod.status === status) return;
    this.pods.set({ ...pod, status });
    this.#changed();
  }

  /**
   * Has a pod end: its kubelet gives it `graceSeconds`, as many as the pod asks for unless told
   * otherwise. Without any, and on no node, it is gone at once.
   */
  deletePod(pod: ClusterPod, graceSeconds = pod.template.graceSeconds): void {
    if (graceSeconds === 0 || pod.machine === undefined) {
      this.removePod(pod);
      return;
    }
    const at = this.cluster.clock.now() + graceSeconds * 1000;
    // The end can be brought forward, not put off.
    if (pod.deletion !== undefined && pod.deletion.at <= at) return;
    const ending = { ...pod, deletion: { at, graceSeconds } };
    this.pods.set(ending);
    this.#podChanged(ending);
    this.#controllers.fillOwnerOf(ending);
  }

  /** Takes a pod out of the API: it has ended, or nobody waits for it. */
  removePod(pod: ClusterPod): void {
    if (!this.pods.delete(pod)) return;
    this.#podChanged(pod);
    this.#controllers.fillOwnerOf(pod);
  }

  /** @internal The table of nodes says what has changed. */
  onNodeChange(machine: Machine, node: KubernetesNode | undefined): void {
    this.#controllers.onNodeChange(machine, node);
    this.cluster.notify('kubernetes');
    this.#changed();
  }

  #podChanged({ machine }: ClusterPod): void {
    machine?.notify('kubernetes');
    this.#changed();
  }

  #lookAtServers(machine: Machine): void {
    // The others do not serve, and did not.
    if (machine.type !== 'controlplane' && !this.#servers.includes(machine)) return;
    const servers = kubernetesServers(this.cluster);
    const before = this.#servers;
    if (servers.length === before.length && servers.every((one, i) => one === before[i])) return;
    this.#servers = servers;
    this.nodes.lookAtAll();
    if (servers.length > 0) {
      for (const workload of this.workloads.values()) this.#controllers.fill(workload);
    }
    this.cluster.notify('kubernetes');
    this.#changed();
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** What the cluster's API server knows. */
export const kubernetes = defineTopic({
  name: 'kubernetes',
  lifetime: 'always',
  create: (cluster: Cluster) => new Kubernetes(cluster),
});
