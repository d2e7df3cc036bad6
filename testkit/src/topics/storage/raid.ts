import { ServerStatus } from '../../base/calls/status.js';
import type { Random } from '../../base/random.js';
import { assembledDisk, type Device, type Disk, pathOf, setContent } from './device.js';

const MD_MAJOR = 9;
/** Arrays that are called by a name get numbers from here down. */
const FIRST_MINOR = 127;
const HEAD_BYTES = 2 ** 20;

/** A software RAID of mirrored devices. */
export interface RaidArray {
  readonly name: string;
  readonly uuid: string;
  readonly members: readonly Device[];
  readonly disk: Disk;
  /** When its members begin to be the same, in milliseconds since 1970. */
  readonly createdAt: number;
}

/** The path that an array has whatever its number is. */
export function arrayPath(name: string): string {
  return `/dev/disk/by-id/md-name-talos:${name}`;
}

/** The software RAIDs of a node. */
export class Raids {
  readonly #random: Random;
  /** Whether a device is mounted or has another one on it. */
  readonly #isBusy: (device: Device) => boolean;
  readonly #arrays: RaidArray[] = [];

  constructor(random: Random, isBusy: (device: Device) => boolean) {
    this.#random = random;
    this.#isBusy = isBusy;
  }

  get arrays(): readonly RaidArray[] {
    return this.#arrays;
  }

  /** Makes an array of blank devices. */
  create(name: string, members: readonly Device[], createdAt: number): RaidArray {
    const random = this.#random.fork(`raid/${name}/${createdAt}`);
    // mdadm writes them in four groups of eight digits.
    const uuid = Array.from({ length: 4 }, () => random.hex(8)).join(':');
    const minors = new Set(this.#arrays.map(({ disk }) => disk.minor));
    let minor = FIRST_MINOR;
    while (minors.has(minor)) minor -= 1;
    const disk = assembledDisk({
      name: `md${minor}`,
      size: Math.min(...members.map(({ size }) => size)) - HEAD_BYTES,
      major: MD_MAJOR,
      minor,
      symlinks: [arrayPath(name), `/dev/disk/by-id/md-uuid-${uuid}`, `/dev/md/${name}`],
      secondaries: members.map((member) => member.name),
    });
    for (const member of members) {
      setContent(member, { name: 'linux_raid_member', uuid, label: `talos:${name}` });
    }
    const array = { name, uuid, members, disk, createdAt };
    this.#arrays.push(array);
    return array;
  }

  /**
   * Stops an array and makes its members blank.
   *
   * @throws {ServerStatus} `not-found`, or `failed-precondition` while it is in use.
   */
  destroy(path: string): RaidArray {
    const array = this.#arrays.find(
      ({ disk }) => pathOf(disk) === path || disk.symlinks.includes(path),
    );
    if (array === undefined) throw new ServerStatus('not-found', 'md: array not found');
    if (this.#isBusy(array.disk)) {
      throw new ServerStatus('failed-precondition', 'md: resource in use');
    }
    this.#arrays.splice(this.#arrays.indexOf(array), 1);
    for (const member of array.members) setContent(member, undefined);
    return array;
  }
}
