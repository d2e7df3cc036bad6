import type { Init } from 'talos-client';
import type { MountRequestSpec as MountRequestMessage } from '../../../../generated/definitions/block.js';
import {
  encodeMountStatusSpec,
  encodeVolumeConfigSpec,
  encodeVolumeMountStatusSpec,
  encodeVolumeStatusSpec,
} from '../../../../generated/definitions/block.js';
import type {
  BlockEncryptionProviderType,
  BlockFilesystemType,
  BlockVolumePhase,
  BlockVolumeType,
} from '../../../../generated/definitions/enums.js';
import { defineKind, encoded, enumName } from '../kind.js';
import { withoutZeros } from '../values.js';

/** What a volume is made of. */
export type VolumeType =
  | 'partition'
  | 'disk'
  | 'tmpfs'
  | 'directory'
  | 'symlink'
  | 'overlay'
  | 'external';

/** How far a volume is. */
export type VolumePhase =
  | 'waiting'
  | 'failed'
  | 'missing'
  | 'located'
  | 'provisioned'
  | 'prepared'
  | 'ready'
  | 'closed';

/** What is on a volume. */
export type Filesystem = 'none' | 'xfs' | 'vfat' | 'ext4' | 'iso9660' | 'btrfs';

/** What encrypts a volume. */
export type EncryptionProvider = 'none' | 'luks2';

/** Where a volume is mounted. */
export interface MountSpec {
  readonly targetPath: string;
  readonly selinuxLabel: string;
  readonly projectQuotaSupport: boolean;
  readonly parentId?: string;
  readonly secure?: boolean;
}

/** How a volume is. */
export interface VolumeStatusSpec {
  readonly phase: VolumePhase;
  readonly type: VolumeType;
  readonly parentID?: string;
  /** Where it is: `/dev/sda4`. */
  readonly location?: string;
  readonly mountLocation?: string;
  readonly partitionIndex?: number;
  readonly parentLocation?: string;
  readonly uuid?: string;
  readonly partitionUUID?: string;
  /** In bytes. */
  readonly size?: number;
  readonly prettySize?: string;
  readonly filesystem?: Filesystem;
  readonly encryptionProvider?: EncryptionProvider;
  readonly mountSpec?: MountSpec;
  readonly errorMessage?: string;
}

/** `VolumeStatuses`, by volume: `STATE`, `EPHEMERAL`, `u-data`. */
export const volumeStatusKind = defineKind({
  type: 'VolumeStatuses.block.talos.dev',
  namespace: 'runtime',
  owner: 'block.VolumeManagerController',
  proto: ({ parentID, partitionUUID, mountSpec, ...spec }: VolumeStatusSpec) =>
    encoded(encodeVolumeStatusSpec, {
      ...spec,
      phase: enumName<BlockVolumePhase>('VOLUME_PHASE', spec.phase),
      type: enumName<BlockVolumeType>('VOLUME_TYPE', spec.type),
      parentId: parentID,
      partitionUuid: partitionUUID,
      partitionIndex: BigInt(spec.partitionIndex ?? 0),
      size: BigInt(spec.size ?? 0),
      filesystem: filesystemName(spec.filesystem),
      encryptionProvider: providerName(spec.encryptionProvider),
      mountSpec,
    }),
  yaml: (spec) => withoutZeros(spec, { filesystem: 'none', encryptionProvider: 'none' }),
});

/** The partition that a volume is to have. */
interface PartitionSpec {
  readonly minSize: number;
  readonly maxSize?: number;
  readonly relativeMaxSize: number;
  readonly negativeMaxSize: boolean;
  readonly grow: boolean;
  readonly label?: string;
  readonly typeUUID?: string;
}

/** What a volume is to be. */
export interface VolumeConfigSpec {
  readonly parentId?: string;
  readonly type: VolumeType;
  readonly provisioning: {
    readonly wave?: number;
    readonly partitionSpec?: PartitionSpec;
    readonly filesystemSpec?: { readonly type: Filesystem; readonly label?: string };
  };
  readonly encryption?: { readonly provider: EncryptionProvider; readonly keys: readonly [] };
  readonly locator: Readonly<Record<string, never>>;
  readonly mount?: MountSpec;
}

/** `VolumeConfigs`, by volume; sensitive. */
export const volumeConfigKind = defineKind({
  type: 'VolumeConfigs.block.talos.dev',
  namespace: 'runtime',
  owner: 'block.VolumeConfigController',
  proto: ({ parentId, type, provisioning, encryption, mount }: VolumeConfigSpec) => {
    const { wave = 0, partitionSpec, filesystemSpec } = provisioning;
    return encoded(encodeVolumeConfigSpec, {
      parentId,
      type: enumName<BlockVolumeType>('VOLUME_TYPE', type),
      provisioning: {
        wave: BigInt(wave),
        partitionSpec: partitionSpec && partitionMessage(partitionSpec),
        filesystemSpec: filesystemSpec && {
          label: filesystemSpec.label,
          type: filesystemName(filesystemSpec.type),
        },
      },
      locator: {},
      encryption: encryption && { provider: providerName(encryption.provider) },
      mount,
    });
  },
});

function partitionMessage({ typeUUID, ...spec }: PartitionSpec) {
  return {
    ...spec,
    minSize: BigInt(spec.minSize),
    maxSize: BigInt(spec.maxSize ?? 0),
    relativeMaxSize: BigInt(spec.relativeMaxSize),
    typeUuid: typeUUID,
  };
}

/** Who wants a volume mounted, and how. */
export interface MountRequestSpec {
  readonly volumeID: string;
  readonly parentID: string;
  readonly readOnly: boolean;
  readonly detached: boolean;
  readonly requesters: readonly string[];
  readonly requesterIDs: readonly string[];
}

/** A volume that is mounted. */
export interface VolumeMountSpec {
  readonly spec: MountRequestSpec;
  readonly source: string;
  readonly target: string;
  readonly filesystem: Filesystem;
  readonly encryptionProvider?: EncryptionProvider;
  readonly readOnly: boolean;
  readonly projectQuotaSupport: boolean;
  readonly detached: boolean;
}

/** `MountStatuses` of volumes, by volume. */
export const volumeMountKind = defineKind({
  type: 'MountStatuses.block.talos.dev',
  namespace: 'runtime',
  owner: 'block.MountController',
  proto: ({ spec, filesystem, encryptionProvider, ...rest }: VolumeMountSpec) =>
    encoded(encodeMountStatusSpec, {
      ...rest,
      spec: requestMessage(spec),
      filesystem: filesystemName(filesystem),
      encryptionProvider: providerName(encryptionProvider),
    }),
});

/** A volume that is mounted for one of those who want it. */
export interface VolumeMountStatusSpec {
  readonly volumeID: string;
  readonly requester: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly detached: boolean;
  readonly disableAccessTime: boolean;
  readonly secure: boolean;
  readonly noExec: boolean;
}

/** `VolumeMountStatuses`, by requester and volume. */
export const volumeMountStatusKind = defineKind({
  type: 'VolumeMountStatuses.block.talos.dev',
  namespace: 'runtime',
  owner: 'block.MountStatusController',
  proto: ({ volumeID, ...spec }: VolumeMountStatusSpec) =>
    encoded(encodeVolumeMountStatusSpec, { ...spec, volumeId: volumeID }),
});

function requestMessage({
  volumeID,
  parentID,
  ...spec
}: MountRequestSpec): Init<MountRequestMessage> {
  return { ...spec, volumeId: volumeID, parentMountId: parentID };
}

function filesystemName(filesystem: Filesystem = 'none'): BlockFilesystemType {
  return enumName('FILESYSTEM_TYPE', filesystem);
}

function providerName(provider: EncryptionProvider = 'none'): BlockEncryptionProviderType {
  return enumName('ENCRYPTION_PROVIDER', provider);
}
