import { writeFile } from 'node:fs/promises';
import { checkOptions, type Shape } from 'talos-client/options';
import type { Cluster } from '../base/machine.js';
import { until } from '../base/time/until.js';
import { type KubernetesRequests, kubernetesFaults } from '../kubernetes-api/faults.js';
import { type KubernetesJournalEntry, kubernetesJournal } from '../kubernetes-api/journal.js';
import { ApiProblem } from '../kubernetes-api/problem.js';
import type { Caller } from '../kubernetes-api/request.js';
import { type KubernetesFetch, kubernetesFetch } from '../memory/kubernetes-fetch.js';
import { secrets } from '../topics/config/secrets.js';
import type { Budget } from '../topics/kubernetes/budget.js';
import type { ClusterPod } from '../topics/kubernetes/cluster-pod.js';
import { kubeconfigText } from '../topics/kubernetes/kubeconfig.js';
import { kubernetes } from '../topics/kubernetes/kubernetes.js';
import { type Taint, taintsOf } from '../topics/kubernetes/node.js';
import { type PodTemplate, podTemplate } from '../topics/kubernetes/pod-template.js';
import { pods } from '../topics/kubernetes/pods.js';
import { createWorkload, type Workload } from '../topics/kubernetes/workload.js';
import {
  type BareKubernetesPod,
  type BudgetOptions,
  budgetShape,
  callerShape,
  checkBudget,
  checkName,
  failShape,
  type KubernetesBudget,
  type KubernetesFailOptions,
  type KubernetesPodOptions,
  type KubernetesWorkloadOptions,
  podShape,
  type ReplicatedWorkloadOptions,
  replicatedShape,
  requestsShape,
  workloadShape,
} from './kubernetes-options.js';

export type {
  BareKubernetesPod,
  BudgetOptions,
  KubernetesBudget,
  KubernetesFailOptions,
  KubernetesPodOptions,
  KubernetesWorkloadOptions,
  ReplicatedWorkloadOptions,
};

/** A node, as Kubernetes sees it. */
export interface KubernetesNodeView {
  readonly name: string;
  /** `unknown` when Kubernetes has not heard of its kubelet for a while. */
  readonly readiness: 'ready' | 'not-ready' | 'unknown';
  /** Whether it is cordoned. */
  readonly unschedulable: boolean;
  readonly taints: readonly Taint[];
}

/** A pod, as Kubernetes sees it. */
export interface KubernetesPodView {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The name of the node; absent while none takes it. */
  readonly node: string | undefined;
  readonly ready: boolean;
  /** Whether it is about to end. */
  readonly terminating: boolean;
}

/**
 * The Kubernetes of a simulated cluster, as a test handles it. Its API knows nodes, pods, evictions,
 * workloads, budgets and namespaces; everything else is not found.
 */
export class SimulatedKubernetes {
  readonly #cluster: Cluster;

  /**
   * Makes requests to the API as an admin of the cluster, without a socket: for code that takes a
   * `fetch`. Fails as `fetch` does while no API server answers.
   *
   * @example
   * ```ts
   * const response = await cluster.kubernetes.fetch('/api/v1/nodes');
   * ```
   */
  readonly fetch: KubernetesFetch;

  /** @internal Use `cluster.kubernetes`. */
  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.fetch = kubernetesFetch(cluster, { user: 'admin', groups: ['system:masters'] });
  }

  /** Where clients reach the API, as `https://127.0.0.1:41234`: it leads to a control plane that runs. */
  get endpoint(): string {
    return this.#cluster.kubernetesEndpoint;
  }

  /** Whether an API server answers. */
  get isUp(): boolean {
    return this.#state.isUp;
  }

  /** The nodes, in the order of their addresses. */
  get nodes(): readonly KubernetesNodeView[] {
    return this.#state.list().map((node) => ({
      name: node.machine.name,
      readiness: node.readiness,
      unschedulable: node.unschedulable,
      taints: taintsOf(node),
    }));
  }

  /** The pods of all namespaces, in the order they were made. */
  get pods(): readonly KubernetesPodView[] {
    return this.#state.pods.all().map((pod) => ({
      namespace: pod.namespace,
      name: pod.name,
      uid: pod.uid,
      node: pod.machine?.name,
      ready: this.#state.isPodReady(pod),
      terminating: pod.deletion !== undefined,
    }));
  }

  /** The requests that the API got, in the order they came; the last 10,000. */
  get requests(): readonly KubernetesJournalEntry[] {
    return this.#cluster.state(kubernetesJournal).entries;
  }

  /**
   * A kubeconfig with a client certificate: that of an admin, unless a user and groups are given. Good
   * for any client while a cluster over TLS is open. Nodes that a client configured with a CA of its
   * own give theirs by the RPC Kubeconfig.
   */
  kubeconfig(caller: Partial<Caller> = {}): string {
    checkOptions(caller, callerShape, 'kubeconfig');
    const { user = 'admin', groups = ['system:masters'] } = caller;
    return kubeconfigText({
      clusterName: this.#cluster.name,
      server: this.endpoint,
      ca: this.#cluster.state(secrets).kubernetes,
      user,
      groups,
    });
  }

  /** Writes a kubeconfig to a file that only its owner reads. */
  async writeKubeconfig(path: string, caller: Partial<Caller> = {}): Promise<void> {
    await writeFile(path, this.kubeconfig(caller), { mode: 0o600 });
  }

  /** As `fetch`, for a client that the API knows by another name, or, without one, not at all. */
  fetchAs(caller: Caller | undefined): KubernetesFetch {
    if (caller !== undefined) checkOptions(caller, callerShape, 'fetchAs');
    return kubernetesFetch(this.#cluster, caller);
  }

  /**
   * Adds a Deployment, and a budget with its name if there is to be one. Its pods are ready at once on
   * the nodes that take them, as if they had been there for a while. A pod that goes comes back
   * on another node.
   *
   * @throws {TalosConfigError} for options that there are not.
   * @throws {RangeError} when there is one of the name.
   */
  addDeployment(options: ReplicatedWorkloadOptions): void {
    this.#addWorkload('Deployment', options, replicatedShape, 'web');
  }

  /**
   * Adds a StatefulSet, likewise. A pod that goes comes back under its name when it is gone.
   *
   * @throws {TalosConfigError} for options that there are not.
   * @throws {RangeError} when there is one of the name.
   */
  addStatefulSet(options: ReplicatedWorkloadOptions): void {
    this.#addWorkload('StatefulSet', options, replicatedShape, 'db');
  }

  /**
   * Adds a DaemonSet, likewise: a pod on each node, cordoned ones too.
   *
   * @throws {TalosConfigError} for options that there are not.
   * @throws {RangeError} when there is one of the name.
   */
  addDaemonSet(options: KubernetesWorkloadOptions): void {
    this.#addWorkload('DaemonSet', options, workloadShape, 'agent');
  }

  /**
   * Adds a pod without an owner: once it is gone nobody makes another one.
   *
   * @throws {TalosConfigError} for options that there are not.
   * @throws {RangeError} when there is one of the name.
   */
  addPod(options: BareKubernetesPod): void {
    checkOptions(options, podShape, 'addPod', "{ name: 'one' }");
    checkName('addPod', options);
    const { name, namespace = 'default', node } = options;
    const cluster = this.#cluster;
    const machine = node === undefined ? undefined : cluster.machineAt(node);
    if (node !== undefined && (machine === undefined || !this.#state.knows(machine))) {
      throw new RangeError(`addPod: Kubernetes has no node ${JSON.stringify(node)}`);
    }
    this.#checkNew('pod', namespace, name, this.#state.pods.find(namespace, name) !== undefined);
    const now = cluster.clock.now();
    const uid = cluster.random.fork(`pod/${namespace}/${name}/${now}`).uuid();
    this.#state.addPod({
      namespace,
      name,
      uid,
      template: templateOf(name, options),
      owner: undefined,
      isMirror: false,
      createdAt: now,
      machine,
      boundAt: machine && now,
      deletion: undefined,
      status: undefined,
    });
    this.#settle(this.#state.pods.find(namespace, name));
  }

  /**
   * Adds a PodDisruptionBudget for pods with some labels.
   *
   * @throws {TalosConfigError} for options that there are not.
   * @throws {RangeError} when there is one of the name.
   */
  addBudget(options: KubernetesBudget): void {
    this.#state.addBudget(this.#newBudget(options));
  }

  /** Resolves when `holds` does. Looks whenever anything in Kubernetes changes. */
  async until(holds: () => boolean, signal?: AbortSignal): Promise<void> {
    await until(
      () => holds() || undefined,
      (again) => this.#state.onChange(again),
      signal,
    );
  }

  /**
   * Refuses requests with a status from 400 to 599. The function takes that back.
   *
   * @example
   * ```ts
   * cluster.kubernetes.fail(503, { method: 'POST', path: /\/eviction$/, times: 2 });
   * ```
   */
  fail(status: number, options: KubernetesFailOptions = {}): () => void {
    checkOptions(options, failShape, 'fail');
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new RangeError(`fail: ${status} is no status of a failure, from 400 to 599`);
    }
    const {
      reason = 'InternalError',
      message = `simulated ${status}`,
      retryAfterSeconds,
    } = options;
    const problem = new ApiProblem(status, reason, message, { retryAfterSeconds });
    return this.#faults.add(options, { kind: 'refuse', problem });
  }

  /** Answers requests `ms` milliseconds late, on the clock of the cluster. */
  delay(ms: number, requests: KubernetesRequests = {}): () => void {
    checkOptions(requests, requestsShape, 'delay');
    return this.#faults.add(requests, { kind: 'delay', ms });
  }

  /** Tears the connection of requests down: before they are looked at, or, without an answer, after. */
  drop(when: 'before' | 'after', requests: KubernetesRequests = {}): () => void {
    checkOptions(requests, requestsShape, 'drop');
    return this.#faults.add(requests, { kind: 'drop', when });
  }

  /** Takes all faults of the API back. Static pods that are held stay so. */
  restore(): void {
    this.#faults.clear();
  }

  get #state() {
    return this.#cluster.state(kubernetes);
  }

  get #faults() {
    return this.#cluster.state(kubernetesFaults);
  }

  #addWorkload(
    kind: Workload['kind'],
    options: ReplicatedWorkloadOptions,
    shape: Shape<KubernetesWorkloadOptions>,
    example: string,
  ): void {
    checkOptions(options, shape, `add${kind}`, `{ name: '${example}' }`);
    checkName(`add${kind}`, options);
    const { name, namespace = 'default', replicas, budget } = options;
    const template = templateOf(name, options, kind === 'DaemonSet' ? 'everything' : 'nothing');
    const createdAt = this.#cluster.clock.now();
    const init = { kind, namespace, name, replicas, template, createdAt };
    if (budget !== undefined) checkBudget('budget', budget);
    const workload = createWorkload(this.#cluster, init);
    this.#checkNew(kind, namespace, name, this.#state.workloads.has(workload.uid));
    // All that may be wrong is looked at before anything is added.
    const added =
      budget && this.#newBudget({ namespace, name, selector: template.labels, ...budget });
    this.#state.addWorkload(workload);
    for (const pod of this.#state.pods.ownedBy(workload.owner.uid)) this.#settle(pod);
    if (added !== undefined) this.#state.addBudget(added);
  }

  /** A budget that was checked, and is to be added. */
  #newBudget(options: KubernetesBudget): Budget {
    checkOptions(options, budgetShape, 'addBudget', "{ name: 'web', selector: { app: 'web' } }");
    checkName('addBudget', options);
    checkBudget('addBudget', options);
    const { name, namespace = 'default', selector, minAvailable, maxUnavailable } = options;
    const uid = this.#cluster.random.fork(`budget/${namespace}/${name}`).uuid();
    this.#checkNew('PodDisruptionBudget', namespace, name, this.#state.budgets.has(uid));
    const createdAt = this.#cluster.clock.now();
    return { namespace, name, uid, selector, minAvailable, maxUnavailable, createdAt };
  }

  #checkNew(kind: string, namespace: string, name: string, isThere: boolean): void {
    if (!isThere) return;
    throw new RangeError(`there is a ${kind} ${namespace}/${name} already: choose another name`);
  }

  #settle(pod: ClusterPod | undefined): void {
    if (pod?.machine?.isOn === true) pod.machine.state(pods).settle(pod.uid);
  }
}

function templateOf(
  name: string,
  options: KubernetesPodOptions,
  otherwise: PodTemplate['tolerates'] = 'nothing',
): PodTemplate {
  const { labels, image, terminationMs, terminationGraceSeconds, emptyDir, tolerations } = options;
  return podTemplate(name, {
    ...(labels === undefined ? {} : { labels }),
    ...(image === undefined ? {} : { image }),
    ...(emptyDir === undefined ? {} : { emptyDir }),
    ...(terminationGraceSeconds === undefined ? {} : { graceSeconds: terminationGraceSeconds }),
    stopMs: terminationMs,
    tolerates: tolerations ?? otherwise,
  });
}
