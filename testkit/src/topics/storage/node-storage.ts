import { checkOptions, flag, number, type Shape, text } from 'talos-client/options';
import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { type Device, type Disk, type DiskInit, pathOf, setContent } from './device.js';
import { addPartition, newDisk, rootDisk, SYSTEM_DISK } from './disks.js';
import { Lvm } from './lvm.js';
import { type RaidArray, Raids } from './raid.js';

/** A volume that the configuration asks for: a file system on a device of its own. */
export interface UserVolume {
  /** `u-data` for a volume of the name `data`. */
  readonly id: string;
  readonly name: string;
  readonly type: 'partition' | 'disk';
  readonly filesystem: 'xfs' | 'ext4';
  /** Where it is; mounted when it is somewhere. */
  readonly device: Device | undefined;
  /** Why it is nowhere. */
  readonly problem: string | undefined;
}

/** A disk to attach to a node: only its name and size have to be said. */
export interface DiskOptions extends Partial<DiskInit> {
  readonly name: string;
  readonly size: number;
}

const diskShape: Shape<DiskOptions> = {
  name: text,
  size: number,
  transport: text,
  model: text,
  rotational: flag,
  readonly: flag,
  cdrom: flag,
};

const GIB = 2 ** 30;

/** How long the members of a new RAID take to be the same, in milliseconds. */
export const RESYNC_MS = 2_000;

/**
 * The disks of a node and what is made of them: partitions, LVM, software RAID and the volumes of
 * users. It stays when the node goes down. Notifies `storage`.
 *
 * The partitions of the system disk are not here: they come with the installation.
 */
export class Storage {
  readonly lvm: Lvm;
  readonly raids: Raids;
  readonly #machine: Machine;
  readonly #disks: Disk[];
  readonly #systemDisk: Disk;
  #volumes: readonly UserVolume[] = [];
  #wipedPartitions = { boots: 0, states: new Map<number, 'blank' | 'dropped'>() };

  constructor(machine: Machine) {
    this.#machine = machine;
    const { random } = machine;
    this.#systemDisk = newDisk({ name: SYSTEM_DISK, size: 20 * GIB }, 0, random);
    this.#disks = [
      rootDisk(),
      this.#systemDisk,
      newDisk({ name: 'sdb', size: 10 * GIB }, 1, random),
    ];
    this.lvm = new Lvm(random, (device) => this.isBusy(device));
    this.raids = new Raids(random, (device) => this.isBusy(device));
  }

  /** Every disk, and what looks like one: RAIDs and logical volumes last. */
  get disks(): readonly Disk[] {
    return [
      ...this.#disks,
      ...this.raids.arrays.map(({ disk }) => disk),
      ...this.lvm.logicalVolumes.map(({ disk }) => disk),
    ];
  }

  /** The disk that Talos is installed on. */
  get systemDisk(): Disk {
    return this.#systemDisk;
  }

  /** The volumes that the configuration asks for. */
  get volumes(): readonly UserVolume[] {
    return this.#volumes;
  }

  /** Says which volumes the configuration asks for now, and where they are. */
  setVolumes(volumes: readonly UserVolume[]): void {
    this.#volumes = volumes;
    this.changed();
  }

  /**
   * Attaches a blank disk, as a hypervisor does while the node runs.
   *
   * @throws {RangeError} when there is one of the name.
   */
  attach(init: DiskOptions): Disk {
    checkOptions(init, diskShape, 'attachDisk', "{ name: 'sdc', size: 2 ** 30 }");
    if (this.find(init.name) !== undefined) {
      throw new RangeError(`${this.#machine.name} has a disk ${init.name} already`);
    }
    const disk = newDisk(init, this.#disks.length - 1, this.#machine.random);
    this.#disks.push(disk);
    this.changed();
    return disk;
  }

  /** Adds a partition to a disk that is not the system disk. */
  addPartition(disk: Disk, wanted: { readonly label: string; readonly size: number }): Device {
    const partition = addPartition(disk, wanted, this.#machine.random);
    this.changed();
    return partition;
  }

  /** Makes a RAID of blank devices, which takes a while to be in order. */
  createRaid(name: string, members: readonly Device[]): RaidArray {
    const { clock } = this.#machine;
    const array = this.raids.create(name, members, clock.now());
    clock.setTimer(RESYNC_MS, () => this.changed());
    this.changed();
    return array;
  }

  /**
   * Stops a RAID and makes its members blank; what LVM had on it is gone.
   *
   * @throws {ServerStatus} `not-found`, or `failed-precondition` while it is in use.
   */
  destroyRaid(path: string): void {
    const { disk } = this.raids.destroy(path);
    this.lvm.forget(disk);
    this.changed();
  }

  /** The device of a name that is not on the system disk. */
  find(name: string): Device | undefined {
    for (const disk of this.disks) {
      if (disk.name === name) return disk;
      const partition = disk.partitions.find((one) => one.name === name);
      if (partition !== undefined) return partition;
    }
    return undefined;
  }

  /** Whether a device, or a part of it, is mounted or has another device on it. */
  isBusy(device: Device): boolean {
    if (this.#volumes.some((volume) => volume.device === device)) return true;
    if (this.disks.some(({ secondaries }) => secondaries.includes(device.name))) return true;
    return 'partitions' in device && (device as Disk).partitions.some((one) => this.isBusy(one));
  }

  /**
   * Makes a device blank; a disk loses its partitions.
   *
   * @throws {ServerStatus} `failed-precondition` while something holds it open.
   */
  wipe(device: Device): void {
    if (this.isBusy(device)) throw busy(device.name);
    this.lvm.forget(device);
    const disk = this.#disks.find((one) => one === device);
    for (const partition of disk?.partitions ?? []) this.lvm.forget(partition);
    disk?.partitions.splice(0);
    setContent(device, undefined);
    this.changed();
  }

  /** Removes the entry of a partition from its disk. */
  drop(name: string): void {
    for (const disk of this.#disks) {
      const index = disk.partitions.findIndex((one) => one.name === name);
      if (index < 0) continue;
      disk.partitions.splice(index, 1);
      disk.generation += 1;
    }
    this.changed();
  }

  /**
   * What became of partitions of the system disk, by number, since the node was booted: the next
   * boot makes them anew.
   */
  get wipedPartitions(): Map<number, 'blank' | 'dropped'> {
    const { boots } = this.#machine;
    if (this.#wipedPartitions.boots !== boots) this.#wipedPartitions = { boots, states: new Map() };
    return this.#wipedPartitions.states;
  }

  /** Makes disks blank whatever is on them, as a reset does, which has stopped everything before. */
  wipeDisks(paths: readonly string[]): void {
    for (const disk of this.#disks.filter((one) => paths.includes(pathOf(one)))) {
      this.#takeApart(disk);
      this.wipe(disk);
    }
  }

  #takeApart(disk: Disk): void {
    const names = new Set([disk.name, ...disk.partitions.map(({ name }) => name)]);
    this.#volumes = this.#volumes.filter(({ device }) => !names.has(device?.name ?? ''));
    for (const { group } of this.lvm.physicalVolumes.filter((one) => names.has(one.device.name))) {
      if (group === undefined) continue;
      for (const volume of this.lvm.logicalVolumes.filter((one) => one.group === group)) {
        this.#volumes = this.#volumes.filter(({ device }) => device !== volume.disk);
      }
      this.lvm.removeGroup(group.name);
    }
    for (const { disk: array } of [...this.raids.arrays]) {
      if (!array.secondaries.some((name) => names.has(name))) continue;
      this.#takeApart(array);
      this.destroyRaid(pathOf(array));
    }
  }

  /** Tells that something here is different. */
  changed(): void {
    this.#machine.notify('storage');
  }
}

/** A device cannot be had alone. */
export function busy(name: string): ServerStatus {
  return new ServerStatus(
    'failed-precondition',
    `block device ${JSON.stringify(name)} is mounted or in use`,
  );
}
