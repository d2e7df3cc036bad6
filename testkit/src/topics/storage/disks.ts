import type { Random } from '../../base/random.js';
import type { Disk, DiskInit, Partition } from './device.js';

/** The disk that Talos is installed on. */
export const SYSTEM_DISK = 'sda';

/** In bytes. */
const MIB = 2 ** 20;

const SCSI_MAJOR = 8;
const LOOP_MAJOR = 7;
const FIRST_OFFSET = MIB;

const hardDisk: Omit<DiskInit, 'name' | 'size'> = {
  transport: 'virtio',
  model: 'QEMU HARDDISK',
  rotational: false,
  readonly: false,
  cdrom: false,
};

/** The loop device that the root file system is on. */
export function rootDisk(): Disk {
  return {
    ...hardDisk,
    name: 'loop0',
    size: 76 * MIB,
    transport: '',
    model: '',
    readonly: true,
    major: LOOP_MAJOR,
    minor: 0,
    content: { name: 'squashfs', uuid: '' },
    generation: 1,
    partitions: [],
    symlinks: [],
    secondaries: [],
  };
}

/** A disk that was just attached, the `index`-th of its kind. */
export function newDisk(
  init: Pick<DiskInit, 'name' | 'size'> & Partial<DiskInit>,
  index: number,
  random: Random,
): Disk {
  return {
    ...hardDisk,
    ...init,
    major: SCSI_MAJOR,
    minor: index * 16,
    content: undefined,
    generation: 1,
    partitions: [],
    symlinks: [`/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_${serialOf(init, random)}`],
    secondaries: [],
  };
}

/** The serial number of a disk. */
export function serialOf({ name }: Pick<DiskInit, 'name'>, random: Random): string {
  return random.fork(`disk/${name}`).hex(20);
}

/** Bytes of a disk that no partition has, behind the last one. */
export function freeBytes({ size, partitions }: Disk): number {
  // The second copy of the partition table is at the end.
  return size - nextOffset(partitions) - MIB;
}

function nextOffset(partitions: readonly Partition[]): number {
  return partitions.reduce((next, { offset, size }) => Math.max(next, offset + size), FIRST_OFFSET);
}

/** Adds a partition behind the others; the disk gets a partition table first when it has none. */
export function addPartition(
  disk: Disk,
  { label, size }: { readonly label: string; readonly size: number },
  random: Random,
): Partition {
  const source = random.fork(`partition/${disk.name}/${label}/${disk.generation}`);
  disk.content ??= { name: 'gpt', uuid: source.uuid() };
  const numbers = new Set(disk.partitions.map(({ number }) => number));
  let number = 1;
  while (numbers.has(number)) number += 1;
  const partition: Partition = {
    name: /\d$/.test(disk.name) ? `${disk.name}p${number}` : `${disk.name}${number}`,
    number,
    label,
    size,
    offset: nextOffset(disk.partitions),
    partitionUuid: source.uuid(),
    major: disk.major,
    minor: disk.minor + number,
    content: undefined,
    generation: 1,
  };
  disk.partitions.push(partition);
  disk.partitions.sort((one, other) => one.number - other.number);
  disk.generation += 1;
  return partition;
}
