import type { Filesystem, MountSpec } from '../kinds/volumes.js';

/** Sizes in bytes. */
export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

/** A partition of the system disk, and the volume that is on it. */
export interface SystemPartition {
  readonly label: string;
  readonly size: number;
  readonly filesystem: Filesystem;
  readonly typeUuid: string;
  readonly mount?: MountSpec;
}

/** The type of partitions with data. */
export const LINUX_DATA = '0fc63daf-8483-4772-8e79-3d69d8477de4';

/** The partitions in their order, as an image of the newest release lays them out. */
export const partitions: readonly SystemPartition[] = [
  {
    label: 'EFI',
    size: 2 * GIB,
    filesystem: 'vfat',
    typeUuid: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  },
  { label: 'META', size: MIB, filesystem: 'none', typeUuid: LINUX_DATA },
  {
    label: 'STATE',
    size: 100 * MIB,
    filesystem: 'xfs',
    typeUuid: LINUX_DATA,
    mount: {
      targetPath: '/system/state',
      selinuxLabel: 'system_u:object_r:system_state_t:s0',
      projectQuotaSupport: false,
    },
  },
  {
    label: 'EPHEMERAL',
    size: 18 * GIB - 103 * MIB,
    filesystem: 'xfs',
    typeUuid: LINUX_DATA,
    mount: {
      targetPath: '/var',
      selinuxLabel: 'system_u:object_r:ephemeral_t:s0',
      projectQuotaSupport: true,
      secure: true,
    },
  },
];
