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
  type Filesystem,
  type MountSpec,
  volumeConfigKind,
  volumeMountKind,
  volumeMountStatusKind,
  volumeStatusKind,
} from '../kinds/volumes.js';
import { type Published, publish, type ResourceSource } from '../source.js';
import { prettySize } from '../values.js';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

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

/** A partition of the system disk, and the volume that is on it. */
interface SystemPartition {
  readonly label: string;
  readonly size: number;
  readonly filesystem: Filesystem;
  readonly typeUuid: string;
  readonly mount?: MountSpec;
}

const LINUX_DATA = '0fc63daf-8483-4772-8e79-3d69d8477de4';

const partitions: readonly SystemPartition[] = [
  {
    label: 'EFI',
    size: 2 * GIB,
    filesystem: 'vfat',
    typeUuid: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  },
  { label: 'META', size: MIB, filesystem: 'none', typeUuid: LINUX_DATA },
  {
    label: 'STATE',
    size: 100 * MIB,
    filesystem: 'xfs',
    typeUuid: LINUX_DATA,
    mount: {
      targetPath: '/system/state',
      selinuxLabel: 'system_u:object_r:system_state_t:s0',
      projectQuotaSupport: false,
    },
  },
  {
    label: 'EPHEMERAL',
    size: 18 * GIB - 103 * MIB,
    filesystem: 'xfs',
    typeUuid: LINUX_DATA,
    mount: {
      targetPath: '/var',
      selinuxLabel: 'system_u:object_r:ephemeral_t:s0',
      projectQuotaSupport: true,
      secure: true,
    },
  },
];

/** The disks of a node and, once it is installed, the volumes on them. */
export const blockSource: ResourceSource = {
  kinds: [
    discoveryRefreshStatusKind,
    systemDiskKind,
    userDiskConfigStatusKind,
    blockDeviceKind,
    blockSymlinkKind,
    diskKind,
    discoveredVolumeKind,
    volumeConfigKind,
    volumeStatusKind,
    volumeMountKind,
    volumeMountStatusKind,
    mountStatusKind,
  ],
  topics: ['machine', 'storage'],
  *resources(machine: Machine): Generator<Published> {
    for (const disk of disks) yield* diskResources(machine, disk);
    yield publish(discoveryRefreshStatusKind, 'refresh', { request: 1 });
    if (machine.inMaintenance) return;
    yield publish(systemDiskKind, 'system-disk', { diskID: 'sda', devPath: '/dev/sda' });
    yield publish(userDiskConfigStatusKind, 'user-disks', { ready: true, tornDown: false });
    let offset = MIB;
    for (const [index, partition] of partitions.entries()) {
      yield* partitionResources(machine, partition, index + 1, offset);
      yield* volumeResources(machine, partition, index + 1);
      offset += partition.size;
    }
  },
};

function* diskResources(machine: Machine, { name, size, minor }: Disk): Generator<Published> {
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
  const isSystemDisk = name === 'sda' && !machine.inMaintenance;
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
  // Talos mounts the EFI partition itself, when it installs.
  if (label === 'EFI') return;
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
