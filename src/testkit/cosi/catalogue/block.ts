import { installation } from '../../machine/installation.js';
import type { Machine } from '../../machine/machine.js';
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
import { GIB, MIB, partitions, type SystemPartition } from './partitions.js';

/** A disk of a node. */
interface Disk {
  readonly name: string;
  readonly size: number;
  readonly minor: number;
}

const disks: readonly Disk[] = [
  { name: 'sda', size: 20 * GIB, minor: 0 },
  { name: 'sdb', size: 10 * GIB, minor: 16 },
];

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
    for (const disk of disks) yield* diskResources(machine, disk, isInstalled);
    yield publish(discoveryRefreshStatusKind, 'refresh', { request: 1 });
    if (!machine.inMaintenance) {
      yield publish(userDiskConfigStatusKind, 'user-disks', { ready: true, tornDown: false });
    }
    if (!isInstalled) {
      for (const { label } of volumes) yield* missingVolume(label);
      return;
    }
    yield publish(systemDiskKind, 'system-disk', { diskID: 'sda', devPath: '/dev/sda' });
    let offset = MIB;
    for (const [index, partition] of partitions.entries()) {
      yield* partitionResources(machine, partition, index + 1, offset);
      offset += partition.size;
    }
    for (const volume of volumes) {
      // META is read before there is a configuration; what else there is waits for one.
      if (machine.inMaintenance && volume.label !== 'META') yield* missingVolume(volume.label);
      else yield* volumeResources(machine, volume, partitions.indexOf(volume) + 1);
    }
  },
};

/** What Talos knows of a volume that it did not find, or does not look for yet. */
function* missingVolume(label: string): Generator<Published> {
  yield publish(volumeStatusKind, label, {
    phase: label === 'EPHEMERAL' ? 'waiting' : 'missing',
    type: 'partition',
    filesystem: 'none',
    encryptionProvider: 'none',
  });
}

function* diskResources(
  machine: Machine,
  { name, size, minor }: Disk,
  isInstalled: boolean,
): Generator<Published> {
  const random = machine.random.fork(`disk/${name}`);
  const serial = random.hex(20);
  const dev_path = `/dev/${name}`;
  const device_path = `/devices/pci0000:00/0000:00:04.0/virtio1/host0/block/${name}`;
  const symlinks = [`/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_${serial}`];
  yield publish(blockDeviceKind, name, {
    type: 'disk',
    major: 8,
    minor,
    devicePath: device_path,
    generation: 1,
  });
  yield publish(blockSymlinkKind, name, { paths: symlinks });
  yield publish(diskKind, name, {
    dev_path,
    size,
    pretty_size: prettySize(size),
    io_size: 512,
    sector_size: 512,
    readonly: false,
    cdrom: false,
    model: 'QEMU HARDDISK',
    serial,
    wwid: `t10.QEMU    QEMU HARDDISK   ${serial}`,
    uuid: random.uuid(),
    bus_path: '/pci0000:00/0000:00:04.0/virtio1/host0/target0:0:0/0:0:0:0',
    sub_system: '/sys/class/block',
    transport: 'virtio',
    symlinks,
  });
  const isSystemDisk = name === 'sda' && isInstalled;
  yield publish(discoveredVolumeKind, name, {
    dev_path,
    type: 'disk',
    device_path,
    ...volumeSizes(size, 0),
    // A disk that nothing was written to has no name.
    name: isSystemDisk ? 'gpt' : '',
    ...(isSystemDisk ? { uuid: random.uuid(), probed_size: size } : {}),
  });
}

function* partitionResources(
  machine: Machine,
  { label, size, filesystem, typeUuid }: SystemPartition,
  number: number,
  offset: number,
): Generator<Published> {
  const name = `sda${number}`;
  const device_path = `/devices/pci0000:00/0000:00:04.0/virtio1/host0/block/sda/${name}`;
  const { uuid, partitionUuid } = uuidsOf(machine, label);
  yield publish(blockDeviceKind, name, {
    type: 'partition',
    major: 8,
    minor: number,
    partitionName: label,
    partitionNumber: number,
    devicePath: device_path,
    generation: 1,
    parent: 'sda',
  });
  yield publish(discoveredVolumeKind, name, {
    dev_path: `/dev/${name}`,
    type: 'partition',
    device_path,
    parent: 'sda',
    parent_dev_path: '/dev/sda',
    ...volumeSizes(size, offset),
    name: filesystem === 'none' ? 'talosmeta' : filesystem,
    ...(filesystem === 'none' ? {} : { uuid, label, block_size: 512, probed_size: size }),
    partition_uuid: partitionUuid,
    partition_type: typeUuid,
    partition_label: label,
    partition_index: number,
  });
}

function volumeSizes(size: number, offset: number) {
  const sizes: Pick<
    DiscoveredVolumeSpec,
    'offset' | 'size' | 'pretty_size' | 'sector_size' | 'io_size'
  > = { offset, size, pretty_size: prettySize(size), sector_size: 512, io_size: 512 };
  return sizes;
}

function* volumeResources(
  machine: Machine,
  { label, size, filesystem, typeUuid, mount }: SystemPartition,
  number: number,
): Generator<Published> {
  const { uuid, partitionUuid } = uuidsOf(machine, label);
  const location = `/dev/sda${number}`;
  yield publish(volumeConfigKind, label, {
    type: 'partition',
    provisioning: {
      partitionSpec: {
        minSize: size,
        maxSize: label === 'EPHEMERAL' ? 0 : size,
        relativeMaxSize: 0,
        negativeMaxSize: false,
        grow: label === 'EPHEMERAL',
        label,
        typeUUID: typeUuid,
      },
      filesystemSpec: { type: filesystem, label },
    },
    locator: {},
    ...(mount === undefined ? {} : { mount }),
  });
  yield publish(volumeStatusKind, label, {
    phase: 'ready',
    type: 'partition',
    location,
    mountLocation: location,
    partitionIndex: number,
    parentLocation: '/dev/sda',
    uuid,
    partitionUUID: partitionUuid,
    size,
    prettySize: prettySize(size),
    filesystem,
    encryptionProvider: 'none',
    ...(mount === undefined ? {} : { mountSpec: mount }),
  });
  if (mount === undefined) return;
  yield publish(volumeMountKind, label, {
    spec: {
      volumeID: label,
      parentID: '',
      readOnly: false,
      detached: false,
      requesters: ['sequencer'],
      requesterIDs: [`sequencer-${label}`],
    },
    source: location,
    target: mount.targetPath,
    filesystem,
    readOnly: false,
    projectQuotaSupport: mount.projectQuotaSupport,
    detached: false,
  });
  yield publish(volumeMountStatusKind, `sequencer-${label}`, {
    volumeID: label,
    requester: 'sequencer',
    target: mount.targetPath,
    readOnly: false,
    detached: false,
    disableAccessTime: false,
    secure: mount.secure ?? false,
    noExec: false,
  });
  yield publish(mountStatusKind, label, {
    source: location,
    target: mount.targetPath,
    filesystemType: filesystem,
    options: [],
    encrypted: false,
  });
}

function uuidsOf({ random }: Machine, label: string) {
  const source = random.fork(`volume/${label}`);
  return { uuid: source.uuid(), partitionUuid: source.uuid() };
}
