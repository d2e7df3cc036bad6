import { type InspectOptions, inspect } from 'node:util';
import { type CertificateFlaw, FaultTable, type PortMode } from '../base/calls/faults.js';
import { OpenCalls } from '../base/calls/open-calls.js';
import { ConnectionLost } from '../base/calls/status.js';
import type {
  Cluster,
  HaltReason,
  Identity,
  Machine,
  MachineStage,
  MachineType,
} from '../base/machine.js';
import { printed } from '../base/printed.js';
import type { Random } from '../base/random.js';
import { type Clock, ClockScope } from '../base/time/clock.js';
import { type Topic, TopicStates } from '../base/topic.js';
import { startBoot } from './boot.js';
import { BootScope } from './boot-scope.js';
import { PastClock } from './past-clock.js';

/** The cluster, as the frame of a node knows it: it keeps the doors of the node. */
export interface Doors extends Cluster {
  /** A node gets or loses its configuration, its name or its keys. */
  onIdentityChange(machine: Machine): void;
  /** A node drops its connections. */
  onConnectionsDropped(machine: Machine): void;
}

/** What distinguishes one machine from the next. */
export interface MachineOptions {
  readonly name: string;
  readonly address: string;
  /** From 0, in the order of the addresses. */
  readonly index: number;
  readonly talosVersion: string;
  readonly random: Random;
}

/** How long the nodes of a new cluster have been up. */
const SETTLED_MS = 3_600_000;

/**
 * The state of one simulated node. This class is the frame: what every part needs to know, and
 * when a boot begins and ends. Services, files, events and the rest are topics: modules of their
 * own, reached with `state(topic)`.
 *
 * Parts that change what others show say so with `notify(topic)`; parts that show it listen with
 * `onChange`.
 */
export class SimulatedMachine implements Machine {
  /** The cluster that it belongs to. */
  readonly cluster: Doors;
  /** Its address, such as `10.5.0.2`. */
  readonly address: string;
  /** Its place among the nodes of the cluster, from 0. */
  readonly index: number;
  /** Numbers of this node alone; fork it by the name of the part that draws. */
  readonly random: Random;
  /** Faults of the node's API, by method. */
  readonly faults: FaultTable;
  /** The calls in progress. */
  readonly calls = new OpenCalls();
  readonly #topics: TopicStates<Machine> = new TopicStates<Machine>(this);
  readonly #listeners = new Set<(topic: string) => void>();
  #name: string;
  #talosVersion: string;
  #identity: Identity | undefined;
  #stage: MachineStage = 'BOOTING';
  #boot: BootScope | undefined;
  #boots = 0;
  #apiUp = false;
  #served = 0;
  #port: PortMode = 'open';
  #certificateFlaw: CertificateFlaw | undefined;

  /** @internal Made by the cluster. */
  constructor(cluster: Doors, options: MachineOptions) {
    this.cluster = cluster;
    this.#name = options.name;
    this.address = options.address;
    this.index = options.index;
    this.random = options.random;
    this.faults = new FaultTable();
    this.#talosVersion = options.talosVersion;
  }

  /** The host name, such as `cp-1`. */
  get name(): string {
    return this.#name;
  }

  /** The Talos release that runs on it, such as `v1.14.0`. */
  get talosVersion(): string {
    return this.#talosVersion;
  }

  /** What the node is by its configuration; absent while it has none. */
  get identity(): Identity | undefined {
    return this.#identity;
  }

  /** What the node is for; absent while it has no configuration. */
  get type(): MachineType | undefined {
    return this.#identity?.type;
  }

  /** Whether the node waits for its configuration. */
  get inMaintenance(): boolean {
    return this.#identity === undefined;
  }

  /** Where it is between off and running. */
  get stage(): MachineStage {
    return this.#stage;
  }

  /** The id of this boot, a UUID; another after each boot. The last one's while the node is off. */
  get bootId(): string {
    return this.random.fork(`boot/${this.#boots}`).uuid();
  }

  /** How often the node has booted. */
  get boots(): number {
    return this.#boots;
  }

  /** When the node was booted last, in milliseconds since 1970. */
  get bootedAt(): number {
    return this.#boot?.startedAt ?? this.cluster.clock.now();
  }

  /** Whether it is turned on. */
  get isOn(): boolean {
    return this.#boot !== undefined;
  }

  /** Whether its API takes calls. */
  get isApiUp(): boolean {
    return this.#apiUp;
  }

  /** How its port answers; a fault when not `open`. */
  get port(): PortMode {
    return this.#port;
  }

  /** What is wrong with the certificate it shows; absent when nothing is. */
  get certificateFlaw(): CertificateFlaw | undefined {
    return this.#certificateFlaw;
  }

  /** The time of the node. Timers set on it end with the boot; those of a node that is off never fire. */
  get clock(): Clock {
    return this.#boot?.clock ?? off(this.cluster.clock);
  }

  /** Aborted when the boot ends, with a `HaltReason`. */
  get bootSignal(): AbortSignal {
    return this.#boot?.halted.signal ?? AbortSignal.abort('shutdown' satisfies HaltReason);
  }

  /**
   * Aborted when the node begins to stop in order, before the boot ends. Streams that follow
   * something end well then, as those of a real node do when its API stops.
   */
  get closingSignal(): AbortSignal {
    return this.#boot?.closing.signal ?? AbortSignal.abort();
  }

  /** Lets the streams that follow something end. */
  beginClosing(): void {
    this.#boot?.closing.abort();
  }

  /** The state of a topic on this node. */
  state<State>(topic: Topic<Machine, State>): State {
    return this.#topics.get(topic);
  }

  /** Tells listeners that what `topic` names is different now. */
  notify(topic: string): void {
    for (const listener of [...this.#listeners]) listener(topic);
  }

  /** Calls `listener` after each change, until the function it returns is called. */
  onChange(listener: (topic: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Changes the stage; notifies `machine`. */
  setStage(stage: MachineStage): void {
    if (stage === this.#stage) return;
    this.#stage = stage;
    this.notify('machine');
  }

  /** Changes the release that runs after an upgrade; notifies `machine`. */
  setTalosVersion(version: string): void {
    this.#talosVersion = version;
    this.notify('machine');
  }

  /** Changes the host name; notifies `machine`. The node's certificate is issued anew. */
  setName(name: string): void {
    this.#name = name;
    this.cluster.onIdentityChange(this);
    this.notify('machine');
  }

  /**
   * Gives the node the identity of its configuration, or takes it away after a reset. The API
   * changes between maintenance and mTLS with it: connections are dropped.
   */
  setIdentity(identity: Identity | undefined): void {
    const switched = (identity === undefined) !== (this.#identity === undefined);
    this.#identity = identity;
    this.cluster.onIdentityChange(this);
    if (switched) this.dropConnections();
    this.notify('machine');
  }

  /** Turns the node on. The boot sequence runs from here; the API is up when its service is. */
  boot(): void {
    if (this.isOn) return;
    this.#begin(this.cluster.clock);
  }

  /**
   * Turns the node on as if it had been an hour ago: how a cluster begins. All of the boot has
   * happened when this returns.
   */
  start(): void {
    if (this.isOn) return;
    const past = new PastClock(this.cluster.clock, this.cluster.clock.now() - SETTLED_MS);
    this.#begin(past);
    past.catchUp();
  }

  #begin(clock: Clock): void {
    // Whoever looked at the node while it was off left state behind that is not of this boot.
    this.#topics.end('boot');
    this.#boots += 1;
    this.#boot = new BootScope(clock, clock.now());
    // Keys of the API live in memory.
    this.cluster.onIdentityChange(this);
    startBoot(this);
  }

  /**
   * Ends the boot: timers stop, what lived in memory is gone and connections drop. `shutdown` is the
   * end of a sequence, `crash` a power cut.
   */
  halt(reason: HaltReason): void {
    const boot = this.#boot;
    if (boot === undefined) return;
    this.#boot = undefined;
    this.setApiUp(false);
    boot.closing.abort();
    boot.halted.abort(reason);
    boot.clock.end();
    this.#topics.end('boot');
    this.notify('machine');
  }

  /** Opens or closes the node's API. Closing it drops all connections. */
  setApiUp(up: boolean): void {
    if (up === this.#apiUp) return;
    this.#apiUp = up;
    if (!up) this.dropConnections();
  }

  /** Changes how the port answers to those who connect from now on. */
  setPort(mode: PortMode): void {
    this.#port = mode;
  }

  /** Gives the node a certificate with a flaw, or a good one, for connections from now on. */
  setCertificateFlaw(flaw: CertificateFlaw | undefined): void {
    this.#certificateFlaw = flaw;
    this.cluster.onIdentityChange(this);
  }

  /** Numbers for the next call: the same for the n-th call to the node, with the same seed. */
  randomOfCall(): Random {
    this.#served += 1;
    return this.random.fork(`call/${this.#served}`);
  }

  /** Tears down every connection to the node's API, and with them the calls in progress. */
  dropConnections(): void {
    this.calls.endAll(new ConnectionLost());
    this.cluster.onConnectionsDropped(this);
  }

  /** What `JSON.stringify` shows: which node it is, and no key. */
  toJSON(): object {
    const { name, address, type, stage, talosVersion } = this;
    return { name, address, type, stage, talosVersion };
  }

  /** What `console.log` shows: the same. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return printed(this, options);
  }

  /** Ends everything, with the cluster. */
  dispose(): void {
    this.halt('crash');
    this.#topics.end();
    this.#listeners.clear();
  }
}

function off(clock: Clock): Clock {
  const scope = new ClockScope(clock);
  scope.end();
  return scope;
}
