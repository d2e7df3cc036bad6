import type { ControlPlane } from './admin-kubeconfig.js';

/**
 * The API servers of a cluster, in the order to ask them: the cluster endpoint, and then the control
 * planes themselves, whose certificates have their addresses. The endpoint may be a virtual IP of the
 * very node that is about to go. One on loopback is a tunnel from here, and then it is the only way.
 */
export function serversOf(endpoint: URL, controlPlanes: readonly ControlPlane[]): readonly URL[] {
  if (isLoopback(endpoint)) return [endpoint];
  const others = controlPlanes.map(urlOf).filter(({ host }) => host !== endpoint.host);
  return [endpoint, ...others];
}

function urlOf({ address, port }: ControlPlane): URL {
  return new URL(`https://${address.includes(':') ? `[${address}]` : address}:${port}`);
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
