import { writeFile } from 'node:fs/promises';
import { type InspectOptions, inspect } from 'node:util';
import { createTalosClient, type TalosClient, TalosConfigError } from 'talos-client';
import { checkOptions } from 'talos-client/options';
import type { Issued } from 'talos-client/pki';
import { Journal } from '../base/calls/journal.js';
import type { Cluster, Machine } from '../base/machine.js';
import { Network } from '../base/network.js';
import { ClientCertificates } from '../base/pki/client-certificates.js';
import { createTrust, type Trust } from '../base/pki/trust.js';
import { printed } from '../base/printed.js';
import { Random } from '../base/random.js';
import { type Clock, ClockScope, realClock } from '../base/time/clock.js';
import { type Topic, TopicStates } from '../base/topic.js';
import { servingNode } from '../kubernetes-api/serving.js';
import { memoryTransport } from '../memory/memory-transport.js';
import { SimulatedMachine } from '../node/machine.js';
import { KubernetesPort } from '../sockets/kubernetes-port.js';
import { inFreeNetwork } from '../sockets/loopback.js';
import { Ports } from '../sockets/ports.js';
import { type ConfigOptions, generateConfig } from '../topics/config/generate.js';
import { API_SERVER_PORT } from '../topics/cosi/catalogue/plan.js';
import { registry } from '../topics/images/registry.js';
import { APID_PORT } from '../topics/network/programs.js';
import { SimulatedKubernetes } from './kubernetes.js';
import { SimulatedNode } from './node.js';
import { type ClientOptions, type ClusterOptions, clientShape, clusterShape } from './options.js';
import type { ImageRegistry } from './parts.js';
import { planOf } from './plan.js';

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
  checkOptions(options, clusterShape, 'simulateCluster');
  return options.addresses === 'loopback'
    ? inFreeNetwork((addresses) => start({ ...options, addresses }))
    : start(options);
}

async function start(options: ClusterOptions): Promise<SimulatedCluster> {
  // Configurations name the port, so it has to be known first.
  const door = options.transport === 'tls' ? await KubernetesPort.open() : undefined;
  let cluster: SimulatedCluster | undefined;
  try {
    cluster = new SimulatedCluster(options, door);
    if (options.transport === 'tls') await cluster.listen();
    return cluster;
  } catch (error) {
    // Or its timers and sockets would keep the process alive.
    await (cluster ?? door)?.close();
    throw error;
  }
}

/** Nodes by names or addresses: any iterable except a string, which would give its letters. */
type Nodes = Iterable<string> & object;

/** A cluster in this process: nodes, their API, and everything a test wants to know of it. */
export class SimulatedCluster implements AsyncDisposable {
  /** The name of the cluster, and of the context in its talosconfig. */
  readonly name: string;
  /** The release that its nodes began with. */
  readonly talosVersion: string;
  /** @internal Whether it was up from the start, rather than left to a client to set up. */
  readonly upFromStart: boolean;
  /** The time of the cluster. Timers set on it end with the cluster. */
  readonly clock: Clock;
  /** @internal Numbers that come again with the seed; fork it by the name of the part that draws. */
  readonly random: Random;
  /** Every call that reached a node. */
  readonly journal = new Journal();
  /** @internal Which nodes reach which. */
  readonly network = new Network();
  /** @internal The nodes' state, in the order of their addresses. */
  readonly machines: readonly SimulatedMachine[];
  /** @internal What the nodes of a cluster trust that is up from the start. */
  readonly trust: Trust;
  /** @internal The certificates of its clients, good ones and others. */
  readonly pki: ClientCertificates;
  /** @internal Whether clients come through SideroLink. */
  readonly sideroLink: boolean;
  readonly #kubernetesPort: KubernetesPort | undefined;
  #ports: Ports | undefined;
  readonly #kubernetes: SimulatedKubernetes;
  readonly #scope: ClockScope;
  readonly #topics: TopicStates<Cluster> = new TopicStates<Cluster>(this);
  readonly #nodes = new Map<Machine, SimulatedNode>();
  readonly #open = new Set<{ close(): void | Promise<void> }>();
  /** The nodes that were asked for as control planes; in maintenance they are none yet. */
  readonly #planned: readonly Machine[];

  /** @internal Use `simulateCluster`. */
  constructor(options: ClusterOptions, kubernetesPort?: KubernetesPort) {
    this.#kubernetesPort = kubernetesPort;
    const { talosVersion = 'v1.14.0', seed = 1, clusterName = 'talos-sim' } = options;
    const { clock = 'real', maintenance = false } = options;
    this.name = clusterName;
    this.talosVersion = talosVersion;
    this.upFromStart = !maintenance;
    this.#scope = new ClockScope(clock === 'real' ? realClock : clock);
    this.clock = this.#scope;
    this.random = new Random(seed);
    this.trust = createTrust();
    this.pki = new ClientCertificates(this.trust);
    this.sideroLink = options.sideroLink ?? false;
    const plan = planOf(options);
    this.machines = plan.map(
      ({ name, address }, index) =>
        new SimulatedMachine(this, {
          name,
          address,
          index,
          talosVersion,
          random: this.random.fork(`node/${index}`),
        }),
    );
    this.#planned = this.machines.filter((_, index) => plan[index]?.type === 'controlplane');
    for (const [index, machine] of this.machines.entries()) {
      this.#nodes.set(machine, new SimulatedNode(machine, this));
      const type = plan[index]?.type;
      if (!maintenance && type !== undefined) machine.setIdentity({ type, trust: this.trust });
    }
    this.#kubernetes = new SimulatedKubernetes(this);
    this.#kubernetesPort?.serve(() => servingNode(this));
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
   * Where clients connect, as `host:port`: the control planes, or all nodes while none has a
   * configuration.
   */
  get endpoints(): readonly string[] {
    return this.#defaultEntries().map((machine) => this.endpointOf(machine));
  }

  /**
   * A talosconfig for an admin of the cluster: the endpoints of the control planes on loopback and
   * the addresses of all nodes. Any Talos client can use it while the cluster is open. Of a cluster
   * in maintenance it is what `talosctl gen config` would write: good as soon as the nodes have a
   * configuration of `machineConfig`.
   *
   * @throws {RangeError} when the cluster has no sockets.
   */
  get talosconfig(): string {
    return this.ports.talosconfig;
  }

  /**
   * Writes a talosconfig to a file that only its owner reads: that of an admin, or of somebody with
   * other roles.
   *
   * @throws {RangeError} when the cluster has no sockets.
   */
  async writeTalosconfig(path: string, options: Pick<ClientOptions, 'role'> = {}): Promise<void> {
    checkOptions(options, { role: clientShape.role }, 'writeTalosconfig');
    const { role = 'os:admin' } = options;
    await writeFile(path, await this.ports.talosconfigFor([role].flat()), { mode: 0o600 });
  }

  /**
   * A client of the cluster's API, with a certificate of its own. The nodes are called by the rules
   * of apid, so a control plane passes calls on and a worker does not. Closed with the cluster.
   */
  client(options: ClientOptions = {}): TalosClient {
    checkOptions(options, clientShape, 'client');
    const { role = 'os:admin', nodes, endpoint, timeoutMs, retry, flaw, daemon = 'apid' } = options;
    const roles = [role].flat();
    const entries =
      endpoint === undefined
        ? this.#defaultEntries()
        : [endpoint].flat().map((name) => this.node(name).machine);
    const names = nodes ?? this.machines.map(({ name }) => name);
    const connection =
      daemon === 'trustd'
        ? this.#ports?.trustdConnection(entries)
        : this.#ports?.connection(entries, roles, flaw);
    const client = createTalosClient({
      ...(connection ?? {
        transport: memoryTransport({ cluster: this, entries, roles, flaw, daemon }),
      }),
      nodes: names.map((name) => this.node(name).address),
      timeoutMs,
      retry,
    });
    this.#open.add(client);
    return client;
  }

  /**
   * The container registries that the nodes pull from, for images that are gone or signed by others.
   *
   * @example
   * ```ts
   * cluster.registry.withdraw('ghcr.io/siderolabs/installer:v1.14.1');
   * ```
   */
  get registry(): ImageRegistry {
    return this.state(registry);
  }

  /**
   * Its Kubernetes: nodes, pods, workloads and budgets, and requests to its API.
   *
   * @example
   * ```ts
   * cluster.kubernetes.addDeployment({ name: 'web', replicas: 2, budget: { minAvailable: 2 } });
   * ```
   */
  get kubernetes(): SimulatedKubernetes {
    return this.#kubernetes;
  }

  /** @internal Where its Kubernetes API is reached. */
  get kubernetesEndpoint(): string {
    return (
      this.#kubernetesPort?.url ??
      `https://${this.machines[0]?.address ?? '10.5.0.2'}:${API_SERVER_PORT}`
    );
  }

  /**
   * A machine configuration for a node of this cluster, for `configuration(node).apply()`: with it a
   * node in maintenance becomes one that `client()` reaches.
   *
   * @example
   * ```ts
   * const data = Buffer.from(cluster.machineConfig({ type: 'worker', installDisk: '/dev/sda' }));
   * await configuration(cluster.client({ endpoint: 'worker-1' })).apply({ data, mode: 'AUTO' });
   * ```
   */
  machineConfig(options: ConfigOptions): string {
    return generateConfig(this, options).toString();
  }

  /** @internal Where clients reach one node, as `host:port`. */
  endpointOf(machine: Machine): string {
    return this.#ports?.of(machine).address ?? `${machine.address}:${APID_PORT}`;
  }

  /** @internal Where clients reach the API server of one node. */
  kubernetesOf(machine: Machine): string | undefined {
    if (this.#ports !== undefined) return this.#ports.kubernetesOf(machine);
    return machine.type === 'controlplane'
      ? `https://${machine.address}:${API_SERVER_PORT}`
      : undefined;
  }

  /**
   * @internal The sockets of the cluster.
   * @throws {RangeError} when it has none.
   */
  get ports(): Ports {
    if (this.#ports !== undefined) return this.#ports;
    throw new RangeError(
      "a cluster in memory has no sockets: start it with simulateCluster({ transport: 'tls' })",
    );
  }

  /** @internal The certificate that a node shows to who connects; absent in a cluster without sockets. */
  async servedCertificate(machine: Machine): Promise<Issued | undefined> {
    return (await this.#ports?.of(machine).certificate.current())?.certificate;
  }

  /** @internal Opens the sockets of a cluster over TLS. */
  async listen(): Promise<void> {
    const entries = this.#defaultEntries();
    this.#ports = await Ports.open(
      this,
      entries,
      this.#planned.length > 0 ? this.#planned : entries,
    );
  }

  /**
   * Cuts every line between two groups of nodes, by names or addresses; `heal` mends it. New calls
   * from one side to the other fail; those in progress fall silent, as when packets are lost.
   */
  partition(one: Nodes, other: Nodes): void {
    for (const side of [one, other]) {
      if (typeof side === 'object') continue;
      throw new TalosConfigError('partition: expected two lists of nodes, by names or addresses');
    }
    const addresses = (names: Nodes) => [...names].map((name) => this.node(name).address);
    this.network.partition(addresses(one), addresses(other));
  }

  /** Mends every line, and connects nodes that were disconnected. */
  heal(): void {
    this.network.heal();
  }

  /** @internal Whether clients reach a node's API. */
  isReachable(machine: Machine): boolean {
    return machine.isApiUp && machine.port === 'open' && this.network.isReachable(machine.address);
  }

  /** @internal The node that another one knows by `target`: an address, a host name, or itself. */
  machineAt(target: string, from?: Machine): Machine | undefined {
    if (target === '127.0.0.1' || target === '::1' || target === 'localhost') return from;
    return this.machines.find(({ address, name }) => address === target || name === target);
  }

  /** @internal The state of a topic that the nodes share. */
  state<State>(topic: Topic<Cluster, State>): State {
    return this.#topics.get(topic);
  }

  /** @internal Tells listeners on every node that what `topic` names is different now. */
  notify(topic: string): void {
    for (const machine of this.machines) machine.notify(topic);
  }

  /** @internal Called by a node that gets or loses its configuration or its name. */
  onIdentityChange(machine: Machine): void {
    this.#ports?.renew(machine);
  }

  /** @internal Called by a node that drops its connections. */
  onConnectionsDropped(machine: Machine): void {
    this.#ports?.drop(machine);
  }

  /** What `JSON.stringify` shows: its nodes, and no key. */
  toJSON(): object {
    const { name, talosVersion, nodes } = this;
    return { name, talosVersion, nodes: nodes.map((node) => node.toJSON()) };
  }

  /** What `console.log` shows: the same. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return printed(this, options);
  }

  /** Ends the cluster: clients, connections, timers. Closing twice does nothing. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((entry) => entry.close()));
    this.#open.clear();
    for (const machine of this.machines) machine.dispose();
    await Promise.all([this.#ports?.close(), this.#kubernetesPort?.close()]);
    this.#topics.end();
    this.#scope.end();
  }

  /** As `close`: for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #defaultEntries(): readonly Machine[] {
    const controlPlanes = this.controlPlanes.map(({ machine }) => machine);
    return controlPlanes.length > 0 ? controlPlanes : this.machines;
  }
}
