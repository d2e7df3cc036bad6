import type { Cluster, Machine } from '../../../base/machine.js';
import type { Trust } from '../../../base/pki/trust.js';
import { defineTopic } from '../../../base/topic.js';
import { config } from '../../config/config.js';
import { secrets } from '../../config/secrets.js';
import {
  affiliateKind,
  discoveryConfigKind,
  identityKind,
  infoKind,
  kubeAccessConfigKind,
  kubeSpanConfigKind,
  type MemberSpec,
  memberKind,
} from '../kinds/cluster.js';
import { type Published, publish, type ResourceSource } from '../source.js';
import { API_SERVER_PORT } from './plan.js';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The name of a machine in discovery, which lasts as long as its STATE partition. */
export function nodeIdOf(machine: Machine): string {
  const random = machine.random.fork('node-id');
  return Array.from({ length: 44 }, () => BASE62[random.int(0, 61)]).join('');
}

/** A machine as the others see it, and when that was. */
interface Sighting {
  /** Differs when what others see does. */
  readonly key: string;
  readonly list: readonly Published[];
}

/**
 * Who is in the cluster. Nodes share lists, and lists share what did not change, so that a change
 * costs little on hundreds of nodes.
 */
class Discovery {
  readonly #cluster: Cluster;
  /** By the trust that nodes have in common. */
  readonly #lists = new Map<string, readonly Published[]>();
  readonly #sightings = new Map<Machine, Sighting>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    for (const machine of cluster.machines) {
      machine.onChange((topic) => {
        if (topic === 'machine' && this.#differs(machine)) this.#lists.clear();
      });
    }
  }

  members(trust: Trust): readonly Published[] {
    const { id } = trust;
    const known = this.#lists.get(id);
    if (known !== undefined) return known;
    const list = this.#cluster.machines
      .filter(({ identity }) => identity?.trust === trust || identity?.trust.id === id)
      .flatMap((machine) => this.#seen(machine).list);
    this.#lists.set(id, list);
    return list;
  }

  #differs(machine: Machine): boolean {
    const known = this.#sightings.get(machine);
    return known === undefined || known.key !== keyOf(machine);
  }

  #seen(machine: Machine): Sighting {
    const known = this.#sightings.get(machine);
    const key = keyOf(machine);
    if (known?.key === key) return known;
    const member = memberOf(machine);
    const { name } = machine;
    const list = [
      publish(memberKind, name, member),
      publish(affiliateKind, member.nodeId, { ...member, nodename: name }),
    ];
    const sighting = { key, list };
    this.#sightings.set(machine, sighting);
    return sighting;
  }
}

const discovery = defineTopic({
  name: 'discovery',
  lifetime: 'always',
  create: (cluster: Cluster) => new Discovery(cluster),
});

function keyOf({ name, identity, talosVersion }: Machine): string {
  return [name, identity?.type, identity?.trust.id, talosVersion].join(' ');
}

function memberOf(machine: Machine): MemberSpec {
  const { name, address, type = 'worker', talosVersion } = machine;
  return {
    nodeId: nodeIdOf(machine),
    addresses: [address],
    hostname: name,
    machineType: type,
    operatingSystem: `Talos (${talosVersion})`,
    controlPlane: type === 'controlplane' ? { port: API_SERVER_PORT } : undefined,
  };
}

/** The machines of the cluster as discovery found them. */
export const memberSource: ResourceSource = {
  kinds: [memberKind, affiliateKind],
  topics: ['machine'],
  clusterWide: true,
  resources({ cluster, identity }: Machine): readonly Published[] {
    if (identity === undefined) return [];
    return cluster.state(discovery).members(identity.trust);
  },
};

/** What a node says of itself to the cluster. */
export const identitySource: ResourceSource = {
  kinds: [identityKind, infoKind, discoveryConfigKind, kubeAccessConfigKind, kubeSpanConfigKind],
  topics: ['machine', 'config'],
  *resources(machine: Machine): Generator<Published> {
    const { cluster } = machine;
    const node = machine.state(config).active?.node;
    if (node === undefined) return;
    const { clusterId, clusterSecret } = cluster.state(secrets);
    yield publish(identityKind, 'local', { nodeId: nodeIdOf(machine) });
    yield publish(infoKind, 'current', { clusterId, clusterName: node.clusterName });
    yield publish(discoveryConfigKind, 'cluster', {
      discoveryEnabled: true,
      registryKubernetesEnabled: false,
      registryServiceEnabled: true,
      serviceEndpoint: 'discovery.talos.dev:443',
      serviceEncryptionKey: clusterSecret,
      serviceClusterID: clusterId,
      serviceEndpoints: [{ name: 'default', endpoint: 'discovery.talos.dev:443', insecure: false }],
    });
    yield publish(kubeAccessConfigKind, 'config', {
      enabled: false,
      allowedAPIRoles: [],
      allowedKubernetesNamespaces: [],
    });
    yield publish(kubeSpanConfigKind, 'kubespan', {
      enabled: false,
      clusterId,
      sharedSecret: clusterSecret,
      forceRouting: false,
      advertiseKubernetesNetworks: false,
      harvestExtraEndpoints: false,
    });
  },
};
