import type { Machine } from '../../base/machine.js';
import { paceOf } from '../../base/time/pace.js';
import { Play, type Script } from '../../base/time/script.js';
import { defineTopic } from '../../base/topic.js';
import { etcdOn } from '../etcd/etcd-node.js';
import { services } from '../services/services.js';
import { apiServer, reachesKubernetes } from './api-server.js';
import type { ClusterPod } from './cluster-pod.js';
import { type Kubernetes, kubernetes } from './kubernetes.js';
import type { Pod } from './pod.js';
import { type PodPlan, PodRunner } from './pod-runner.js';
import { type StaticPod, staticPods } from './static-pods.js';

/**
 * The pods of a node, as its kubelet runs them: static ones once etcd is up, others when the API
 * server says so. They end with the kubelet's node, not with the kubelet. Notifies `pods`.
 */
export class Pods {
  readonly #machine: Machine;
  readonly #kubernetes: Kubernetes;
  readonly #runner: PodRunner;
  #plans: readonly StaticPod[] = [];
  #joining: Play | undefined;
  #stopListening: (() => void) | undefined;
  #stopped = false;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#kubernetes = machine.cluster.state(kubernetes);
    this.#runner = new PodRunner(machine, {
      onPod: (pod, plan) => this.#changed(pod, plan),
      onEnd: ({ uid }) => this.#ended(uid),
    });
  }

  /** Has the kubelet run what the node is to run; the boot says so. */
  begin(): void {
    if (this.#joining !== undefined) return;
    const machine = this.#machine;
    this.#plans = staticPods(machine);
    for (const plan of this.#plans) {
      const uid = machine.random.fork(`static pod/${plan.name}`).uuid();
      const restarts = restartsAfter(this.#kubernetes.pods.find(plan.namespace, plan.name));
      const mayStart = () => this.#kubeletIsUp && this.#hasEtcd;
      this.#runner.start({ ...plan, uid, isStatic: true, restarts, mayStart });
    }
    this.#joining = new Play(machine, this.#join());
    this.#joining.begin();
    this.#stopListening = machine.onChange((topic) => {
      if (topic === 'kubernetes' || topic === 'services') this.#sync();
    });
    this.#sync();
  }

  /** The pods that run, by name. */
  list(): readonly Pod[] {
    return [...this.#runner.running].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The static pods that are not ready, or not there yet. */
  missing(): readonly string[] {
    const running = this.list().filter(({ isStatic, ready }) => isStatic && ready);
    return this.#plans
      .filter((plan) => running.every(({ name }) => name !== plan.name))
      .map(({ namespace, name }) => `${namespace}/${name}`);
  }

  /** Whether a pod whose name begins with `prefix` runs and is ready. */
  isReady(prefix: string): boolean {
    return this.list().some(({ name, ready }) => ready && name.startsWith(prefix));
  }

  /** Has a pod be ready at once, as if it had been there for a while. */
  settle(uid: string): void {
    this.#runner.settle(uid);
  }

  /** Has the container of a pod end when it is told to, or all of the pod; it comes back. */
  restart(uid: string, withSandbox: boolean): void {
    this.#runner.restart(uid, withSandbox);
  }

  /**
   * Ends the container of a static pod, and keeps it from being started again.
   *
   * @throws {RangeError} when the node has no such pod.
   */
  hold(name: string): void {
    this.#runner.hold(this.#static(name));
  }

  /**
   * Has the container of a static pod be started again.
   *
   * @throws {RangeError} when the node has no such pod.
   */
  release(name: string): void {
    this.#runner.release(this.#static(name));
  }

  /**
   * Has the container of a static pod end with an error. It is started again after a second.
   *
   * @throws {RangeError} when the node has no such pod.
   */
  crash(name: string): void {
    this.#runner.crash(this.#static(name));
  }

  #static(container: string): string {
    const plan = this.#runner.plans.find(
      ({ isStatic, template }) => isStatic && template.container === container,
    );
    if (plan !== undefined) return plan.uid;
    const names = this.#plans.map(({ template }) => template.container);
    throw new RangeError(
      `${this.#machine.name} has no static pod ${JSON.stringify(container)}; it has ${names.join(', ') || 'none'}`,
    );
  }

  /** Ends all pods, as the stop of a node does. */
  stopAll(): void {
    if (this.#stopped) return;
    this.#end();
    const ended = this.#runner.running;
    this.#runner.clear();
    for (const pod of ended) {
      if (!pod.isStatic) this.#kubernetes.reportPod(pod.uid, { ...pod, ready: false });
    }
    this.#machine.state(apiServer).isReady = false;
    this.#kubernetes.nodes.report(this.#machine, false);
    this.#machine.notify('pods');
  }

  /** Starts or ends what the API server says, as far as the kubelet hears of it. */
  #sync(): void {
    const machine = this.#machine;
    if (this.#stopped || !this.#kubeletIsUp || !reachesKubernetes(machine)) return;
    if (!this.#kubernetes.knows(machine)) return;
    for (const record of this.#kubernetes.pods.on(machine)) this.#follow(record);
    for (const plan of this.#runner.plans) {
      const pod = this.#runner.find(plan.uid);
      if (plan.isStatic) {
        if (pod !== undefined) this.#mirror(plan, pod);
      } else if (this.#kubernetes.pods.get(plan.uid) === undefined) {
        this.#runner.forget(plan.uid);
        machine.notify('pods');
      }
    }
  }

  #follow(record: ClusterPod): void {
    const { uid, isMirror, deletion } = record;
    if (!isMirror && this.#runner.has(uid)) {
      if (deletion !== undefined) this.#runner.end(uid, deletion.graceSeconds * 1000);
    } else if (deletion !== undefined) {
      // A mirror comes back, and what was to end when the node went down runs no longer.
      this.#kubernetes.removePod(record);
    } else if (!isMirror) {
      const { namespace, name, template } = record;
      const restarts = restartsAfter(record);
      this.#runner.start({ namespace, name, uid, template, isStatic: false, restarts });
    }
  }

  /** The node gets known in Kubernetes, and Ready once its network is. */
  *#join(): Script {
    const machine = this.#machine;
    yield () => this.#kubeletIsUp && reachesKubernetes(machine);
    this.#kubernetes.register(machine);
    yield () => this.isReady('kube-flannel-');
    yield paceOf('nodeReady', machine.random.fork(`join/${machine.boots}`));
    this.#kubernetes.nodes.report(machine, true);
  }

  get #kubeletIsUp(): boolean {
    return this.#machine.state(services).isUp('kubelet');
  }

  get #hasEtcd(): boolean {
    const machine = this.#machine;
    return machine.state(services).isUp('etcd') && etcdOn(machine).problem() === undefined;
  }

  #changed(pod: Pod, { template }: PodPlan): void {
    const machine = this.#machine;
    if (template.container === 'kube-apiserver') machine.state(apiServer).isReady = pod.ready;
    if (!pod.isStatic) this.#kubernetes.reportPod(pod.uid, pod);
    machine.notify('pods');
    if (pod.isStatic) this.#sync();
  }

  #ended(uid: string): void {
    this.#machine.notify('pods');
    const record = this.#kubernetes.pods.get(uid);
    if (record !== undefined) this.#kubernetes.removePod(record);
  }

  /** Shows a static pod to the API server. */
  #mirror({ namespace, name, template }: PodPlan, status: Pod): void {
    const machine = this.#machine;
    const before = this.#kubernetes.pods.find(namespace, name);
    if (before?.status === status) return;
    const { startedAt } = status;
    this.#kubernetes.setPod({
      namespace,
      name,
      template,
      owner: undefined,
      isMirror: true,
      machine,
      deletion: undefined,
      uid: machine.random.fork(`mirror/${name}/${startedAt}`).uuid(),
      createdAt: startedAt,
      boundAt: startedAt,
      ...before,
      status,
    });
  }

  #end(): void {
    this.#stopped = true;
    this.#stopListening?.();
    this.#joining?.cancel();
    this.#runner.cancel();
  }

  /** Ends with the boot. */
  stop(): void {
    this.#end();
    this.#kubernetes.nodes.forgetReport(this.#machine);
  }
}

function restartsAfter(record: ClusterPod | undefined): number {
  const { status } = record ?? {};
  return status === undefined ? 0 : status.container.restarts + 1;
}

/** The pods of a node. */
export const pods = defineTopic({
  name: 'pods',
  lifetime: 'boot',
  create: (machine: Machine) => new Pods(machine),
});
