import type { ResetRequest } from '../../../generated/lifecycle.js';
import type { Machine } from '../../base/machine.js';
import { diskKind, systemDiskKind } from '../../topics/cosi/kinds/disks.js';
import { volumeStatusKind } from '../../topics/cosi/kinds/volumes.js';
import { resourceText, tombstone } from '../../topics/cosi/resource.js';
import { type Resources, resources } from '../../topics/cosi/resources.js';
import type { ResetPlan } from './reset.js';

/**
 * What a request to reset amounts to. Nothing to wipe is no mistake: the node just reboots.
 *
 * @throws {Error} when it contradicts itself, or names what is not there: plain errors, as in Talos.
 */
export async function resetPlan(machine: Machine, request: ResetRequest): Promise<ResetPlan> {
  const { graceful, reboot, mode, systemPartitionsToWipe, userDisksToWipe } = request;
  const state = machine.state(resources);
  for (const { type } of [diskKind, systemDiskKind, volumeStatusKind]) await state.ready(type);
  if (userDisksToWipe.length > 0) {
    if (mode === 'SYSTEM_DISK') throw unsupported(mode, 'UserDisksToWipe');
    for (const path of userDisksToWipe) checkUserDisk(state, path);
  }
  const partitions = systemPartitionsToWipe.length > 0;
  if (partitions) {
    if (mode === 'USER_DISKS') throw unsupported(mode, 'SystemPartitionsToWipe');
    for (const { label } of systemPartitionsToWipe) checkVolume(state, label, request);
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

function unsupported(mode: string, parameter: string): Error {
  return new Error(
    `reset failed: invalid input, wipe mode ${mode} doesn't support ${parameter} parameter`,
  );
}

function checkUserDisk(state: Resources, path: string): void {
  const problem = (what: string) => new Error(`reset user disk failed: device ${path} ${what}`);
  const disk = state.spec(diskKind, path.replace(/^\/dev\//, ''));
  if (disk === undefined || !path.startsWith('/dev/')) throw problem("wasn't found");
  if (disk.readonly) throw problem('is readonly');
  if (path === state.spec(systemDiskKind, 'system-disk')?.devPath) {
    throw problem('is the system disk');
  }
}

/** A volume has a place of its own, or goes with the volume that it is on. */
function checkVolume(state: Resources, label: string, request: ResetRequest): void {
  const found = state.spec(volumeStatusKind, label);
  if (found === undefined) {
    throw new Error(
      `failed to get volume status with label ${JSON.stringify(label)}: ${missing(label)}`,
    );
  }
  if ((found.location ?? '') !== '') return;
  const parent = backingVolume(state, label);
  const wiped = request.systemPartitionsToWipe.some((one) => one.wipe && one.label === parent);
  if (wiped) return;
  const [name, below] = [label, parent].map((one) => JSON.stringify(one));
  throw new Error(
    `failed to reset: volume ${name} resides on volume ${below}, and therefore ${name} cannot be wiped ` +
      `without wiping ${below}`,
  );
}

function missing(id: string): string {
  const { namespace, type } = volumeStatusKind;
  return `resource ${resourceText(tombstone(namespace, type, id, 0).metadata)} doesn't exist`;
}

function backingVolume(state: Resources, label: string): string {
  for (let id = label; ; ) {
    const { parentID, mountSpec } = state.spec(volumeStatusKind, id) ?? {};
    const parent = parentID || mountSpec?.parentId || '';
    if (parent === '') {
      throw new Error(
        `failed to reset: volume ${JSON.stringify(label)} is not located and doesn't reside on another volume`,
      );
    }
    const found = state.spec(volumeStatusKind, parent);
    if (found === undefined) {
      throw new Error(
        `failed to reset: failed to get parent volume status ${JSON.stringify(parent)} of volume ` +
          `${JSON.stringify(label)}: ${missing(parent)}`,
      );
    }
    if ((found.location ?? '') !== '') return parent;
    id = parent;
  }
}
