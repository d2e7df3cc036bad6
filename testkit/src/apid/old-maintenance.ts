import type { Peer } from '../base/calls/context.js';
import { serviceOf } from '../base/calls/methods.js';
import { ServerStatus } from '../base/calls/status.js';
import type { Machine } from '../base/machine.js';
import { supports } from '../base/versions.js';

/** RPCs of the old server that anybody may call. */
const open: ReadonlySet<string> = new Set([
  '/machine.MachineService/ApplyConfiguration',
  '/storage.StorageService/Disks',
  '/storage.StorageService/BlockDeviceWipe',
  '/cosi.resource.State/Get',
  '/cosi.resource.State/List',
  '/cosi.resource.State/Watch',
]);

/** RPCs that it serves to those who come over SideroLink. */
const overSideroLink: ReadonlySet<string> = new Set([
  '/machine.MachineService/Version',
  '/machine.MachineService/Upgrade',
  '/machine.MachineService/Reset',
  '/machine.MachineService/MetaWrite',
  '/machine.MachineService/MetaDelete',
]);

const services: ReadonlySet<string> = new Set([...open].map(serviceOf));

/**
 * Refuses what a node up to Talos 1.12 does not serve without a configuration. It ran a small
 * server of its own then; since 1.13 it is the ordinary API.
 *
 * @throws {ServerStatus} `unimplemented`, whoever asks.
 */
export function checkOldMaintenance(machine: Machine, path: string, peer: Peer): void {
  if (!machine.inMaintenance || supports(machine.talosVersion, '1.13')) return;
  if (open.has(path) || (peer.sideroLink && overSideroLink.has(path))) return;
  throw new ServerStatus('unimplemented', refusalOf(path));
}

function refusalOf(path: string): string {
  if (overSideroLink.has(path)) return 'API is not implemented in maintenance mode';
  const service = serviceOf(path);
  return services.has(service)
    ? `method ${path.slice(path.lastIndexOf('/') + 1)} not implemented`
    : `unknown service ${service}`;
}
