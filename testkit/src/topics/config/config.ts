import type { Machine } from '../../base/machine.js';
import { configuredTrust } from '../../base/pki/trust.js';
import type { Timer } from '../../base/time/clock.js';
import { defineTopic } from '../../base/topic.js';
import { services } from '../services/services.js';
import { installation } from '../system/installation.js';
import { generateConfig } from './generate.js';
import { type NodeConfig, nodeConfig } from './machine-config.js';

/**
 * The machine configuration of a node: the one in force, and the one on its disk, which the next
 * boot takes. Notifies `config`.
 */
export class Config {
  readonly #machine: Machine;
  #active: Slot = none;
  #persistent: Slot = none;
  #initial: Slot | undefined;
  #revert: Timer | undefined;
  #isLoading = false;
  /** Its name while no configuration gives it one: a real node makes it from its identity. */
  readonly #ownName: string;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#ownName = machine.name;
    const { identity, cluster } = machine;
    if (identity === undefined) return;
    // A node that is up from the start has the configuration of its cluster.
    const initial = slot(() => {
      const { type } = identity;
      return nodeConfig(generateConfig(cluster, { type, installDisk: SYSTEM_DISK }));
    });
    this.#initial = initial;
    this.#active = initial;
    this.#persistent = initial;
  }

  /** Whether this boot has come to where the configuration is loaded, or waited for. */
  get isLoading(): boolean {
    return this.#isLoading;
  }

  /** The configuration is loaded from now on. */
  load(): void {
    this.#isLoading = true;
    this.#machine.notify('config');
  }

  /** The configuration in force; absent when the node has none. */
  get active(): NodeConfig | undefined {
    return this.#active.config();
  }

  /** Whether the configuration in force is the one that the cluster made, which costs to be read. */
  get isInitial(): boolean {
    return this.#active === this.#initial;
  }

  /** The configuration on disk. */
  get persistent(): NodeConfig | undefined {
    return this.#persistent.config();
  }

  /** Whether a configuration is being tried, and goes away by itself. */
  get isTrying(): boolean {
    return this.#revert !== undefined;
  }

  /** Puts a configuration on disk, for the next boot. */
  persist(config: NodeConfig): void {
    this.#persistent = slot(() => config);
    this.#machine.notify('config');
  }

  /** Puts a configuration in force. */
  activate(config: NodeConfig): void {
    this.#use(slot(() => config));
  }

  /**
   * Puts a configuration in force, and the one before again after a while. That one may be one that
   * was being tried itself: then it stays, as on a real node.
   */
  try(config: NodeConfig, timeoutMs: number): void {
    const before = this.#active;
    this.keepTried();
    this.activate(config);
    this.#revert = this.#machine.clock.setTimer(timeoutMs, () => {
      this.#revert = undefined;
      this.#use(before);
    });
  }

  /** Lets a configuration that is being tried stay, until the next boot. */
  keepTried(): void {
    this.#revert?.cancel();
    this.#revert = undefined;
  }

  /** The node boots: what is on disk is in force. A node without a system has nothing on disk. */
  boot(): void {
    this.#isLoading = false;
    this.keepTried();
    if (!this.#machine.state(installation).isInstalled) this.#persistent = none;
    if (this.#persistent !== this.#active) this.#use(this.#persistent);
  }

  /** Removes it from the disk, as a wipe of the STATE partition does. */
  wipe(): void {
    this.#persistent = none;
    this.#machine.notify('config');
  }

  #use(next: Slot): void {
    this.#active = next;
    const config = next.config();
    const machine = this.#machine;
    machine.state(installation).want(config?.node?.install);
    const name = config?.hostname ?? this.#ownName;
    if (name !== machine.name) machine.setName(name);
    identify(machine, config);
    machine.notify('config');
  }
}

/** A configuration that may have to be made first. */
interface Slot {
  config(): NodeConfig | undefined;
}

const none: Slot = { config: () => undefined };

function slot(make: () => NodeConfig): Slot {
  let made: NodeConfig | undefined;
  return {
    config() {
      made ??= make();
      return made;
    },
  };
}

/** The disk that nodes are installed on. */
export const SYSTEM_DISK = '/dev/sda';

/** Gives a node the identity of its configuration; the API follows. */
function identify(machine: Machine, config: NodeConfig | undefined): void {
  const before = machine.identity;
  if (config?.node === undefined) {
    if (before !== undefined) machine.setIdentity(undefined);
    return;
  }
  const { type, trust } = config.node;
  const next = configuredTrust(trust, () => issuerFor(machine));
  const same = before?.type === type && before.trust.id === next.id;
  if (same && trust.alsoAccepted.length === 0) return;
  machine.setIdentity({ type, trust: next });
  // Another certificate comes from elsewhere: the API is back when it is there.
  if (before === undefined && machine.isApiUp) machine.state(services).restartService('apid');
}

/** The CA of a worker: trustd of a control plane has its key. */
async function issuerFor(machine: Machine) {
  const trust = machine.identity?.trust;
  const peer = machine.cluster.machines.find(
    ({ identity }) => identity?.trust.key !== undefined && identity.trust.id === trust?.id,
  );
  if (peer?.identity === undefined) {
    throw new Error(`no control plane issues certificates for ${machine.name}`);
  }
  return peer.identity.trust.authority();
}

/** The machine configuration of a node. */
export const config = defineTopic({
  name: 'config',
  lifetime: 'always',
  create: (machine: Machine) => new Config(machine),
});
