import { createTalosClient, type TalosClient } from '../runtime/client.js';
import type { Role } from '../runtime/method.js';
import { type Clock, ClockScope, realClock } from './clock.js';
import { Journal } from './journal.js';
import { Machine, type MachineType } from './machine/machine.js';
import { Network } from './network.js';
import { SimulatedNode } from './node.js';
import { Random } from './random.js';
import { type Topic, TopicStates } from './topic.js';
import { createTrust, type Trust } from './trust.js';
import { memoryTransport } from './wire/memory-transport.js';

/** How a simulated cluster is set up. */
export interface ClusterOptions {
  /** Default: 1. */
  readonly controlPlanes?: number;
  /** Default: 0. */
  readonly workers?: number;
  /** The release the nodes run. Default: `v1.14.0`. */
  readonly talosVersion?: string;
  /** Whether the nodes start without configuration. Default: no, the cluster is up and healthy. */
  readonly maintenance?: boolean;
  /** Clusters with the same seed have the same ids and numbers. Default: 1. */
  readonly seed?: number | string;
  /** The time of the cluster; a `ManualClock` stands still until turned. Default: `real`. */
  readonly clock?: 'real' | Clock;
  /** Default: `talos-sim`. */
  readonly clusterName?: string;
}

/** Whose calls a client makes. */
export interface ClientOptions {
  /** The roles of its certificate. Default: `os:admin`. */
  readonly role?: Role | readonly Role[];
  /** What `talos.nodes()` stands for, by name or address. Default: all nodes. */
  readonly nodes?: readonly string[];
  /** The nodes whose endpoints it uses, by name or address. Default: all control planes. */
  readonly endpoint?: string | readonly string[];
  /** Whether its connections come through SideroLink, which nodes in maintenance trust. */
  readonly sideroLink?: boolean;
  /** The default deadline of unary calls in milliseconds, or `none`. Default: 30000. */
  readonly timeoutMs?: number | 'none';
}

/**
 * Starts a cluster in this process.
 *
 * @example
 * ```ts
 * await using cluster = await simulateCluster({ controlPlanes: 3, workers: 2 });
 * const talos = cluster.client();
 * const { members } = await etcd(talos.node('10.5.0.2')).memberList();
 * ```
 */
export async function simulateCluster(options: ClusterOptions = {}): Promise<SimulatedCluster> {
  return new SimulatedCluster(options);
}

/** A cluster in this process: nodes, their API, and everything a test wants to know of it. */
export class SimulatedCluster implements AsyncDisposable {
  readonly name: string;
  /** The time of the cluster. Timers set on it end with the cluster. */
  readonly clock: Clock;
  /** Numbers that come again with the seed; fork it by the name of the part that draws. */
  readonly random: Random;
  /** Every call that reached a node. */
  readonly journal = new Journal();
  /** Which nodes reach which. */
  readonly network = new Network();
  /** The nodes' state, in the order of their addresses. */
  readonly machines: readonly Machine[];
  /** What the nodes of a cluster trust that is up from the start. */
  readonly trust: Trust;
  readonly #scope: ClockScope;
  readonly #topics: TopicStates<SimulatedCluster> = new TopicStates<SimulatedCluster>(this);
  readonly #nodes = new Map<Machine, SimulatedNode>();
  readonly #open = new Set<{ close(): void | Promise<void> }>();

  /** @internal Use `simulateCluster`. */
  constructor(options: ClusterOptions) {
    const { controlPlanes = 1, workers = 0, talosVersion = 'v1.14.0', seed = 1 } = options;
    const { clock = 'real', clusterName = 'talos-sim', maintenance = false } = options;
    this.name = clusterName;
    this.#scope = new ClockScope(clock === 'real' ? realClock : clock);
    this.clock = this.#scope;
    this.random = new Random(seed);
    this.trust = createTrust();
    const plan: readonly (readonly [string, MachineType])[] = [
      ...range(controlPlanes).map((index) => [`cp-${index}`, 'controlplane'] as const),
      ...range(workers).map((index) => [`worker-${index}`, 'worker'] as const),
    ];
    this.machines = plan.map(
      ([name], index) =>
        new Machine(this, {
          name,
          address: addressOf(index),
          index,
          talosVersion,
          random: this.random.fork(`node/${index}`),
        }),
    );
    for (const [index, machine] of this.machines.entries()) {
      this.#nodes.set(machine, new SimulatedNode(machine));
      const type = plan[index]?.[1];
      if (!maintenance && type !== undefined) machine.setIdentity({ type, trust: this.trust });
    }
    // Started when all are there, since what a node shows depends on the others.
    for (const machine of this.machines) machine.start();
  }

  /** All nodes, control planes first. */
  get nodes(): readonly SimulatedNode[] {
    return [...this.#nodes.values()];
  }

  /** The nodes that are control planes now. */
  get controlPlanes(): readonly SimulatedNode[] {
    return this.nodes.filter((node) => node.type === 'controlplane');
  }

  /** The nodes that are workers now. */
  get workers(): readonly SimulatedNode[] {
    return this.nodes.filter((node) => node.type === 'worker');
  }

  /**
   * The node with a name such as `cp-1` or an address such as `10.5.0.2`.
   *
   * @throws {RangeError} when there is none.
   */
  node(nameOrAddress: string): SimulatedNode {
    for (const [machine, node] of this.#nodes) {
      if (machine.name === nameOrAddress || machine.address === nameOrAddress) return node;
    }
    throw new RangeError(
      `the cluster has no node ${JSON.stringify(nameOrAddress)}; it has ${this.machines
        .map(({ name }) => name)
        .join(', ')}`,
    );
  }

  /**
   * A client of the cluster's API, with a certificate of its own. The nodes are called by the rules
   * of apid, so a control plane passes calls on and a worker does not. Closed with the cluster.
   */
  client(options: ClientOptions = {}): TalosClient {
    const { role = 'os:admin', nodes, endpoint, sideroLink = false, timeoutMs } = options;
    const entries =
      endpoint === undefined
        ? this.#defaultEntries()
        : [endpoint].flat().map((name) => this.node(name).machine);
    const client = createTalosClient({
      transport: memoryTransport({ cluster: this, entries, roles: [role].flat(), sideroLink }),
      nodes: (nodes ?? this.machines.map(({ name }) => name)).map(
        (name) => this.node(name).address,
      ),
      timeoutMs,
    });
    this.#open.add(client);
    return client;
  }

  /** Whether clients reach a node's API. */
  isReachable(machine: Machine): boolean {
    return machine.isApiUp && machine.port === 'open' && this.network.isReachable(machine.address);
  }

  /** The node that another one knows by `target`: an address, a host name, or itself. */
  machineAt(target: string, from?: Machine): Machine | undefined {
    if (target === '127.0.0.1' || target === '::1' || target === 'localhost') return from;
    return this.machines.find(({ address, name }) => address === target || name === target);
  }

  /** The state of a topic that the nodes share. */
  state<State>(topic: Topic<SimulatedCluster, State>): State {
    return this.#topics.get(topic);
  }

  /** Tells listeners on every node that what `topic` names is different now. */
  notify(topic: string): void {
    for (const machine of this.machines) machine.notify(topic);
  }

  /** @internal Called by a node that gets or loses its configuration or its name. */
  onIdentityChange(_machine: Machine): void {}

  /** @internal Called by a node that drops its connections. */
  onConnectionsDropped(_machine: Machine): void {}

  /** Ends the cluster: clients, connections, timers. Closing twice does nothing. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((entry) => entry.close()));
    this.#open.clear();
    for (const machine of this.machines) machine.dispose();
    this.#topics.end();
    this.#scope.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #defaultEntries(): readonly Machine[] {
    const controlPlanes = this.controlPlanes.map(({ machine }) => machine);
    return controlPlanes.length > 0 ? controlPlanes : this.machines;
  }
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** 10.5.0.2 and on: the first address of the network is its gateway. */
function addressOf(index: number): string {
  const number = index + 2;
  return `10.5.${number >> 8}.${number & 255}`;
}
