import type { Machine } from '../../../base/machine.js';
import { type Disk, pathOf } from '../../storage/device.js';
import type { UserVolume } from '../../storage/node-storage.js';
import { mountStatusKind } from '../kinds/kernel.js';
import {
  type Filesystem,
  type MountSpec,
  volumeConfigKind,
  volumeMountKind,
  volumeMountStatusKind,
  volumeStatusKind,
} from '../kinds/volumes.js';
import { type Published, publish } from '../source.js';
import { prettySize } from '../values.js';
import type { SystemPartition } from './partitions.js';

/** What Talos knows of a volume that it did not find, or does not look for yet. */
export function* missingVolume(label: string): Generator<Published> {
  yield publish(volumeStatusKind, label, {
    phase: label === 'EPHEMERAL' ? 'waiting' : 'missing',
    type: 'partition',
    filesystem: 'none',
    encryptionProvider: 'none',
  });
}

/** A volume of Talos itself, on the system disk. */
export function* volumeResources(
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
        ...(label === 'EPHEMERAL' ? {} : { maxSize: size }),
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
  yield* mountResources({ id: label, location, filesystem, mount, requester: 'sequencer' });
}

/** A volume that the configuration asks for. */
export function* userVolumeResources(
  disks: readonly Disk[],
  { id, name, type, filesystem, device, problem }: UserVolume,
): Generator<Published> {
  const mount: MountSpec = {
    targetPath: name,
    selinuxLabel: 'system_u:object_r:ephemeral_t:s0',
    projectQuotaSupport: false,
    parentId: '/var/mnt',
  };
  yield publish(volumeConfigKind, id, {
    type,
    provisioning: { wave: 1, filesystemSpec: { type: filesystem, label: id } },
    locator: {},
    mount,
  });
  const disk = disks.find(({ partitions: parts }) => parts.some((part) => part === device));
  const part = disk?.partitions.find((one) => one === device);
  if (device === undefined) {
    yield publish(volumeStatusKind, id, {
      phase: 'failed',
      type,
      errorMessage: problem ?? '',
    });
    return;
  }
  const location = pathOf(device);
  yield publish(volumeStatusKind, id, {
    phase: 'ready',
    type,
    location,
    mountLocation: location,
    ...(disk === undefined || part === undefined
      ? {}
      : {
          partitionIndex: part.number,
          parentLocation: pathOf(disk),
          partitionUUID: part.partitionUuid,
        }),
    ...(device.content === undefined ? {} : { uuid: device.content.uuid }),
    size: device.size,
    prettySize: prettySize(device.size),
    filesystem,
    encryptionProvider: 'none',
    mountSpec: mount,
  });
  const target = { ...mount, targetPath: `/var/mnt/${name}` };
  const requester = 'block.UserVolumeConfigController';
  yield* mountResources({ id, location, filesystem, mount: target, requester });
}

interface Mount {
  readonly id: string;
  readonly location: string;
  readonly filesystem: Filesystem;
  readonly mount: MountSpec;
  readonly requester: string;
}

function* mountResources({
  id,
  location,
  filesystem,
  mount: { targetPath, projectQuotaSupport, secure = false },
  requester,
}: Mount): Generator<Published> {
  const request = `${requester}-${id}`;
  yield publish(volumeMountKind, id, {
    spec: {
      volumeID: id,
      parentID: '',
      readOnly: false,
      detached: false,
      requesters: [requester],
      requesterIDs: [request],
    },
    source: location,
    target: targetPath,
    filesystem,
    readOnly: false,
    projectQuotaSupport,
    detached: false,
  });
  yield publish(volumeMountStatusKind, request, {
    volumeID: id,
    requester,
    target: targetPath,
    readOnly: false,
    detached: false,
    disableAccessTime: false,
    secure,
    noExec: false,
  });
  yield publish(mountStatusKind, id, {
    source: location,
    target: targetPath,
    filesystemType: filesystem,
    options: [],
    encrypted: false,
  });
}

/** The ids of a partition of the system disk and of what is on it. */
export function uuidsOf({ random }: Machine, label: string) {
  const source = random.fork(`volume/${label}`);
  return { uuid: source.uuid(), partitionUuid: source.uuid() };
}
