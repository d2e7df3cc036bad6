import type { Machine } from '../../base/machine.js';
import type { Random } from '../../base/random.js';
import { type Pace, paceOf } from '../../base/time/pace.js';
import { Play, type Script } from '../../base/time/script.js';
import { defineTopic } from '../../base/topic.js';
import { podGatewayOf } from '../cosi/catalogue/plan.js';
import { etcdOn } from '../etcd/etcd-node.js';
import { services } from '../services/services.js';
import { apiServer, reachesKubernetes } from './api-server.js';
import type { ClusterPod } from './cluster-pod.js';
import { type Kubernetes, kubernetes } from './kubernetes.js';
import type { Pod } from './pod.js';
import type { PodTemplate } from './pod-template.js';
import { type StaticPod, staticPods } from './static-pods.js';

/** How long a container that crashed stays down. */
const RESTART_MS = 1_000;

/** What a pod is started from. */
interface Plan {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly template: PodTemplate;
  readonly isStatic: boolean;
  /** How often its containers were started before. */
  readonly restarts: number;
}

/** A pod that the kubelet has begun with. */
interface Entry {
  readonly plan: Plan;
  play: Play | undefined;
  pod: Pod | undefined;
  ending: boolean;
}

/**
 * The pods of a node, as its kubelet runs them: static ones once etcd is up, others when the API
 * server says so. They end with the kubelet's node, not with the kubelet. Notifies `pods`.
 */
export class Pods {
  readonly #machine: Machine;
  readonly #kubernetes: Kubernetes;
  readonly #entries = new Map<string, Entry>();
  /** Static pods whose containers do not start, by the name of the container. */
  readonly #held = new Set<string>();
  #plans: readonly StaticPod[] = [];
  #joining: Play | undefined;
  #stopListening: (() => void) | undefined;
  #nextPid = 2400;
  #stopped = false;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#kubernetes = machine.cluster.state(kubernetes);
  }

  /** Has the kubelet run what the node is to run; the boot says so. */
  begin(): void {
    if (this.#joining !== undefined) return;
    const machine = this.#machine;
    this.#plans = staticPods(machine);
    for (const plan of this.#plans) {
      const uid = machine.random.fork(`static pod/${plan.name}`).uuid();
      const before = this.#kubernetes.pods.find(plan.namespace, plan.name)?.status;
      this.#start({ ...plan, uid, isStatic: true, restarts: restartsAfter(before) });
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
    return [...this.#entries.values()]
      .flatMap(({ pod }) => pod ?? [])
      .sort((a, b) => (a.name < b.name ? -1 : 1));
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
    const entry = this.#entries.get(uid);
    if (entry === undefined || entry.ending || entry.pod?.ready === true) return;
    entry.play?.cancel();
    const pod = entry.pod ?? this.#create(entry.plan, this.#randomOf(entry.plan));
    this.#set(entry, { ...pod, ready: true });
  }

  /**
   * Ends the container of a static pod, and keeps it from being started again.
   *
   * @throws {RangeError} when the node has no such pod.
   */
  hold(name: string): void {
    const entry = this.#static(name);
    this.#held.add(name);
    entry.play?.cancel();
    if (entry.pod !== undefined) this.#set(entry, { ...entry.pod, ready: false });
  }

  /**
   * Has the container of a static pod be started again.
   *
   * @throws {RangeError} when the node has no such pod.
   */
  release(name: string): void {
    const entry = this.#static(name);
    if (this.#held.delete(name)) this.#play(entry, this.#restarting(entry, 0));
  }

  /**
   * Has the container of a static pod end with an error. It is started again after a second.
   *
   * @throws {RangeError} when the node has no such pod.
   */
  crash(name: string): void {
    const entry = this.#static(name);
    if (this.#held.has(name) || entry.pod === undefined) return;
    this.#set(entry, { ...entry.pod, ready: false });
    this.#play(entry, this.#restarting(entry, RESTART_MS));
  }

  #static(container: string): Entry {
    for (const entry of this.#entries.values()) {
      if (entry.plan.isStatic && entry.plan.template.container === container) return entry;
    }
    const names = this.#plans.map(({ template }) => template.container);
    throw new RangeError(
      `${this.#machine.name} has no static pod ${JSON.stringify(container)}; it has ${names.join(', ') || 'none'}`,
    );
  }

  /** Ends all pods, as the stop of a node does. */
  stopAll(): void {
    if (this.#stopped) return;
    this.#end();
    for (const { plan, pod } of this.#entries.values()) {
      if (pod !== undefined && !plan.isStatic) this.#tell({ ...pod, ready: false });
    }
    this.#entries.clear();
    this.#machine.state(apiServer).isReady = false;
    this.#machine.cluster.state(kubernetes).nodes.report(this.#machine, false);
    this.#machine.notify('pods');
  }

  /** Starts or ends what the API server says, as far as the kubelet hears of it. */
  #sync(): void {
    const machine = this.#machine;
    if (this.#stopped || !this.#kubeletIsUp || !reachesKubernetes(machine)) return;
    if (!this.#kubernetes.knows(machine)) return;
    for (const record of this.#kubernetes.pods.on(machine)) {
      if (record.isMirror) {
        if (record.deletion !== undefined) this.#kubernetes.removePod(record);
      } else if (!this.#entries.has(record.uid)) {
        // One that was to end when the node went down has no containers any more.
        if (record.deletion !== undefined) this.#kubernetes.removePod(record);
        else this.#start(planOf(record));
      } else if (record.deletion !== undefined) {
        this.#stop(record);
      }
    }
    for (const [uid, { plan, pod }] of [...this.#entries]) {
      if (plan.isStatic) {
        if (pod !== undefined) this.#mirror(plan, pod);
      } else if (this.#kubernetes.pods.get(uid) === undefined) {
        this.#forget(uid);
      }
    }
  }

  #start(plan: Plan): void {
    const entry: Entry = { plan, play: undefined, pod: undefined, ending: false };
    this.#entries.set(plan.uid, entry);
    this.#play(entry, this.#running(entry));
  }

  #play(entry: Entry, script: Script): void {
    entry.play?.cancel();
    entry.play = new Play(this.#machine, script);
    entry.play.begin();
  }

  /** Starts a pod when it may run, and makes it ready. */
  *#running(entry: Entry): Script {
    const { plan } = entry;
    const random = this.#randomOf(plan);
    if (plan.isStatic) yield () => this.#kubeletIsUp && this.#hasEtcd;
    yield this.#time('pod', random);
    this.#set(entry, this.#create(plan, random));
    yield* this.#probing(entry, random);
  }

  /** Starts the container of a pod anew. */
  *#restarting(entry: Entry, afterMs: number): Script {
    yield afterMs;
    const { pod, plan } = entry;
    if (pod === undefined) {
      yield* this.#running(entry);
      return;
    }
    const restarts = pod.restarts + 1;
    const random = this.#machine.random.fork(`restart/${plan.uid}/${restarts}`);
    this.#nextPid += random.int(40, 120);
    const containers = pod.containers.map((one) => ({
      ...one,
      id: random.hex(64),
      pid: this.#nextPid,
    }));
    this.#set(entry, { ...pod, containers, restarts, ready: false });
    yield* this.#probing(entry, random);
  }

  *#probing(entry: Entry, random: Random): Script {
    yield () => !this.#held.has(entry.plan.template.container);
    yield this.#time('podReady', random);
    if (entry.pod !== undefined) this.#set(entry, { ...entry.pod, ready: true });
  }

  /** Has a pod end in order: it stays until its containers have. */
  #stop(record: ClusterPod): void {
    const entry = this.#entries.get(record.uid);
    if (entry === undefined || entry.ending) return;
    entry.ending = true;
    this.#play(entry, this.#terminating(entry, record));
  }

  *#terminating(entry: Entry, { template, deletion }: ClusterPod): Script {
    const limit = (deletion?.graceSeconds ?? template.graceSeconds) * 1000;
    yield Math.min(limit, template.stopMs ?? this.#time('podStop', this.#randomOf(entry.plan)));
    const record = this.#kubernetes.pods.get(entry.plan.uid);
    this.#forget(entry.plan.uid);
    if (record !== undefined) this.#kubernetes.removePod(record);
  }

  #forget(uid: string): void {
    const entry = this.#entries.get(uid);
    entry?.play?.cancel();
    if (this.#entries.delete(uid)) this.#machine.notify('pods');
  }

  /** The node gets known in Kubernetes, and Ready once its network is. */
  *#join(): Script {
    const machine = this.#machine;
    yield () => this.#kubeletIsUp && reachesKubernetes(machine);
    this.#kubernetes.register(machine);
    yield () => this.isReady('kube-flannel-');
    yield this.#time('nodeReady', machine.random.fork(`join/${machine.boots}`));
    this.#kubernetes.nodes.report(machine, true);
  }

  get #kubeletIsUp(): boolean {
    return this.#machine.state(services).isUp('kubelet');
  }

  get #hasEtcd(): boolean {
    const machine = this.#machine;
    return machine.state(services).isUp('etcd') && etcdOn(machine).problem() === undefined;
  }

  #create({ namespace, name, uid, template, isStatic, restarts }: Plan, random: Random): Pod {
    const { container, image, hostNetwork } = template;
    this.#nextPid += random.int(40, 120);
    return {
      namespace,
      name,
      uid,
      isStatic,
      hostNetwork,
      ip: hostNetwork ? this.#machine.address : this.#freeAddress(),
      sandboxId: random.hex(64),
      containers: [{ name: container, image, id: random.hex(64), pid: this.#nextPid }],
      startedAt: this.#machine.clock.now(),
      restarts,
      ready: false,
    };
  }

  #freeAddress(): string {
    const gateway = podGatewayOf(this.#machine);
    const used = new Set(this.list().map(({ ip }) => ip));
    for (let host = 2; ; host++) {
      const ip = gateway.replace(/\.1$/, `.${host}`);
      if (!used.has(ip)) return ip;
    }
  }

  #set(entry: Entry, pod: Pod): void {
    if (this.#stopped) return;
    entry.pod = pod;
    if (entry.plan.template.container === 'kube-apiserver') {
      this.#machine.state(apiServer).isReady = pod.ready;
    }
    this.#tell(pod);
    this.#machine.notify('pods');
    if (pod.isStatic) this.#sync();
  }

  #tell(pod: Pod): void {
    if (!pod.isStatic) this.#kubernetes.reportPod(pod.uid, pod);
  }

  /** Shows a static pod to the API server. */
  #mirror({ namespace, name, template }: Plan, status: Pod): void {
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

  #randomOf({ name, uid }: Plan): Random {
    return this.#machine.random.fork(`pods/${this.#machine.boots}/${name}/${uid}`);
  }

  #time(what: Pace, random: Random): number {
    return paceOf(what, random);
  }

  #end(): void {
    this.#stopped = true;
    this.#stopListening?.();
    this.#joining?.cancel();
    for (const { play } of this.#entries.values()) play?.cancel();
  }

  /** Ends with the boot. */
  stop(): void {
    this.#end();
    this.#kubernetes.nodes.forgetReport(this.#machine);
  }
}

function planOf({ namespace, name, uid, template, status }: ClusterPod): Plan {
  return { namespace, name, uid, template, isStatic: false, restarts: restartsAfter(status) };
}

function restartsAfter(status: Pod | undefined): number {
  return status === undefined ? 0 : status.restarts + 1;
}

/** The pods of a node. */
export const pods = defineTopic({
  name: 'pods',
  lifetime: 'boot',
  create: (machine: Machine) => new Pods(machine),
});
