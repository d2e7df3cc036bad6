import type { Cluster, Machine } from '../../base/machine.js';
import { defineTopic } from '../../base/topic.js';
import { etcdOn } from '../etcd/etcd-node.js';

/** The API server of a control plane. Its pod, when there is one, says how it is. */
export const apiServer = defineTopic({
  name: 'api-server',
  lifetime: 'boot',
  create: (_: Machine) => ({ isReady: false }),
});

/** Whether a node serves the Kubernetes API: its API server runs, and etcd answers it. */
export function servesKubernetes(machine: Machine): boolean {
  return (
    machine.isOn &&
    machine.type === 'controlplane' &&
    machine.state(apiServer).isReady &&
    etcdOn(machine).problem() === undefined
  );
}

/** The nodes that serve the Kubernetes API, in the order of their addresses. */
export function kubernetesServers({ machines }: Cluster): readonly Machine[] {
  return machines.filter(servesKubernetes);
}

/** Whether a node reaches an API server, its own or that of another. */
export function reachesKubernetes({ cluster, address }: Machine): boolean {
  return cluster.machines.some(
    (peer) => servesKubernetes(peer) && cluster.network.reaches(address, peer.address),
  );
}
