import type { Machine } from '../../base/machine.js';
import type { Random } from '../../base/random.js';
import { type Pace, paceOf } from '../../base/time/pace.js';
import { Play, type Script } from '../../base/time/script.js';
import { defineTopic } from '../../base/topic.js';
import { etcdOn } from '../etcd/etcd-node.js';
import { services } from '../services/services.js';
import { apiServer } from './api-server.js';
import { kubernetes } from './kubernetes.js';
import { type PodPlan, podPlans } from './pod-plans.js';

/** A container of a pod. */
export interface PodContainer {
  readonly name: string;
  readonly image: string;
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly pid: number;
}

/** A pod that runs on a node. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Whether the node has it from its own files rather than from the API server. */
  readonly isStatic: boolean;
  /** The id of its sandbox, 64 hexadecimal digits. */
  readonly sandboxId: string;
  readonly containers: readonly PodContainer[];
  /** In milliseconds since 1970. */
  readonly startedAt: number;
  /** Whether its probes succeed. */
  readonly ready: boolean;
}

/**
 * The pods of a node, as its kubelet runs them: static ones once etcd is up, others when the API
 * server answers. They end with the kubelet's node, not with the kubelet. Notifies `pods`.
 */
export class Pods {
  readonly #machine: Machine;
  readonly #random: Random;
  readonly #pods = new Map<string, Pod>();
  readonly #plays: Play[] = [];
  #plans: readonly PodPlan[] = [];
  #nextPid = 2400;
  #stopped = false;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#random = machine.random.fork(`pods/${machine.boots}`);
  }

  /** Has the kubelet run what the node is to run; the boot says so. */
  begin(): void {
    if (this.#plays.length > 0) return;
    this.#plans = podPlans(this.#machine);
    const scripts = [...this.#plans.map((plan) => this.#running(plan)), this.#joining()];
    this.#plays.push(...scripts.map((script) => new Play(this.#machine, script)));
    for (const play of this.#plays) play.begin();
  }

  /** The pods that run, by name. */
  list(): readonly Pod[] {
    return [...this.#pods.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The static pods that are not ready, or not there yet. */
  missing(): readonly string[] {
    return this.#plans
      .filter(({ isStatic, name }) => isStatic && this.#pods.get(name)?.ready !== true)
      .map(({ namespace, name }) => `${namespace}/${name}`);
  }

  /** Whether a pod whose name begins with `prefix` runs and is ready. */
  isReady(prefix: string): boolean {
    return this.list().some(({ name, ready }) => ready && name.startsWith(prefix));
  }

  /** Ends all pods, as the stop of a node does. */
  stopAll(): void {
    this.#stopped = true;
    for (const play of this.#plays) play.cancel();
    this.#pods.clear();
    this.#machine.state(apiServer).isReady = false;
    this.#machine.cluster.state(kubernetes).setReady(this.#machine, false);
    this.#machine.notify('pods');
  }

  /** Starts a pod when it may run, and makes it ready. */
  *#running(plan: PodPlan): Script {
    yield () => this.#kubeletIsUp && this.#mayRun(plan);
    yield this.#time('pod');
    const pod = this.#create(plan);
    this.#set(pod);
    yield this.#time('podReady');
    this.#set({ ...pod, ready: true });
  }

  /** The node gets known in Kubernetes, and Ready once its network is. */
  *#joining(): Script {
    const cluster = this.#machine.cluster.state(kubernetes);
    yield () => this.#kubeletIsUp && cluster.isUp;
    cluster.register(this.#machine);
    yield () => this.isReady('kube-flannel-');
    yield this.#time('nodeReady');
    cluster.setReady(this.#machine, true);
  }

  get #kubeletIsUp(): boolean {
    return this.#machine.state(services).isUp('kubelet');
  }

  #mayRun({ isStatic }: PodPlan): boolean {
    const machine = this.#machine;
    return isStatic
      ? machine.state(services).isUp('etcd') && etcdOn(machine).problem() === undefined
      : machine.cluster.state(kubernetes).isUp && machine.cluster.state(kubernetes).knows(machine);
  }

  #create({ name, namespace, image, container, isStatic }: PodPlan): Pod {
    const random = this.#random;
    this.#nextPid += random.int(40, 120);
    return {
      namespace,
      name,
      uid: random.uuid(),
      isStatic,
      sandboxId: random.hex(64),
      containers: [{ name: container, image, id: random.hex(64), pid: this.#nextPid }],
      startedAt: this.#machine.clock.now(),
      ready: false,
    };
  }

  #set(pod: Pod): void {
    if (this.#stopped) return;
    this.#pods.set(pod.name, pod);
    const serves = pod.name.startsWith('kube-apiserver-');
    if (serves) this.#machine.state(apiServer).isReady = pod.ready;
    this.#machine.notify('pods');
    // Whether the API server is there matters to all.
    if (serves) this.#machine.cluster.notify('kubernetes');
  }

  #time(what: Pace): number {
    return paceOf(what, this.#random);
  }

  /** Ends with the boot. */
  stop(): void {
    for (const play of this.#plays) play.cancel();
    this.#machine.cluster.state(kubernetes).lose(this.#machine);
  }
}

/** The pods of a node. */
export const pods = defineTopic({
  name: 'pods',
  lifetime: 'boot',
  create: (machine: Machine) => new Pods(machine),
});
