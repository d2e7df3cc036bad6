import type { ResetRequest } from '../../../generated/lifecycle.js';
import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { diskKind, systemDiskKind } from '../../topics/cosi/kinds/disks.js';
import { volumeStatusKind } from '../../topics/cosi/kinds/volumes.js';
import { resources } from '../../topics/cosi/resources.js';
import type { ResetPlan } from './reset.js';

/**
 * What a request to reset amounts to.
 *
 * @throws {Error} when it contradicts itself, or names what is not there; most are plain errors, as
 * in Talos.
 */
export async function resetPlan(machine: Machine, request: ResetRequest): Promise<ResetPlan> {
  const { graceful, reboot, mode, systemPartitionsToWipe, userDisksToWipe } = request;
  const partitions = systemPartitionsToWipe.length > 0;
  const disks = userDisksToWipe.length > 0;
  if (mode === 'USER_DISKS' && partitions) {
    throw new Error("reset failed: invalid input, wipe mode USER_DISKS doesn't support partitions");
  }
  if (mode === 'SYSTEM_DISK' && disks) {
    throw new Error(
      "reset failed: invalid input, wipe mode SYSTEM_DISK doesn't support user disks",
    );
  }
  if (mode === 'USER_DISKS' && !disks) {
    throw new Error('reset failed: invalid input, wipe mode USER_DISKS needs disks to wipe');
  }
  const state = machine.state(resources);
  for (const { type } of [diskKind, systemDiskKind, volumeStatusKind]) await state.ready(type);
  for (const { label } of systemPartitionsToWipe) {
    if (state.find(volumeStatusKind, label) === undefined) {
      throw new Error(`failed to get volume status with label ${JSON.stringify(label)}`);
    }
  }
  const systemDisk = state.spec(systemDiskKind, 'system-disk')?.devPath;
  for (const path of userDisksToWipe) {
    const disk = state.spec(diskKind, path.replace(/^\/dev\//, ''));
    if (disk === undefined) throw new Error(`block device ${path} not found`);
    if (path === systemDisk) throw new Error(`${path} is the system disk`);
    if (disk.readonly) throw new Error(`${path} is read-only`);
  }
  if (mode !== 'USER_DISKS' && !partitions && systemDisk === undefined) {
    throw new ServerStatus('failed-precondition', 'system disk is not set');
  }
  return {
    graceful,
    reboot,
    volumes:
      mode === 'USER_DISKS'
        ? []
        : partitions
          ? systemPartitionsToWipe.filter(({ wipe }) => wipe).map(({ label }) => label)
          : 'all',
    userDisks: userDisksToWipe,
  };
}
