import type { Machine } from '../base/machine.js';
import { hostnameStatusKind, nodeAddressKind } from '../topics/cosi/kinds/network.js';
import { resources } from '../topics/cosi/resources.js';

/**
 * Whether apid of a node takes `target` for the node itself: one of its addresses, its short host
 * name or its full one. Loopback is none of these, as Talos leaves it out of the node's addresses.
 */
export function isOwnName(machine: Machine, target: string): boolean {
  const shown = machine.state(resources);
  const addresses = shown.spec(nodeAddressKind, 'current')?.addresses ?? [];
  if (addresses.some((prefix) => prefix.slice(0, prefix.lastIndexOf('/')) === target)) return true;
  const names = shown.spec(hostnameStatusKind, 'hostname');
  if (names === undefined) return false;
  const { hostname, domainname } = names;
  return target === hostname || (domainname !== '' && target === `${hostname}.${domainname}`);
}
