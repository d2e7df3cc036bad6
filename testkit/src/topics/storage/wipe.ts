import type { BlockDeviceWipeDescriptor } from '../../../generated/storage.js';
import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { partitions } from '../cosi/catalogue/partitions.js';
import { blockDeviceKind, type DeviceSpec, diskKind } from '../cosi/kinds/disks.js';
import { volumeMountKind, volumeStatusKind } from '../cosi/kinds/volumes.js';
import { type Resources, resources } from '../cosi/resources.js';
import { installation } from '../system/installation.js';
import { wipeSystemDisk, wipeVolumes } from '../system/system-disk.js';
import { SYSTEM_DISK } from './disks.js';
import { busy } from './node-storage.js';
import { storage } from './storage.js';

/**
 * Wipes devices. All are checked before the first is wiped, except for whether something holds them
 * open, which comes out when it is their turn.
 *
 * @throws {ServerStatus} `not-found`, `invalid-argument`, or `failed-precondition` for those in use.
 */
export async function wipeDevices(
  machine: Machine,
  devices: readonly BlockDeviceWipeDescriptor[],
): Promise<void> {
  const state = machine.state(resources);
  for (const { type } of [blockDeviceKind, diskKind, volumeStatusKind, volumeMountKind]) {
    await state.ready(type);
  }
  for (const device of devices) check(state, device);
  for (const device of devices) wipe(machine, state, device);
}

function check(
  state: Resources,
  { device: name, skipVolumeCheck, skipSecondaryCheck }: BlockDeviceWipeDescriptor,
): void {
  const quoted = JSON.stringify(name);
  const device = state.spec(blockDeviceKind, name);
  if (device === undefined) {
    throw new ServerStatus('not-found', `blockdevice ${quoted} not found`);
  }
  const disk = state.spec(diskKind, device.parent ?? name);
  if (disk === undefined) throw new Error(`failed to get disk (or parent) for ${quoted}`);
  if (disk.readonly) throw precondition(`blockdevice ${quoted} is read-only`);
  if (disk.cdrom) throw precondition(`blockdevice ${quoted} is a CD-ROM`);
  if (!skipSecondaryCheck) checkSecondaries(state, name, device);
  if (!skipVolumeCheck) checkVolumes(state, name, device);
}

/** A disk is in use by what is on one of its partitions, too; a partition only by what is on it. */
function checkSecondaries(state: Resources, name: string, { type }: DeviceSpec): void {
  const quoted = JSON.stringify(name);
  const user =
    type === 'disk'
      ? ids(state, diskKind).find((id) => state.spec(diskKind, id)?.secondary_disks?.includes(name))
      : ids(state, blockDeviceKind).find((id) =>
          state.spec(blockDeviceKind, id)?.secondaries?.includes(name),
        );
  if (user === undefined) return;
  const what = type === 'disk' ? 'disk' : 'blockdevice';
  throw precondition(`blockdevice ${quoted} is in use by ${what} ${JSON.stringify(user)}`);
}

function checkVolumes(state: Resources, name: string, { parent }: DeviceSpec): void {
  for (const id of ids(state, volumeStatusKind)) {
    const volume = state.spec(volumeStatusKind, id);
    const places = [baseOf(volume?.location), baseOf(volume?.mountLocation)];
    const taken =
      [name, parent].find((device) => device !== undefined && places.includes(device)) ??
      (baseOf(volume?.parentLocation) === name ? name : undefined);
    if (taken === undefined) continue;
    throw precondition(
      `blockdevice ${JSON.stringify(taken)} is in use by volume ${JSON.stringify(id)}`,
    );
  }
}

function wipe(
  machine: Machine,
  state: Resources,
  { device: name, method, dropPartition }: BlockDeviceWipeDescriptor,
): void {
  if (isMounted(state, name)) throw busy(name);
  if (method !== 'FAST' && method !== 'ZEROES') {
    throw new ServerStatus('invalid-argument', `unsupported wipe method ${method}`);
  }
  const disks = machine.state(storage);
  const { parent, partitionNumber: number = 0 } = state.spec(blockDeviceKind, name) ?? {};
  if (name === SYSTEM_DISK && machine.state(installation).isInstalled) {
    wipeSystemDisk(machine);
    disks.changed();
  } else if (parent === SYSTEM_DISK) {
    const label = partitions[number - 1]?.label ?? '';
    wipeVolumes(machine, [label]);
    disks.wipedPartitions.set(number, dropPartition ? 'dropped' : 'blank');
    disks.changed();
  } else {
    const device = disks.find(name);
    if (device !== undefined) disks.wipe(device);
    if (dropPartition && parent !== undefined) disks.drop(name);
  }
}

function isMounted(state: Resources, name: string): boolean {
  return ids(state, volumeMountKind).some((id) => {
    const source = baseOf(state.spec(volumeMountKind, id)?.source);
    return source === name || state.spec(blockDeviceKind, source)?.parent === name;
  });
}

function ids(state: Resources, { namespace, type }: { namespace: string; type: string }): string[] {
  return state
    .collection(namespace, type)
    .list()
    .map(({ metadata }) => metadata.id);
}

function baseOf(path = ''): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function precondition(message: string): ServerStatus {
  return new ServerStatus('failed-precondition', message);
}
