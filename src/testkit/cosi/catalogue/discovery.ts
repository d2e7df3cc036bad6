import type { SimulatedCluster } from '../../cluster.js';
import { config } from '../../machine/config/config.js';
import type { Machine } from '../../machine/machine.js';
import { secrets } from '../../secrets.js';
import { defineTopic } from '../../topic.js';
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

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The name of a machine in discovery, which lasts as long as its STATE partition. */
function nodeIdOf(machine: Machine): string {
  const random = machine.random.fork('node-id');
  return Array.from({ length: 44 }, () => BASE62[random.int(0, 61)]).join('');
}

/** Who is in a cluster, as all its nodes see it. */
interface Membership {
  /** Differs when the members do. */
  readonly key: string;
  readonly list: readonly Published[];
}

/** Who is in the cluster. Nodes share lists, and lists share what did not change. */
class Discovery {
  readonly #memberships = new Map<string, Membership>();
  readonly #published = new Map<Machine, Membership>();

  members(trustId: string, machines: readonly Machine[]): readonly Published[] {
    const found = machines.filter(({ identity }) => identity?.trust.id === trustId);
    const key = found.map(keyOf).join();
    const known = this.#memberships.get(trustId);
    if (known?.key === key) return known.list;
    const list = found.flatMap((machine) => this.#member(machine));
    this.#memberships.set(trustId, { key, list });
    return list;
  }

  #member(machine: Machine): readonly Published[] {
    const key = keyOf(machine);
    const known = this.#published.get(machine);
    if (known?.key === key) return known.list;
    const member = memberOf(machine);
    const { name } = machine;
    const list = [
      publish(memberKind, name, member),
      publish(affiliateKind, member.nodeId, { ...member, nodename: name }),
    ];
    this.#published.set(machine, { key, list });
    return list;
  }
}

const discovery = defineTopic({
  name: 'discovery',
  lifetime: 'always',
  create: (_: SimulatedCluster) => new Discovery(),
});

function keyOf({ name, address, type, talosVersion }: Machine): string {
  return [name, address, type, talosVersion].join(' ');
}

function memberOf(machine: Machine): MemberSpec {
  const { name, address, type = 'worker', talosVersion } = machine;
  return {
    nodeId: nodeIdOf(machine),
    addresses: [address],
    hostname: name,
    machineType: type,
    operatingSystem: `Talos (${talosVersion})`,
    controlPlane: type === 'controlplane' ? { port: 6443 } : undefined,
  };
}

/** The machines of the cluster as discovery found them. */
export const memberSource: ResourceSource = {
  kinds: [memberKind, affiliateKind],
  topics: ['machine'],
  clusterWide: true,
  resources({ cluster, identity }: Machine): readonly Published[] {
    if (identity === undefined) return [];
    return cluster.state(discovery).members(identity.trust.id, cluster.machines);
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
