import type { Machine } from '../../../base/machine.js';
import { pathOf } from '../../storage/device.js';
import {
  EXTENT_BYTES,
  type LogicalVolume,
  type Lvm,
  type PhysicalVolume,
  type VolumeGroup,
} from '../../storage/lvm.js';
import { RESYNC_MS } from '../../storage/node-storage.js';
import { arrayPath, type RaidArray } from '../../storage/raid.js';
import { storage } from '../../storage/storage.js';
import {
  logicalVolumeStatusKind,
  mdArrayStatusKind,
  physicalVolumeStatusKind,
  volumeGroupStatusKind,
} from '../kinds/storage.js';
import { type Published, publish, type ResourceSource } from '../source.js';
import { prettySize } from '../values.js';

/** LVM and software RAID. */
export const storageSource: ResourceSource = {
  kinds: [
    volumeGroupStatusKind,
    logicalVolumeStatusKind,
    physicalVolumeStatusKind,
    mdArrayStatusKind,
  ],
  topics: ['storage'],
  *resources(machine: Machine): Generator<Published> {
    const disks = machine.state(storage);
    const { lvm, raids } = disks;
    for (const group of lvm.groups) yield groupStatus(lvm, group);
    for (const volume of lvm.logicalVolumes) {
      yield volumeStatus(volume, disks.isBusy(volume.disk));
    }
    for (const volume of lvm.physicalVolumes) yield deviceStatus(lvm, volume);
    for (const array of raids.arrays) yield arrayStatus(machine, array);
  },
};

function groupStatus(lvm: Lvm, group: VolumeGroup): Published {
  const { name, uuid } = group;
  const devices = lvm.devicesOf(group);
  const extents = devices.reduce((sum, volume) => sum + volume.extents, 0);
  const free = devices.reduce((sum, volume) => sum + lvm.freeExtents(volume), 0);
  const volumes = lvm.logicalVolumes.filter((volume) => volume.group === group);
  return publish(volumeGroupStatusKind, name, {
    name,
    uuid,
    format: 'lvm2',
    permissions: 'writeable',
    extendable: 'extendable',
    exported: '',
    partial: '',
    allocationPolicy: 'normal',
    clustered: '',
    shared: '',
    size: bytes(extents),
    free: bytes(free),
    extentSize: String(EXTENT_BYTES),
    extentCount: String(extents),
    freeExtentCount: String(free),
    lvCount: String(volumes.length),
    pvCount: String(devices.length),
    seqNo: String(group.sequence),
    tags: [],
    prettySize: prettySize(extents * EXTENT_BYTES),
    prettyFree: prettySize(free * EXTENT_BYTES),
  });
}

function volumeStatus(
  { name, group, uuid, extents, disk }: LogicalVolume,
  isOpen: boolean,
): Published {
  const [dmPath = '', path = ''] = disk.symlinks;
  return publish(logicalVolumeStatusKind, `${group.name}-${name}`, {
    path,
    dmPath,
    name,
    fullName: `${group.name}/${name}`,
    vgName: group.name,
    uuid,
    layout: 'linear',
    role: 'public',
    permissions: 'writeable',
    allocationPolicy: 'inherit',
    active: 'active',
    deviceOpen: isOpen ? 'open' : '',
    size: bytes(extents),
    tags: [],
    prettySize: prettySize(extents * EXTENT_BYTES),
  });
}

function deviceStatus(lvm: Lvm, volume: PhysicalVolume): Published {
  const { device, uuid, extents, group } = volume;
  const free = lvm.freeExtents(volume);
  // Only as part of a group a device is divided.
  const size = group === undefined ? String(device.size) : bytes(extents);
  return publish(physicalVolumeStatusKind, device.name, {
    device: pathOf(device),
    vgName: group?.name ?? '',
    uuid,
    format: 'lvm2',
    allocatable: group === undefined ? '' : 'allocatable',
    exported: '',
    missing: '',
    inUse: group === undefined ? '' : 'used',
    size,
    deviceSize: String(device.size),
    free: group === undefined ? size : bytes(free),
    used: bytes(extents - free),
    tags: [],
    prettySize: prettySize(Number(size)),
    prettyDeviceSize: prettySize(device.size),
    prettyFree: prettySize(group === undefined ? device.size : free * EXTENT_BYTES),
  });
}

function arrayStatus({ clock }: Machine, { name, uuid, members, createdAt }: RaidArray): Published {
  const isSynced = clock.now() - createdAt >= RESYNC_MS;
  return publish(mdArrayStatusKind, name, {
    level: 'raid1',
    device: arrayPath(name),
    members: members.map(pathOf),
    status: isSynced ? 'ready' : 'rebuilding',
    raidDevices: members.length,
    uuid,
    name: `talos:${name}`,
    metadata: '1.0',
    arrayState: isSynced ? 'clean' : 'active',
    syncAction: isSynced ? 'idle' : 'resync',
  });
}

function bytes(extents: number): string {
  return String(extents * EXTENT_BYTES);
}
