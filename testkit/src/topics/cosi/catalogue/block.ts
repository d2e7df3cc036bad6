import type { Machine } from '../../../base/machine.js';
import { type Content, type Disk, devicePathOf, pathOf } from '../../storage/device.js';
import { SYSTEM_DISK } from '../../storage/disks.js';
import { storage } from '../../storage/storage.js';
import { installation } from '../../system/installation.js';
import {
  blockDeviceKind,
  blockSymlinkKind,
  type DiscoveredVolumeSpec,
  discoveredVolumeKind,
  discoveryRefreshStatusKind,
  diskKind,
  systemDiskKind,
  userDiskConfigStatusKind,
} from '../kinds/disks.js';
import { mountStatusKind } from '../kinds/kernel.js';
import {
  volumeConfigKind,
  volumeMountKind,
  volumeMountStatusKind,
  volumeStatusKind,
} from '../kinds/volumes.js';
import { type Published, publish, type ResourceSource } from '../source.js';
import { prettySize } from '../values.js';
import { LINUX_DATA, MIB, partitions, type SystemPartition } from './partitions.js';
import { missingVolume, userVolumeResources, uuidsOf, volumeResources } from './volumes.js';

/** The partitions that are volumes; EFI is mounted by the installer alone. */
const volumes = partitions.filter(({ label }) => label !== 'EFI');

/** The disks of a node and, once Talos is installed, the volumes on them. */
export const blockSource: ResourceSource = {
  kinds: [
    discoveryRefreshStatusKind,
    userDiskConfigStatusKind,
    systemDiskKind,
    volumeStatusKind,
    blockDeviceKind,
    blockSymlinkKind,
    diskKind,
    discoveredVolumeKind,
    volumeConfigKind,
    volumeMountKind,
    volumeMountStatusKind,
    mountStatusKind,
  ],
  topics: ['machine', 'installation', 'storage'],
  *resources(machine: Machine): Generator<Published> {
    const { isInstalled } = machine.state(installation);
    const { disks, wipedPartitions, volumes: userVolumes } = machine.state(storage);
    for (const disk of disks) yield* diskResources(machine, disk, isInstalled);
    for (const volume of userVolumes) yield* userVolumeResources(disks, volume);
    yield publish(discoveryRefreshStatusKind, 'refresh', { request: 1 });
    if (!machine.inMaintenance) {
      yield publish(userDiskConfigStatusKind, 'user-disks', { ready: true, tornDown: false });
    }
    if (!isInstalled) {
      for (const { label } of volumes) yield* missingVolume(label);
      return;
    }
    yield publish(systemDiskKind, 'system-disk', {
      diskID: SYSTEM_DISK,
      devPath: `/dev/${SYSTEM_DISK}`,
    });
    let offset = MIB;
    for (const [index, partition] of partitions.entries()) {
      const state = wipedPartitions.get(index + 1);
      if (state !== 'dropped') {
        const { label } = partition;
        yield* partitionResources(machine.state(storage).systemDisk, {
          name: `${SYSTEM_DISK}${index + 1}`,
          number: index + 1,
          minor: index + 1,
          offset,
          generation: 1,
          partitionUuid: uuidsOf(machine, label).partitionUuid,
          ...partition,
          ...(state === 'blank' ? {} : { content: contentOf(machine, partition) }),
        });
      }
      offset += partition.size;
    }
    for (const volume of volumes) {
      // META is read before there is a configuration; what else there is waits for one.
      if (machine.inMaintenance && volume.label !== 'META') yield* missingVolume(volume.label);
      else yield* volumeResources(machine, volume, partitions.indexOf(volume) + 1);
    }
  },
};

function* diskResources(machine: Machine, disk: Disk, isInstalled: boolean): Generator<Published> {
  const { name, size, model, transport, readonly, cdrom, rotational, secondaries } = disk;
  const random = machine.random.fork(`disk/${name}`);
  const serial = random.hex(20);
  const isHardware = model !== '';
  const dev_path = pathOf(disk);
  const device_path = devicePathOf(disk);
  yield publish(blockDeviceKind, name, {
    type: 'disk',
    major: disk.major,
    minor: disk.minor,
    devicePath: device_path,
    generation: disk.generation,
    ...(secondaries.length > 0 ? { secondaries } : {}),
  });
  yield publish(blockSymlinkKind, name, { paths: disk.symlinks });
  yield publish(diskKind, name, {
    dev_path,
    size,
    pretty_size: prettySize(size),
    io_size: 512,
    sector_size: 512,
    readonly,
    cdrom,
    ...(isHardware
      ? {
          model,
          serial,
          wwid: `t10.QEMU    ${model}   ${serial}`,
          uuid: random.uuid(),
          bus_path: '/pci0000:00/0000:00:04.0/virtio1/host0/target0:0:0/0:0:0:0',
          transport,
        }
      : {}),
    sub_system: '/sys/class/block',
    ...(rotational ? { rotational } : {}),
    ...(secondaries.length > 0 ? { secondary_disks: secondaryDisks(machine, secondaries) } : {}),
    symlinks: disk.symlinks,
  });
  const content =
    name === SYSTEM_DISK && isInstalled ? { name: 'gpt', uuid: random.uuid() } : disk.content;
  yield publish(discoveredVolumeKind, name, {
    dev_path,
    type: 'disk',
    device_path,
    ...volumeSizes(size, 0),
    ...found(content, size),
  });
  for (const partition of disk.partitions) {
    yield* partitionResources(disk, { ...partition, typeUuid: LINUX_DATA });
  }
}

/** The disks that other devices are made of, whole or in part. */
function secondaryDisks(machine: Machine, secondaries: readonly string[]): readonly string[] {
  const { disks } = machine.state(storage);
  return secondaries.map((name) => {
    const parent = disks.find(({ partitions: parts }) => parts.some((one) => one.name === name));
    return parent?.name ?? name;
  });
}

/** A partition of any disk. */
interface PartitionFacts {
  readonly name: string;
  readonly number: number;
  readonly minor: number;
  readonly label: string;
  readonly size: number;
  readonly offset: number;
  readonly generation: number;
  readonly typeUuid: string;
  readonly partitionUuid: string;
  readonly content?: Content | undefined;
}

function* partitionResources(disk: Disk, partition: PartitionFacts): Generator<Published> {
  const { name, number, label, size, content } = partition;
  const device_path = `${devicePathOf(disk)}/${name}`;
  yield publish(blockDeviceKind, name, {
    type: 'partition',
    major: disk.major,
    minor: partition.minor,
    partitionName: label,
    partitionNumber: number,
    devicePath: device_path,
    generation: partition.generation,
    parent: disk.name,
  });
  yield publish(discoveredVolumeKind, name, {
    dev_path: `/dev/${name}`,
    type: 'partition',
    device_path,
    parent: disk.name,
    parent_dev_path: pathOf(disk),
    ...volumeSizes(size, partition.offset),
    ...found(content, size),
    ...(content === undefined || content.uuid === '' ? {} : { block_size: 512 }),
    partition_uuid: partition.partitionUuid,
    partition_type: partition.typeUuid,
    partition_label: label,
    partition_index: number,
  });
}

/** What was found on a device. What nothing was written to has no name. */
function found(content: Content | undefined, size: number) {
  if (content === undefined) return { name: '' };
  const { name, uuid, label } = content;
  return {
    name,
    ...(uuid === '' ? {} : { uuid, probed_size: size }),
    ...(label === undefined ? {} : { label }),
  };
}

function contentOf(machine: Machine, { label, filesystem }: SystemPartition): Content {
  if (filesystem === 'none') return { name: 'talosmeta', uuid: '' };
  return { name: filesystem, uuid: uuidsOf(machine, label).uuid, label };
}

function volumeSizes(size: number, offset: number) {
  const sizes: Pick<
    DiscoveredVolumeSpec,
    'offset' | 'size' | 'pretty_size' | 'sector_size' | 'io_size'
  > = { offset, size, pretty_size: prettySize(size), sector_size: 512, io_size: 512 };
  return sizes;
}
