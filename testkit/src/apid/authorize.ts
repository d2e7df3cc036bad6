import type { AnyMethod } from 'talos-client';
import type { CallMetadata, Peer } from '../base/calls/context.js';
import { ServerStatus } from '../base/calls/status.js';
import type { Machine } from '../base/machine.js';
import { supports } from '../base/versions.js';

/**
 * Calls that readers may make while the node has no configuration: the rule of Talos lets readers
 * in, and the handlers then ask for admin unless the node is in maintenance.
 */
const openInMaintenance: ReadonlySet<string> = new Set([
  '/machine.MachineService/ApplyConfiguration',
  '/machine.LVMService/LogicalVolumeRemove',
  '/machine.LVMService/VolumeGroupRemove',
  '/machine.LVMService/PhysicalVolumeRemove',
  '/machine.MDService/Destroy',
  '/storage.StorageService/BlockDeviceWipe',
]);

/** Roles that no release before 1.13 knows. */
const since13: ReadonlySet<string> = new Set(['os:meta:writer', 'os:image:verifier']);

/** The role that nodes show each other, which lets them name the roles of the caller. */
export const IMPERSONATOR = 'os:impersonator';

/** The roles of a caller on a node: those of the certificate, or what the call is allowed to claim. */
export function callerRoles(
  call: {
    readonly roles: readonly string[];
    readonly metadata: CallMetadata;
    readonly peer: Peer;
  },
  inMaintenance: boolean,
): readonly string[] {
  // Nobody has a certificate there: who comes over SideroLink is trusted, all others may read.
  if (inMaintenance) return call.peer.sideroLink ? ['os:admin'] : ['os:reader'];
  const claimed = call.metadata.get('talos-role');
  if (claimed !== undefined && claimed.length > 0 && call.roles.includes(IMPERSONATOR)) {
    return claimed.map(String);
  }
  return call.roles;
}

/**
 * Lets a caller pass who has one of the method's roles. There is no hierarchy, and a method
 * without a rule asks for admin.
 *
 * @throws {ServerStatus} `permission-denied`.
 */
export function authorize(
  method: AnyMethod,
  roles: readonly string[],
  { inMaintenance, talosVersion }: Pick<Machine, 'inMaintenance' | 'talosVersion'>,
): void {
  const accepted: readonly string[] = method.roles.length === 0 ? ['os:admin'] : method.roles;
  const known = supports(talosVersion, '1.13') ? roles : roles.filter((role) => !since13.has(role));
  if (known.some((role) => accepted.includes(role))) return;
  if (inMaintenance && roles.includes('os:reader') && openInMaintenance.has(method.path)) return;
  throw new ServerStatus('permission-denied', 'not authorized');
}
