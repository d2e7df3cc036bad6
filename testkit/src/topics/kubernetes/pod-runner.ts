import type { Machine } from '../../base/machine.js';
import type { Random } from '../../base/random.js';
import { paceOf } from '../../base/time/pace.js';
import { Play, type Script } from '../../base/time/script.js';
import { podGatewayOf } from '../cosi/catalogue/plan.js';
import { endedPod, type Pod, restartedPod } from './pod.js';
import type { PodTemplate } from './pod-template.js';

/** What a pod is started from. */
export interface PodPlan {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly template: PodTemplate;
  readonly isStatic: boolean;
  /** How often its container was started before. */
  readonly restarts: number;
  /** What has to hold before it starts; absent: nothing. */
  readonly mayStart?: (() => boolean) | undefined;
}

/** Who is told of pods. */
export interface PodListener {
  /** A pod is there, or is different now. */
  onPod(pod: Pod, plan: PodPlan): void;
  /** A pod has ended for good. */
  onEnd(plan: PodPlan): void;
}

/** How long a container that was told to end takes, and how long one that has ended stays down. */
const STOP_MS = 30;
const RESTART_MS = 1_000;

/** A pod that was begun with. */
interface Entry {
  readonly plan: PodPlan;
  play: Play | undefined;
  pod: Pod | undefined;
  ending: boolean;
}

/** Runs pods on a node: starts them, ends them, and starts their containers anew. */
export class PodRunner {
  readonly #machine: Machine;
  readonly #listener: PodListener;
  readonly #entries = new Map<string, Entry>();
  /** The uids of static pods whose containers do not start. */
  readonly #held = new Set<string>();
  #nextPid = 2400;

  constructor(machine: Machine, listener: PodListener) {
    this.#machine = machine;
    this.#listener = listener;
  }

  /** The pods that run. */
  get running(): readonly Pod[] {
    return [...this.#entries.values()].flatMap(({ pod }) => pod ?? []);
  }

  /** Those that were begun with, whether they run yet or not. */
  get plans(): readonly PodPlan[] {
    return [...this.#entries.values()].map(({ plan }) => plan);
  }

  has(uid: string): boolean {
    return this.#entries.has(uid);
  }

  find(uid: string): Pod | undefined {
    return this.#entries.get(uid)?.pod;
  }

  /** Starts a pod when it may run, and makes it ready. */
  start(plan: PodPlan): void {
    const entry: Entry = { plan, play: undefined, pod: undefined, ending: false };
    this.#entries.set(plan.uid, entry);
    this.#play(entry, this.#running(entry));
  }

  /** Has a pod be ready at once. */
  settle(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined || entry.ending || entry.pod?.ready === true) return;
    entry.play?.cancel();
    const pod = entry.pod ?? this.#create(entry.plan, this.#randomOf(entry.plan));
    this.#set(entry, { ...pod, ready: true });
  }

  /** Has a pod end in order, after `graceMs` at the latest. */
  end(uid: string, graceMs: number): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined || entry.ending) return;
    entry.ending = true;
    this.#play(entry, this.#terminating(entry, graceMs));
  }

  /** Ends a pod at once; nobody is told. */
  forget(uid: string): void {
    this.#entries.get(uid)?.play?.cancel();
    this.#entries.delete(uid);
  }

  /** Has the container of a pod end when it is told to, or all of the pod; it comes back. */
  restart(uid: string, withSandbox: boolean): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined || entry.ending) return;
    this.#play(entry, this.#crashing(entry, STOP_MS, withSandbox));
  }

  /** Ends the container of a pod, and keeps it from being started again. */
  hold(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined) return;
    this.#held.add(uid);
    entry.play?.cancel();
    if (entry.pod !== undefined) this.#set(entry, endedPod(entry.pod, false));
  }

  /** Has a container be started again that was held. */
  release(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry !== undefined && this.#held.delete(uid)) this.#play(entry, this.#restarting(entry));
  }

  /** Has a container end with an error; it comes back, unless it is held. */
  crash(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry !== undefined && !this.#held.has(uid)) {
      this.#play(entry, this.#crashing(entry, 0, false));
    }
  }

  /** Stops all that takes time. */
  cancel(): void {
    for (const { play } of this.#entries.values()) play?.cancel();
  }

  /** Ends all pods at once; nobody is told. */
  clear(): void {
    this.cancel();
    this.#entries.clear();
  }

  #play(entry: Entry, script: Script): void {
    entry.play?.cancel();
    entry.play = new Play(this.#machine, script);
    entry.play.begin();
  }

  *#running(entry: Entry): Script {
    const { plan } = entry;
    const random = this.#randomOf(plan);
    if (plan.mayStart !== undefined) yield plan.mayStart;
    yield paceOf('pod', random);
    this.#set(entry, this.#create(plan, random));
    yield* this.#probing(entry, random);
  }

  *#crashing(entry: Entry, afterMs: number, withSandbox: boolean): Script {
    if (afterMs > 0) yield afterMs;
    if (entry.pod !== undefined) {
      this.#set(entry, endedPod(entry.pod, withSandbox));
      yield RESTART_MS;
    }
    yield* this.#restarting(entry);
  }

  /** Starts the container of a pod anew. */
  *#restarting(entry: Entry): Script {
    const { pod, plan } = entry;
    if (pod === undefined) {
      yield* this.#running(entry);
      return;
    }
    const random = this.#machine.random.fork(`restart/${plan.uid}/${pod.container.restarts}`);
    const started = { pid: this.#newPid(random), startedAt: this.#machine.clock.now() };
    this.#set(
      entry,
      restartedPod(pod, started, () => random.hex(64)),
    );
    yield* this.#probing(entry, random);
  }

  *#probing(entry: Entry, random: Random): Script {
    yield () => !this.#held.has(entry.plan.uid);
    yield paceOf('podReady', random);
    if (entry.pod !== undefined) this.#set(entry, { ...entry.pod, ready: true });
  }

  *#terminating({ plan }: Entry, graceMs: number): Script {
    const own = plan.template.stopMs ?? paceOf('podStop', this.#randomOf(plan));
    yield Math.min(graceMs, own);
    this.forget(plan.uid);
    this.#listener.onEnd(plan);
  }

  #create(plan: PodPlan, random: Random): Pod {
    const { template, restarts } = plan;
    const { container: name, image, hostNetwork } = template;
    const pid = this.#newPid(random);
    const startedAt = this.#machine.clock.now();
    return {
      namespace: plan.namespace,
      name: plan.name,
      uid: plan.uid,
      isStatic: plan.isStatic,
      hostNetwork,
      ip: hostNetwork ? this.#machine.address : this.#freeAddress(),
      // Started a little before the container.
      sandbox: { id: random.hex(64), pid: pid - 20, startedAt, restarts },
      container: { name, image, id: random.hex(64), pid, startedAt, restarts },
      startedAt,
      ready: false,
    };
  }

  #newPid(random: Random): number {
    this.#nextPid += random.int(40, 120);
    return this.#nextPid;
  }

  #freeAddress(): string {
    const gateway = podGatewayOf(this.#machine);
    const used = new Set(this.running.map(({ ip }) => ip));
    for (let host = 2; ; host++) {
      const ip = gateway.replace(/\.1$/, `.${host}`);
      if (!used.has(ip)) return ip;
    }
  }

  #set(entry: Entry, pod: Pod): void {
    entry.pod = pod;
    this.#listener.onPod(pod, entry.plan);
  }

  #randomOf({ name, uid }: PodPlan): Random {
    return this.#machine.random.fork(`pods/${this.#machine.boots}/${name}/${uid}`);
  }
}
