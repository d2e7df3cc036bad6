import { ServerStatus } from '../status.js';
import { defineTopic } from '../topic.js';
import type { Machine } from './machine.js';
import { services } from './services/services.js';

/** How etcd is started for the first time. */
export interface EtcdBootstrap {
  /** Whether from the snapshot that was uploaded before. */
  readonly recover: boolean;
  /** Whether to take a snapshot without a digest. */
  readonly skipHashCheck: boolean;
}

/**
 * The etcd member of a node, as the rest of the node drives it. Whether it runs is said by the
 * service: `machine.state(services).isRunning('etcd')`.
 */
export interface EtcdNode {
  /** Whether its data directory holds something. */
  readonly hasData: boolean;
  /** Whether the service may start: there is data, or a cluster to join. */
  canStart(): boolean;
  /** The service starts: with the data, or it joins the cluster. */
  start(): void;
  /**
   * Begins a cluster of one with this node; the service starts with it.
   *
   * @throws {ServerStatus} when there is data already, or no snapshot to recover.
   */
  bootstrap(options: EtcdBootstrap): void;
  /** Leaves the cluster before the node is reset. */
  leave(): void;
  /** Removes the data, as a wipe of the disk does. */
  wipe(): void;
  /** What its health check finds wrong; absent when it answers. */
  problem(): string | undefined;
}

/** The etcd member of a node. */
export function etcdOn(machine: Machine): EtcdNode {
  return machine.state(etcdData);
}

/** The data directory of etcd on a node. */
class EtcdData implements EtcdNode {
  readonly #machine: Machine;
  hasData: boolean;

  constructor(machine: Machine) {
    this.#machine = machine;
    // A cluster that is up from the start was bootstrapped once.
    this.hasData = machine.type === 'controlplane' && machine.cluster.upFromStart;
  }

  canStart(): boolean {
    return this.hasData || this.#peers().some((peer) => peer.state(services).isUp('etcd'));
  }

  start(): void {
    this.hasData = true;
    this.#machine.cluster.notify('etcd');
  }

  bootstrap(): void {
    if (this.hasData) throw new ServerStatus('already-exists', 'etcd data directory is not empty');
    this.hasData = true;
    this.#machine.cluster.notify('etcd');
  }

  leave(): void {
    this.wipe();
  }

  wipe(): void {
    this.hasData = false;
    this.#machine.cluster.notify('etcd');
  }

  problem(): string | undefined {
    return undefined;
  }

  #peers(): readonly Machine[] {
    const { cluster, identity } = this.#machine;
    return cluster.machines.filter(
      (peer) =>
        peer !== this.#machine &&
        peer.isOn &&
        peer.type === 'controlplane' &&
        peer.identity?.trust.id === identity?.trust.id,
    );
  }
}

const etcdData = defineTopic({
  name: 'etcd-data',
  lifetime: 'always',
  create: (machine: Machine) => new EtcdData(machine),
});
