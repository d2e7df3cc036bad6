import { ServerStatus } from '../../base/calls/status.js';
import type { Random } from '../../base/random.js';
import { assembledDisk, type Device, type Disk, pathOf, setContent } from './device.js';

/** The unit that LVM divides space into, in bytes. */
export const EXTENT_BYTES = 4 * 2 ** 20;
const HEAD_BYTES = 2 ** 20;
const DM_MAJOR = 253;

/** A device that belongs to LVM. */
export interface PhysicalVolume {
  readonly device: Device;
  readonly uuid: string;
  readonly extents: number;
  /** The group that it is in, if any. */
  group: VolumeGroup | undefined;
}

/** Devices that are one pool of space. */
export interface VolumeGroup {
  readonly name: string;
  readonly uuid: string;
  /** How often it has changed. */
  sequence: number;
}

/** A part of a pool, which is a block device. */
export interface LogicalVolume {
  readonly name: string;
  readonly group: VolumeGroup;
  readonly uuid: string;
  readonly extents: number;
  /** The extents that it has of each device. */
  readonly segments: ReadonlyMap<PhysicalVolume, number>;
  readonly disk: Disk;
}

/** The LVM of a node: its errors are those of Talos, which does not repeat LVM's own words. */
export class Lvm {
  readonly #random: Random;
  /** Whether a device is mounted or has another one on it. */
  readonly #isBusy: (device: Device) => boolean;
  readonly #physical: PhysicalVolume[] = [];
  readonly #groups: VolumeGroup[] = [];
  readonly #logical: LogicalVolume[] = [];
  #made = 0;

  constructor(random: Random, isBusy: (device: Device) => boolean) {
    this.#random = random;
    this.#isBusy = isBusy;
  }

  get physicalVolumes(): readonly PhysicalVolume[] {
    return this.#physical;
  }

  get groups(): readonly VolumeGroup[] {
    return this.#groups;
  }

  get logicalVolumes(): readonly LogicalVolume[] {
    return this.#logical;
  }

  /** Extents of a device that no logical volume has. */
  freeExtents(volume: PhysicalVolume): number {
    const used = this.#logical.map(({ segments }) => segments.get(volume) ?? 0);
    return volume.extents - used.reduce((sum, count) => sum + count, 0);
  }

  /** The devices of a group. */
  devicesOf(group: VolumeGroup): readonly PhysicalVolume[] {
    return this.#physical.filter((volume) => volume.group === group);
  }

  /** The group of a name, made if need be, with these devices added to it. */
  extendGroup(name: string, devices: readonly Device[]): VolumeGroup {
    let group = this.#groups.find((one) => one.name === name);
    if (group === undefined) {
      group = { name, uuid: this.#uuid(), sequence: 0 };
      this.#groups.push(group);
    }
    for (const device of devices) this.#label(device).group = group;
    group.sequence += 1;
    return group;
  }

  #label(device: Device): PhysicalVolume {
    const found = this.#physical.find((volume) => volume.device === device);
    if (found !== undefined) return found;
    const extents = Math.floor((device.size - HEAD_BYTES) / EXTENT_BYTES);
    const volume: PhysicalVolume = { device, uuid: this.#uuid(), extents, group: undefined };
    this.#physical.push(volume);
    setContent(device, { name: 'lvm2-pv', uuid: volume.uuid });
    return volume;
  }

  /**
   * Makes a logical volume.
   *
   * @throws {RangeError} when the group has no room for it.
   */
  createVolume(group: VolumeGroup, name: string, size: number): LogicalVolume {
    const extents = Math.ceil(size / EXTENT_BYTES);
    const segments = new Map<PhysicalVolume, number>();
    let left = extents;
    for (const volume of this.devicesOf(group)) {
      const count = Math.min(left, this.freeExtents(volume));
      if (count > 0) segments.set(volume, count);
      left -= count;
    }
    if (left > 0) throw new RangeError(`volume group ${group.name} has no room for ${name}`);
    const volume: LogicalVolume = {
      name,
      group,
      uuid: this.#uuid(),
      extents,
      segments,
      disk: this.#disk(group, name, extents, [...segments.keys()]),
    };
    this.#logical.push(volume);
    group.sequence += 1;
    return volume;
  }

  #disk(group: VolumeGroup, name: string, extents: number, on: readonly PhysicalVolume[]): Disk {
    const minors = new Set(this.#logical.map(({ disk }) => disk.minor));
    let minor = 0;
    while (minors.has(minor)) minor += 1;
    return assembledDisk({
      name: `dm-${minor}`,
      size: extents * EXTENT_BYTES,
      major: DM_MAJOR,
      minor,
      symlinks: [`/dev/mapper/${mapped(group.name)}-${mapped(name)}`, `/dev/${group.name}/${name}`],
      secondaries: on.map(({ device }) => device.name),
    });
  }

  /**
   * Removes a logical volume.
   *
   * @throws {ServerStatus} `not-found`, or `failed-precondition` while it is in use.
   */
  removeVolume(groupName: string, name: string): void {
    const index = this.#logical.findIndex(
      ({ group, name: own }) => group.name === groupName && own === name,
    );
    const found = this.#logical[index];
    if (found === undefined) throw notFound();
    if (this.#isBusy(found.disk)) {
      throw new ServerStatus('failed-precondition', 'lvm: logical volume is open');
    }
    this.#logical.splice(index, 1);
    this.forget(found.disk);
    found.group.sequence += 1;
  }

  /**
   * Removes a group with its logical volumes, one after the other: those before one that is in use
   * are gone although the call fails. Its devices still belong to LVM afterwards.
   *
   * @throws {ServerStatus} `not-found`, or `failed-precondition` while a volume is in use.
   */
  removeGroup(name: string): void {
    const group = this.#groups.find((one) => one.name === name);
    if (group === undefined) throw notFound();
    for (const volume of this.#logical.filter((one) => one.group === group)) {
      this.removeVolume(name, volume.name);
    }
    for (const volume of this.devicesOf(group)) volume.group = undefined;
    this.#groups.splice(this.#groups.indexOf(group), 1);
  }

  /**
   * Takes a device from LVM.
   *
   * @throws {ServerStatus} `not-found`, or `failed-precondition` while it is in a group.
   */
  removePhysicalVolume(path: string): void {
    const volume = this.#physical.find(({ device }) => pathOf(device) === path);
    if (volume === undefined) throw notFound();
    if (volume.group !== undefined) {
      throw new ServerStatus('failed-precondition', 'lvm: resource in use');
    }
    this.#physical.splice(this.#physical.indexOf(volume), 1);
    setContent(volume.device, undefined);
  }

  /** A device that no logical volume is on was wiped or is gone: a group goes with its last one. */
  forget(device: Device): void {
    const volume = this.#physical.find((one) => one.device === device);
    if (volume === undefined) return;
    this.#physical.splice(this.#physical.indexOf(volume), 1);
    const { group } = volume;
    if (group !== undefined && this.devicesOf(group).length === 0) {
      this.#groups.splice(this.#groups.indexOf(group), 1);
    }
  }

  /** Such as `QnHa9I-VntT-FHR1-oqhL-qj1i-eEpD-dvRwtw`. */
  #uuid(): string {
    this.#made += 1;
    const random = this.#random.fork(`lvm/${this.#made}`);
    const letters = [6, 4, 4, 4, 4, 4, 6].map((length) =>
      Array.from({ length }, () => random.pick(ALPHABET)).join(''),
    );
    return letters.join('-');
  }
}

const ALPHABET = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];

/** The device mapper joins the names by a hyphen, and doubles those that are in them. */
function mapped(name: string): string {
  return name.replaceAll('-', '--');
}

function notFound(): ServerStatus {
  return new ServerStatus('not-found', 'lvm: resource not found');
}
