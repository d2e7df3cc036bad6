import {
  encodeDeviceSpec,
  encodeDiscoveredVolumeSpec,
  encodeDiscoveryRefreshStatusSpec,
  encodeDiskSpec,
  encodeSymlinkSpec,
  encodeSystemDiskSpec,
  encodeUserDiskConfigStatusSpec,
} from '../../../../generated/definitions/block.js';
import { defineKind, encoded } from '../kind.js';
import { withoutZeros } from '../values.js';

/** A block device of the kernel. */
export interface DeviceSpec {
  readonly type: 'disk' | 'partition';
  readonly major: number;
  readonly minor: number;
  readonly partitionName?: string;
  readonly partitionNumber?: number;
  readonly devicePath: string;
  readonly generation: number;
  readonly parent?: string;
  /** The devices that it is made of. */
  readonly secondaries?: readonly string[];
}

/** `BlockDevices`, by name. */
export const blockDeviceKind = defineKind({
  type: 'BlockDevices.block.talos.dev',
  namespace: 'runtime',
  owner: 'block.DevicesController',
  proto: ({ major, minor, partitionNumber = 0, generation, ...spec }: DeviceSpec) =>
    encoded(encodeDeviceSpec, {
      ...spec,
      major: BigInt(major),
      minor: BigInt(minor),
      partitionNumber: BigInt(partitionNumber),
      generation: BigInt(generation),
    }),
});

/** Other paths of a block device. */
export interface SymlinkSpec {
  readonly paths: readonly string[];
}

/** `BlockSymlinks`, by name of the device. */
export const blockSymlinkKind = defineKind({
  type: 'BlockSymlinks.block.talos.dev',
  namespace: 'runtime',
  owner: 'block.SymlinksController',
  proto: (spec: SymlinkSpec) => encoded(encodeSymlinkSpec, spec),
});

/** A disk. */
export interface DiskSpec {
  readonly dev_path: string;
  /** In bytes. */
  readonly size: number;
  readonly pretty_size: string;
  readonly io_size: number;
  readonly sector_size: number;
  readonly readonly: boolean;
  readonly cdrom: boolean;
  readonly model?: string;
  readonly firmware_version?: string;
  readonly serial?: string;
  readonly modalias?: string;
  readonly wwid?: string;
  readonly uuid?: string;
  readonly bus_path?: string;
  readonly sub_system?: string;
  readonly transport?: string;
  readonly rotational?: boolean;
  readonly secondary_disks?: readonly string[];
  readonly symlinks?: readonly string[];
}

/** `Disks`, by name. */
export const diskKind = defineKind({
  type: 'Disks.block.talos.dev',
  namespace: 'runtime',
  owner: 'block.DisksController',
  proto: (spec: DiskSpec) =>
    encoded(encodeDiskSpec, {
      readonly: spec.readonly,
      cdrom: spec.cdrom,
      model: spec.model,
      serial: spec.serial,
      modalias: spec.modalias,
      wwid: spec.wwid,
      uuid: spec.uuid,
      transport: spec.transport,
      rotational: spec.rotational,
      symlinks: spec.symlinks,
      devPath: spec.dev_path,
      size: BigInt(spec.size),
      prettySize: spec.pretty_size,
      ioSize: BigInt(spec.io_size),
      sectorSize: BigInt(spec.sector_size),
      firmwareVersion: spec.firmware_version,
      busPath: spec.bus_path,
      subSystem: spec.sub_system,
      secondaryDisks: spec.secondary_disks,
    }),
  yaml: (spec) => withoutZeros(spec, { symlinks: [] }),
});

/** The disk that Talos is on. */
export interface SystemDiskSpec {
  readonly diskID: string;
  readonly devPath: string;
}

/** `SystemDisks`, id `system-disk`. */
export const systemDiskKind = defineKind({
  type: 'SystemDisks.block.talos.dev',
  namespace: 'runtime',
  owner: 'block.SystemDiskController',
  proto: ({ diskID, devPath }: SystemDiskSpec) =>
    encoded(encodeSystemDiskSpec, { diskId: diskID, devPath }),
});

/** What was found on a disk or partition. */
export interface DiscoveredVolumeSpec {
  readonly dev_path: string;
  readonly type: 'disk' | 'partition';
  readonly device_path: string;
  readonly parent?: string;
  readonly parent_dev_path?: string;
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
  readonly pretty_size: string;
  readonly sector_size?: number;
  readonly io_size?: number;
  /** What it is: `gpt`, `xfs`, `vfat`; empty when nobody knows. */
  readonly name: string;
  readonly uuid?: string;
  readonly label?: string;
  readonly block_size?: number;
  readonly filesystem_block_size?: number;
  readonly probed_size?: number;
  readonly partition_uuid?: string;
  readonly partition_type?: string;
  readonly partition_label?: string;
  readonly partition_index?: number;
}

/** `DiscoveredVolumes`, by name of the device. */
export const discoveredVolumeKind = defineKind({
  type: 'DiscoveredVolumes.block.talos.dev',
  namespace: 'runtime',
  owner: 'block.DiscoveryController',
  proto: (spec: DiscoveredVolumeSpec) =>
    encoded(encodeDiscoveredVolumeSpec, {
      type: spec.type,
      parent: spec.parent,
      name: spec.name,
      uuid: spec.uuid,
      label: spec.label,
      devPath: spec.dev_path,
      devicePath: spec.device_path,
      parentDevPath: spec.parent_dev_path,
      offset: BigInt(spec.offset),
      size: BigInt(spec.size),
      prettySize: spec.pretty_size,
      sectorSize: BigInt(spec.sector_size ?? 0),
      ioSize: BigInt(spec.io_size ?? 0),
      blockSize: spec.block_size,
      filesystemBlockSize: spec.filesystem_block_size,
      probedSize: BigInt(spec.probed_size ?? 0),
      partitionUuid: spec.partition_uuid,
      partitionType: spec.partition_type,
      partitionLabel: spec.partition_label,
      partitionIndex: BigInt(spec.partition_index ?? 0),
    }),
});

/** How often the disks were looked at. */
export interface DiscoveryRefreshStatusSpec {
  readonly request: number;
}

/** `DiscoveryRefreshStatuses`, id `refresh`. */
export const discoveryRefreshStatusKind = defineKind({
  type: 'DiscoveryRefreshStatuses.block.talos.dev',
  namespace: 'runtime',
  owner: 'block.DiscoveryController',
  proto: ({ request }: DiscoveryRefreshStatusSpec) =>
    encoded(encodeDiscoveryRefreshStatusSpec, { request: BigInt(request) }),
});

/** Whether the disks of the configuration are ready. */
export interface UserDiskConfigStatusSpec {
  readonly ready: boolean;
  readonly tornDown: boolean;
}

/** `UserDiskConfigStatuses`, id `user-disks`. */
export const userDiskConfigStatusKind = defineKind({
  type: 'UserDiskConfigStatuses.block.talos.dev',
  namespace: 'runtime',
  owner: 'block.UserDiskConfigController',
  proto: (spec: UserDiskConfigStatusSpec) => encoded(encodeUserDiskConfigStatusSpec, spec),
});
