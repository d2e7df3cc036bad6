import type { Cluster, Machine } from '../base/machine.js';
import { kubernetesServers, servesKubernetes } from '../topics/kubernetes/api-server.js';
import { kubernetes } from '../topics/kubernetes/kubernetes.js';

/** Whether clients reach the API server of a node. */
export function isServing(machine: Machine): boolean {
  return servesKubernetes(machine) && machine.cluster.network.isReachable(machine.address);
}

/** The node that the endpoint of the cluster leads to; absent while no API server can be reached. */
export function servingNode(cluster: Cluster): Machine | undefined {
  return kubernetesServers(cluster).find(isServing);
}

/** Calls `onEnd` once the API server of a node can no longer be reached; the function stops that. */
export function whileServing(machine: Machine, onEnd: () => void): () => void {
  const { cluster } = machine;
  const look = () => {
    if (isServing(machine)) return;
    stop();
    onEnd();
  };
  const stops = [cluster.state(kubernetes).onChange(look), cluster.network.onChange(look)];
  const stop = () => {
    for (const one of stops) one();
  };
  return stop;
}
