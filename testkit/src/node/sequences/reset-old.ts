import type { ResetRequest } from '../../../generated/lifecycle.js';
import type { Machine } from '../../base/machine.js';
import { storage } from '../../topics/storage/storage.js';
import { installation } from '../../topics/system/installation.js';
import { wipeSystemDisk } from '../../topics/system/system-disk.js';
import { reboot, shutdown } from './reboot.js';
import type { Sequence } from './sequence.js';

/**
 * What the server of maintenance did up to Talos 1.12: it wiped the disks before it answered, and gives
 * the sequence that ends the boot.
 *
 * @throws {Error} when it did not do what the request says.
 */
export function resetInOldMaintenance(machine: Machine, request: ResetRequest): Sequence {
  const { mode, userDisksToWipe, systemPartitionsToWipe } = request;
  if (userDisksToWipe.length > 0 && mode === 'SYSTEM_DISK') {
    throw new Error(
      "reset failed: invalid input, wipe mode SYSTEM_DISK doesn't support UserDisksToWipe parameter",
    );
  }
  if (systemPartitionsToWipe.length > 0) {
    throw new Error('system partitions to wipe params is not supported in the maintenance mode');
  }
  if (!machine.state(installation).isInstalled) {
    throw new Error('reset failed: Talos is not installed');
  }
  wipeSystemDisk(machine);
  if (mode !== 'SYSTEM_DISK') machine.state(storage).wipeDisks(userDisksToWipe);
  return request.reboot ? reboot('DEFAULT') : shutdown(true);
}
