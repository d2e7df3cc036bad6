import type { SimulatedCluster } from '../../cluster.js';
import type { Machine } from '../../machine/machine.js';
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
export function nodeIdOf(machine: Machine): string {
  const random = machine.random.fork('node-id');
  return Array.from({ length: 44 }, () => BASE62[random.int(0, 61)]).join('');
}

/** The id of a cluster: 32 bytes in base64. */
export function clusterIdOf({ random }: SimulatedCluster): string {
  return Buffer.from(random.fork('cluster-id').bytes(32)).toString('base64');
}

/** Who is in the cluster. All nodes share one list, which is made anew when it differs. */
class Discovery {
  #key = '';
  #published: readonly Published[] = [];

  members(trustId: string, machines: readonly Machine[]): readonly Published[] {
    const found = machines.filter(({ identity }) => identity?.trust.id === trustId);
    const key = JSON.stringify([trustId, ...found.map(keyOf)]);
    if (key !== this.#key) {
      this.#key = key;
      this.#published = found.flatMap((machine) => {
        const member = memberOf(machine);
        const { name } = machine;
        return [
          publish(memberKind, name, member),
          publish(affiliateKind, member.nodeId, { ...member, nodename: name }),
        ];
      });
    }
    return this.#published;
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
  topics: ['machine'],
  clusterWide: true,
  resources({ cluster, identity }: Machine): readonly Published[] {
    if (identity === undefined) return [];
    return cluster.state(discovery).members(identity.trust.id, cluster.machines);
  },
};

/** What a node says of itself to the cluster. */
export const identitySource: ResourceSource = {
  topics: ['machine'],
  *resources(machine: Machine): Generator<Published> {
    const { cluster, identity } = machine;
    if (identity === undefined) return;
    const clusterId = clusterIdOf(cluster);
    const random = cluster.random.fork('cluster-secret');
    const secret = Buffer.from(random.bytes(32)).toString('base64');
    yield publish(identityKind, 'local', { nodeId: nodeIdOf(machine) });
    yield publish(infoKind, 'current', { clusterId, clusterName: cluster.name });
    yield publish(discoveryConfigKind, 'cluster', {
      discoveryEnabled: true,
      registryKubernetesEnabled: false,
      registryServiceEnabled: true,
      serviceEndpoint: 'discovery.talos.dev:443',
      serviceEncryptionKey: secret,
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
      sharedSecret: secret,
      forceRouting: false,
      advertiseKubernetesNetworks: false,
      harvestExtraEndpoints: false,
    });
  },
};
