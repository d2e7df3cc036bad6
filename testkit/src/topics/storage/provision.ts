import type {
  LVMLogicalVolumeConfig,
  LVMVolumeGroupConfig,
  RAIDArrayConfig,
  UserVolumeConfig,
} from 'talos-client/machine-config';
import type { Machine, MachineStage } from '../../base/machine.js';
import { config } from '../config/config.js';
import { type Device, type Disk, pathOf, setContent } from './device.js';
import { freeBytes, SYSTEM_DISK } from './disks.js';
import { EXTENT_BYTES, type VolumeGroup } from './lvm.js';
import type { Storage, UserVolume } from './node-storage.js';
import { type Facts, matchesSelector, SelectorError } from './selector.js';

/** The smallest volume, in bytes, where the configuration does not say. */
const MIN_BYTES = 100 * 2 ** 20;

const STOPPING: ReadonlySet<MachineStage> = new Set([
  'REBOOTING',
  'SHUTTING_DOWN',
  'RESETTING',
  'UPGRADING',
]);

/**
 * Makes what the configuration of a node asks for and is not there: software RAIDs, volume groups,
 * logical volumes and the volumes of users. What it no longer asks for stays on the disks; the
 * volumes of users are only unmounted.
 */
export function provision(machine: Machine, storage: Storage): void {
  if (!machine.isOn || machine.inMaintenance) {
    if (storage.volumes.length > 0) storage.setVolumes([]);
    return;
  }
  // What a reset has just wiped is not to be made again before the node boots.
  if (STOPPING.has(machine.stage)) return;
  const { isInitial, active } = machine.state(config);
  // What a cluster makes by itself asks for none of these.
  const wanted = isInitial ? undefined : active?.config;
  for (const document of wanted?.all('RAIDArrayConfig') ?? []) provisionRaid(storage, document);
  for (const document of wanted?.all('LVMVolumeGroupConfig') ?? []) {
    provisionGroup(storage, document);
  }
  for (const document of wanted?.all('LVMLogicalVolumeConfig') ?? []) {
    provisionLogical(storage, document);
  }
  const volumes = (wanted?.all('UserVolumeConfig') ?? []).map((document) =>
    provisionVolume(machine, storage, document),
  );
  if (volumes.length > 0 || storage.volumes.length > 0) storage.setVolumes(volumes);
}

function provisionRaid(storage: Storage, { name = '', provisioning }: RAIDArrayConfig): void {
  if (storage.raids.arrays.some((array) => array.name === name)) return;
  const blank = candidates(storage, provisioning?.volumeSelector, 'volumeSelector');
  const members = blank.filter(({ secondaries }) => secondaries.length === 0);
  // One device alone mirrors nothing: Talos waits for more.
  if (members.length >= 2) storage.createRaid(name, members);
}

function provisionGroup(storage: Storage, { name = '', provisioning }: LVMVolumeGroupConfig): void {
  const { lvm } = storage;
  // A group is not made of its own volumes, however well a selector fits these.
  const own = new Set(lvm.logicalVolumes.map(({ disk }) => disk));
  const blank = candidates(storage, provisioning?.volumeSelector, 'volumeSelector');
  const devices = blank.filter((disk) => !own.has(disk));
  if (devices.length === 0) return;
  lvm.extendGroup(name, devices);
  storage.changed();
}

function provisionLogical(storage: Storage, document: LVMLogicalVolumeConfig): void {
  const { name = '', provisioning = {} } = document;
  const { lvm } = storage;
  const group = lvm.groups.find((one) => one.name === provisioning.volumeGroup);
  if (group === undefined) return;
  if (lvm.logicalVolumes.some((one) => one.group === group && one.name === name)) return;
  const total = extentsOf(storage, group, ({ extents }) => extents);
  const free = extentsOf(storage, group, (volume) => lvm.freeExtents(volume));
  const size = Math.min(bytesOf(provisioning.maxSize, total) ?? free, free);
  if (size <= 0 || size < (bytesOf(provisioning.minSize, total) ?? 0)) return;
  lvm.createVolume(group, name, size);
  storage.changed();
}

function extentsOf(
  { lvm }: Storage,
  group: VolumeGroup,
  count: (volume: Storage['lvm']['physicalVolumes'][number]) => number,
): number {
  return lvm.devicesOf(group).reduce((sum, volume) => sum + count(volume) * EXTENT_BYTES, 0);
}

function provisionVolume(
  machine: Machine,
  storage: Storage,
  { name = '', volumeType, filesystem: wanted, provisioning }: UserVolumeConfig,
): UserVolume {
  const id = `u-${name}`;
  const type = volumeType === 'disk' ? 'disk' : 'partition';
  const filesystem = wanted?.type === 'ext4' ? 'ext4' : 'xfs';
  const volume = { id, name, type, filesystem } as const;
  try {
    const device =
      located(storage, id) ??
      (type === 'disk'
        ? candidates(storage, provisioning?.diskSelector, 'diskSelector')[0]
        : newPartition(storage, id, provisioning));
    if (device === undefined) {
      return { ...volume, device, problem: 'no disks matched for volume' };
    }
    if (device.content === undefined) {
      const uuid = machine.random.fork(`${id}/${device.name}/${device.generation}`).uuid();
      setContent(device, { name: filesystem, uuid, label: id });
    }
    return { ...volume, device, problem: undefined };
  } catch (cause) {
    if (!(cause instanceof SelectorError)) throw cause;
    return { ...volume, device: undefined, problem: `error matching disk: ${cause.message}` };
  }
}

/** The device that was made for a volume before. */
function located({ disks }: Storage, id: string): Device | undefined {
  const partition = disks.flatMap(({ partitions }) => partitions).find(({ label }) => label === id);
  return partition ?? disks.find(({ content }) => content?.label === id);
}

function newPartition(
  storage: Storage,
  label: string,
  { diskSelector, minSize, maxSize }: UserVolumeConfig['provisioning'] = {},
): Device | undefined {
  const selector = diskSelector?.match ?? 'false';
  for (const disk of storage.disks) {
    const { content } = disk;
    if (!isUsable(disk) || (content !== undefined && content.name !== 'gpt')) continue;
    if (!matchesSelector(selector, factsOf(disk, 'diskSelector'))) continue;
    const free = freeBytes(disk);
    const least = bytesOf(minSize, disk.size) ?? MIN_BYTES;
    const size = Math.min(bytesOf(maxSize, disk.size) ?? free, free);
    if (free >= least) return storage.addPartition(disk, { label, size: Math.max(size, least) });
  }
  return undefined;
}

/** The blank disks that a selector fits. */
function candidates(
  storage: Storage,
  { match: selector = 'false' }: { readonly match?: string | undefined } = {},
  kind: SelectorKind,
): readonly Disk[] {
  const isBlank = (disk: Disk) => isUsable(disk) && disk.content === undefined;
  try {
    return storage.disks.filter(
      (disk) => isBlank(disk) && matchesSelector(selector, factsOf(disk, kind)),
    );
  } catch (cause) {
    if (cause instanceof SelectorError) return [];
    throw cause;
  }
}

/** What is not written to, and the disk of Talos itself, is not for users. */
function isUsable({ name, readonly, cdrom }: Disk): boolean {
  return name !== SYSTEM_DISK && !readonly && !cdrom;
}

/** Selectors of disks know which is the one of Talos; those of volumes know the volume. */
type SelectorKind = 'diskSelector' | 'volumeSelector';

function factsOf(disk: Disk, kind: SelectorKind): Facts {
  const { name, size, content } = disk;
  return {
    disk: {
      dev_path: pathOf(disk),
      size,
      model: disk.model,
      transport: disk.transport,
      rotational: disk.rotational,
      readonly: disk.readonly,
      cdrom: disk.cdrom,
      symlinks: disk.symlinks,
    },
    ...(kind === 'diskSelector'
      ? { system_disk: name === SYSTEM_DISK }
      : {
          volume: {
            name: content?.name ?? '',
            label: content?.label ?? '',
            dev_path: pathOf(disk),
            parent_dev_path: '',
            partition_label: '',
            type: 'disk',
            size,
          },
        }),
  };
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};

/** A size in bytes, such as `10GiB`, or as a part of the whole, such as `80%`. */
function bytesOf(size: string | undefined, whole: number): number | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*|%)$/.exec(size ?? '') ?? [];
  if (digits === undefined) return undefined;
  if (unit === '%') return Math.floor((whole * Number(digits)) / 100);
  const factor = UNITS[unit.toUpperCase()];
  return factor === undefined ? undefined : Math.floor(Number(digits) * factor);
}
