import type { StorageMethods } from 'talos-client/storage';
import type { Disk_DiskType } from '../../generated/storage.js';
import type { HandlersOf } from '../base/calls/rpc.js';
import { ServerStatus } from '../base/calls/status.js';
import { type DiskSpec, diskKind, systemDiskKind } from '../topics/cosi/kinds/disks.js';
import { resources } from '../topics/cosi/resources.js';
import { storage } from '../topics/storage/storage.js';
import { wipeDevices } from '../topics/storage/wipe.js';

/** The disks of a node, and what destroys what is on them. */
export const storageHandlers: HandlersOf<StorageMethods> = {
  /** Older than the resources, and made of them. */
  async disks({ machine }) {
    const state = machine.state(resources);
    for (const { type } of [diskKind, systemDiskKind]) await state.ready(type);
    const systemDisk = state.spec(systemDiskKind, 'system-disk')?.diskID;
    const { namespace, type } = diskKind;
    const disks = state
      .collection(namespace, type)
      .list()
      .flatMap(({ metadata: { id } }) => {
        const disk = state.spec(diskKind, id);
        return disk === undefined ? [] : [shown(id, disk, systemDisk)];
      });
    return { disks };
  },

  blockDeviceWipe: ({ machine }, { devices }) => wipeDevices(machine, devices),

  logicalVolumeRemove({ machine }, { volumeGroup, logicalVolume }) {
    if (volumeGroup === '' || logicalVolume === '') {
      throw new ServerStatus('invalid-argument', 'volume_group and logical_volume must be set');
    }
    const disks = machine.state(storage);
    disks.lvm.removeVolume(volumeGroup, logicalVolume);
    disks.changed();
  },

  volumeGroupRemove({ machine }, { volumeGroup }) {
    if (volumeGroup === '') {
      throw new ServerStatus('invalid-argument', 'volume_group must be set');
    }
    const disks = machine.state(storage);
    try {
      disks.lvm.removeGroup(volumeGroup);
    } finally {
      // Some of its volumes may be gone although the group is not.
      disks.changed();
    }
  },

  physicalVolumeRemove({ machine }, { device }) {
    if (device === '') throw new ServerStatus('invalid-argument', 'device must be set');
    const disks = machine.state(storage);
    disks.lvm.removePhysicalVolume(device);
    disks.changed();
  },

  mdDestroy({ machine }, { device }) {
    if (device === '') throw new ServerStatus('invalid-argument', 'device must be set');
    if (!device.startsWith('/dev/')) {
      throw new ServerStatus('invalid-argument', 'device must be a full /dev path');
    }
    machine.state(storage).destroyRaid(device);
  },
};

function shown(id: string, disk: DiskSpec, systemDisk: string | undefined) {
  const { model, serial, modalias, wwid, readonly } = disk;
  return {
    deviceName: `/dev/${id}`,
    size: BigInt(disk.size),
    type: typeOf(disk),
    busPath: disk.bus_path,
    subsystem: disk.sub_system,
    systemDisk: id === systemDisk,
    model,
    serial,
    modalias,
    wwid,
    readonly,
  };
}

function typeOf({ cdrom, transport, rotational }: DiskSpec): Disk_DiskType {
  if (cdrom) return 'CD';
  if (transport === 'nvme') return 'NVME';
  if (transport === 'mmc') return 'SD';
  if (rotational === true) return 'HDD';
  return transport === undefined || transport === '' ? 'UNKNOWN' : 'SSD';
}
