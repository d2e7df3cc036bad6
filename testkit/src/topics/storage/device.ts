/** What is found on a device when it is probed. */
export interface Content {
  /** `gpt`, `xfs`, `lvm2-pv`, `linux_raid_member`. */
  readonly name: string;
  readonly uuid: string;
  readonly label?: string;
}

/** A block device of the kernel, which may hold something. */
export interface Device {
  /** In /dev: `sdb1`. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly major: number;
  readonly minor: number;
  /** Absent while the device is blank. */
  content: Content | undefined;
  /** How often it has changed, from 1. */
  generation: number;
}

/** Part of a disk that is not the system disk. */
export interface Partition extends Device {
  readonly number: number;
  /** In the partition table. */
  readonly label: string;
  /** In bytes, from the start of the disk. */
  readonly offset: number;
  /** Of the entry in the partition table. */
  readonly partitionUuid: string;
}

/** What a disk is by its make. Defaults are those of disks that are attached. */
export interface DiskInit {
  /** In /dev: `sdc`. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** How it is attached: `virtio`, `nvme`, `sata`, `mmc`; empty when nothing says. Default: `virtio`. */
  readonly transport: string;
  readonly model: string;
  readonly rotational: boolean;
  readonly readonly: boolean;
  readonly cdrom: boolean;
}

/** A disk, or what the kernel shows as one: a loop device, a logical volume, a software RAID. */
export interface Disk extends Device, DiskInit {
  /** By number; those of the system disk come from the installation. */
  readonly partitions: Partition[];
  /** Other paths of it. */
  readonly symlinks: readonly string[];
  /** The devices it is made of. */
  readonly secondaries: readonly string[];
}

/**
 * A disk that the kernel makes of `secondaries`, as LVM and software RAID have them: it has nothing on
 * it, and nothing of hardware.
 */
export function assembledDisk(
  disk: Pick<Disk, 'name' | 'size' | 'major' | 'minor' | 'symlinks' | 'secondaries'>,
): Disk {
  return {
    ...disk,
    content: undefined,
    generation: 1,
    transport: '',
    model: '',
    rotational: false,
    readonly: false,
    cdrom: false,
    partitions: [],
  };
}

/** Where a disk is in `/sys`. */
export function devicePathOf({ name, model }: Pick<Disk, 'name' | 'model'>): string {
  return model === ''
    ? `/devices/virtual/block/${name}`
    : `/devices/pci0000:00/0000:00:04.0/virtio1/host0/block/${name}`;
}

/** The path of a device. */
export function pathOf({ name }: Pick<Device, 'name'>): string {
  return `/dev/${name}`;
}

/** Changes what is on a device. */
export function setContent(device: Device, content: Content | undefined): void {
  device.content = content;
  device.generation += 1;
}
