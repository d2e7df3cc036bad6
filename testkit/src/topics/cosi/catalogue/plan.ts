import type { Cluster, Machine } from '../../../base/machine.js';

/** How long the network part of a node's address is. */
export const PREFIX_LENGTH = 16;

/** Where Kubernetes answers on its own network, and where its DNS does. */
export const KUBERNETES_SERVICE_IP = '10.96.0.1';
export const DNS_SERVICE_IP = '10.96.0.10';

/** The names that every cluster uses within. */
export const DNS_DOMAIN = 'cluster.local';

/** Where KubePrism listens on each node. */
export const KUBEPRISM_PORT = 7445;

/** Where the Kubernetes API listens on control planes. */
export const API_SERVER_PORT = 6443;

/** The router of the network that the nodes are in. */
export function gatewayOf(machine: Machine): string {
  return `${networkPart(machine)}.0.1`;
}

/** The network that the nodes are in, such as `10.5.0.0/16`. */
export function networkOf(machine: Machine): string {
  return `${networkPart(machine)}.0.0/${PREFIX_LENGTH}`;
}

/** The address that all nodes of the network hear. */
export function broadcastOf(machine: Machine): string {
  return `${networkPart(machine)}.255.255`;
}

function networkPart({ address }: Machine): string {
  return address.split('.').slice(0, 2).join('.');
}

/** A node's address with the length of its network. */
export function addressWithPrefix({ address }: Machine): string {
  return `${address}/${PREFIX_LENGTH}`;
}

/** The hardware address of a node's network card: locally administered, with its IP in it. */
export function hardwareAddrOf({ address }: Machine): string {
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return ['02', '00', ...bytes].join(':');
}

/** The pods of a node. */
export function podNetworkOf({ index }: Machine): string {
  return `10.244.${index & 255}.0/24`;
}

/** The address of a node among its pods. */
export function podGatewayOf({ index }: Machine): string {
  return `10.244.${index & 255}.1`;
}

/** The machines that are control planes, by their configuration. */
export function controlPlanesOf({ machines }: Cluster): readonly Machine[] {
  return machines.filter(({ type }) => type === 'controlplane');
}
