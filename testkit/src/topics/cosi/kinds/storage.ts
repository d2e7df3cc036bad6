import type { StorageMDArrayPhase } from '../../../../generated/definitions/enums.js';
import {
  encodeLVMLogicalVolumeStatusSpec,
  encodeLVMPhysicalVolumeStatusSpec,
  encodeLVMVolumeGroupStatusSpec,
  encodeMDArrayStatusSpec,
} from '../../../../generated/definitions/storage.js';
import { defineKind, encoded, enumName } from '../kind.js';

/** A volume group, in the words of LVM's own report. */
export interface VolumeGroupStatusSpec {
  readonly name: string;
  readonly uuid: string;
  readonly format: string;
  readonly permissions: string;
  readonly extendable: string;
  readonly exported: string;
  readonly partial: string;
  readonly allocationPolicy: string;
  readonly clustered: string;
  readonly shared: string;
  /** Bytes, as text. */
  readonly size: string;
  readonly free: string;
  readonly extentSize: string;
  readonly extentCount: string;
  readonly freeExtentCount: string;
  readonly lvCount: string;
  readonly pvCount: string;
  readonly seqNo: string;
  readonly tags: readonly string[];
  readonly prettySize?: string;
  readonly prettyFree?: string;
}

/** `LVMVolumeGroupStatuses`, by name. */
export const volumeGroupStatusKind = defineKind({
  type: 'LVMVolumeGroupStatuses.storage.talos.dev',
  namespace: 'storage',
  owner: 'storage.LVMScanController',
  proto: (spec: VolumeGroupStatusSpec) => encoded(encodeLVMVolumeGroupStatusSpec, spec),
});

/** A logical volume, in the words of LVM's own report. */
export interface LogicalVolumeStatusSpec {
  readonly path: string;
  readonly dmPath: string;
  readonly name: string;
  readonly fullName: string;
  readonly vgName: string;
  readonly uuid: string;
  readonly layout: string;
  readonly role: string;
  readonly permissions: string;
  readonly allocationPolicy: string;
  readonly active: string;
  readonly deviceOpen: string;
  /** Bytes, as text. */
  readonly size: string;
  readonly tags: readonly string[];
  readonly prettySize?: string;
}

/** `LVMLogicalVolumeStatuses`, by volume group and name. */
export const logicalVolumeStatusKind = defineKind({
  type: 'LVMLogicalVolumeStatuses.storage.talos.dev',
  namespace: 'storage',
  owner: 'storage.LVMScanController',
  proto: (spec: LogicalVolumeStatusSpec) => encoded(encodeLVMLogicalVolumeStatusSpec, spec),
});

/** A physical volume, in the words of LVM's own report. */
export interface PhysicalVolumeStatusSpec {
  readonly device: string;
  readonly vgName: string;
  readonly uuid: string;
  readonly format: string;
  readonly allocatable: string;
  readonly exported: string;
  readonly missing: string;
  readonly inUse: string;
  /** Bytes, as text. */
  readonly size: string;
  readonly deviceSize: string;
  readonly free: string;
  readonly used: string;
  readonly tags: readonly string[];
  readonly prettySize?: string;
  readonly prettyDeviceSize?: string;
  readonly prettyFree?: string;
}

/** `LVMPhysicalVolumeStatuses`, by device. */
export const physicalVolumeStatusKind = defineKind({
  type: 'LVMPhysicalVolumeStatuses.storage.talos.dev',
  namespace: 'storage',
  owner: 'storage.LVMScanController',
  proto: (spec: PhysicalVolumeStatusSpec) => encoded(encodeLVMPhysicalVolumeStatusSpec, spec),
});

/** A software RAID. */
export interface MdArrayStatusSpec {
  readonly level: 'raid1';
  readonly device: string;
  readonly members: readonly string[];
  readonly error?: string;
  readonly status: 'unknown' | 'waiting' | 'rebuilding' | 'ready' | 'error';
  readonly raidDevices: number;
  readonly uuid?: string;
  readonly name?: string;
  readonly metadata?: string;
  readonly arrayState?: string;
  readonly syncAction?: string;
}

/** `MDArrayStatuses`, by name. */
export const mdArrayStatusKind = defineKind({
  type: 'MDArrayStatuses.storage.talos.dev',
  namespace: 'storage',
  owner: 'storage.MDArrayReconcileController',
  proto: ({ status, raidDevices, ...spec }: MdArrayStatusSpec) =>
    encoded(encodeMDArrayStatusSpec, {
      ...spec,
      level: 'MD_LEVEL_RAID1',
      status: enumName<StorageMDArrayPhase>('MD_ARRAY_PHASE', status),
      raidDevices: BigInt(raidDevices),
    }),
});
