import { ServerStatus } from '../base/calls/status.js';
import { supports } from '../base/versions.js';
import type { OmniRole } from './accounts.js';

/** Methods that those who may change a cluster call as an admin of the node. */
const asAdmin: ReadonlySet<string> = new Set([
  '/storage.StorageService/BlockDeviceWipe',
  '/machine.MachineService/EtcdDowngradeValidate',
  '/machine.MachineService/EtcdDowngradeEnable',
  '/machine.MachineService/EtcdDowngradeCancel',
  '/machine.MachineService/EtcdForfeitLeadership',
  '/machine.MachineService/MetaWrite',
  '/machine.MachineService/MetaDelete',
  '/machine.DebugService/ContainerRun',
]);

/** The same from Talos 1.12 on, which no longer mounts the partition with the secrets. */
const asAdminSince12: ReadonlySet<string> = new Set([
  '/machine.MachineService/Copy',
  '/machine.MachineService/Read',
]);

/** Methods of operators, for where the release of the node is not known: without a named node. */
const ofOperators: ReadonlySet<string> = new Set(
  [
    'EtcdAlarmDisarm',
    'EtcdAlarmList',
    'EtcdDefragment',
    'EtcdDowngradeCancel',
    'EtcdDowngradeEnable',
    'EtcdDowngradeValidate',
    'EtcdForfeitLeadership',
    'EtcdStatus',
    'PacketCapture',
    'Reboot',
    'Restart',
    'ServiceRestart',
    'ServiceStart',
    'ServiceStop',
    'Shutdown',
  ].map((name) => `/machine.MachineService/${name}`),
);

/**
 * The role on a node for a call of somebody.
 *
 * @param versions the releases of the nodes that the call names
 * @throws {ServerStatus} `permission-denied` for those who may not even read
 */
export function nodeRole(path: string, role: OmniRole, versions: readonly string[]): string {
  if (role === 'None') throw new ServerStatus('permission-denied', 'insufficient role: "None"');
  if (role === 'Reader') return 'os:reader';
  if (asAdmin.has(path)) return 'os:admin';
  if (versions.length === 0) return ofOperators.has(path) ? 'os:admin' : 'os:reader';
  const since12 = versions.every((version) => supports(version, '1.12'));
  return asAdminSince12.has(path) && since12 ? 'os:admin' : 'os:operator';
}
