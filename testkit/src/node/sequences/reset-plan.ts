import type { ResetRequest } from '../../../generated/lifecycle.js';
import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { diskKind, systemDiskKind } from '../../topics/cosi/kinds/disks.js';
import { volumeStatusKind } from '../../topics/cosi/kinds/volumes.js';
import { resourceText, tombstone } from '../../topics/cosi/resource.js';
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
  if (mode === 'SYSTEM_DISK' && disks) {
    throw refused('SYSTEM_DISK', 'UserDisksToWipe');
  }
  const state = machine.state(resources);
  for (const { type } of [diskKind, systemDiskKind, volumeStatusKind]) await state.ready(type);
  const systemDisk = state.spec(systemDiskKind, 'system-disk')?.devPath;
  for (const path of userDisksToWipe) {
    const disk = state.spec(diskKind, path.replace(/^\/dev\//, ''));
    const problem =
      disk === undefined || !path.startsWith('/dev/')
        ? "wasn't found"
        : disk.readonly
          ? 'is readonly'
          : path === systemDisk && 'is the system disk';
    if (problem) throw new Error(`reset user disk failed: device ${path} ${problem}`);
  }
  if (mode === 'USER_DISKS' && partitions) {
    throw refused('USER_DISKS', 'SystemPartitionsToWipe');
  }
  for (const { label } of systemPartitionsToWipe) {
    if (state.find(volumeStatusKind, label) !== undefined) continue;
    const { namespace, type } = volumeStatusKind;
    const missing = tombstone(namespace, type, label, machine.clock.now()).metadata;
    throw new Error(
      `failed to get volume status with label ${JSON.stringify(label)}: ` +
        `resource ${resourceText(missing)} doesn't exist`,
    );
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

function refused(mode: string, parameter: string): Error {
  return new Error(
    `reset failed: invalid input, wipe mode ${mode} doesn't support ${parameter} parameter`,
  );
}
