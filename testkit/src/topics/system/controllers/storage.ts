import { CONFIG, type Controller } from './controller.js';

/** Controllers of LVM and RAID. */
export const storageControllers: readonly Controller[] = [
  {
    name: 'storage.LVMActivationController',
    weak: [
      'runtime/DiscoveredVolumes.block.talos.dev',
      'runtime/Services.v1alpha1.talos.dev/udevd',
      'runtime/VolumeStatuses.block.talos.dev/META',
    ],
  },
  {
    name: 'storage.LVMLogicalVolumeReconcileController',
    shared: ['LVMValidationErrors.storage.talos.dev'],
    weak: [
      'storage/LVMLogicalVolumeSpecs.storage.talos.dev',
      'storage/LVMLogicalVolumeStatuses.storage.talos.dev',
      'storage/LVMPhysicalVolumeStatuses.storage.talos.dev',
      'storage/LVMVolumeGroupStatuses.storage.talos.dev',
    ],
  },
  {
    name: 'storage.LVMLogicalVolumeSpecController',
    exclusive: ['LVMLogicalVolumeSpecs.storage.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'storage.LVMPhysicalVolumeSpecController',
    exclusive: ['LVMPhysicalVolumeSpecs.storage.talos.dev'],
    shared: ['LVMValidationErrors.storage.talos.dev'],
    weak: [
      CONFIG,
      'runtime/DiscoveredVolumes.block.talos.dev',
      'runtime/Disks.block.talos.dev',
      'runtime/SystemDisks.block.talos.dev/system-disk',
    ],
  },
  {
    name: 'storage.LVMRefreshTriggerController',
    exclusive: ['LVMRefreshRequests.storage.talos.dev'],
    weak: [
      'runtime/BlockDevices.block.talos.dev',
      'runtime/DiscoveredVolumes.block.talos.dev',
      'runtime/Disks.block.talos.dev',
    ],
  },
  {
    name: 'storage.LVMScanController',
    exclusive: [
      'LVMLogicalVolumeStatuses.storage.talos.dev',
      'LVMPhysicalVolumeStatuses.storage.talos.dev',
      'LVMVolumeGroupStatuses.storage.talos.dev',
    ],
    weak: ['storage/LVMRefreshRequests.storage.talos.dev'],
  },
  {
    name: 'storage.LVMVolumeGroupReconcileController',
    weak: [
      'storage/LVMPhysicalVolumeStatuses.storage.talos.dev',
      'storage/LVMVolumeGroupSpecs.storage.talos.dev',
      'storage/LVMVolumeGroupStatuses.storage.talos.dev',
    ],
  },
  {
    name: 'storage.LVMVolumeGroupSpecController',
    exclusive: ['LVMVolumeGroupSpecs.storage.talos.dev'],
    weak: [CONFIG, 'storage/LVMPhysicalVolumeSpecs.storage.talos.dev'],
  },
  {
    name: 'storage.MDArrayReconcileController',
    exclusive: ['MDArrayStatuses.storage.talos.dev'],
    weak: [
      'runtime/DiscoveredVolumes.block.talos.dev',
      'runtime/Disks.block.talos.dev',
      'runtime/SystemDisks.block.talos.dev/system-disk',
      'storage/MDArraySpecs.storage.talos.dev',
      'storage/MDRefreshRequests.storage.talos.dev/refresh',
    ],
  },
  {
    name: 'storage.MDArraySpecController',
    exclusive: ['MDArraySpecs.storage.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'storage.MDLastResortController',
    weak: ['runtime/BlockDevices.block.talos.dev', 'runtime/Services.v1alpha1.talos.dev/udevd'],
  },
  {
    name: 'storage.MDMonitorController',
    exclusive: ['MDRefreshRequests.storage.talos.dev'],
    weak: ['storage/MDArraySpecs.storage.talos.dev', 'storage/MDArrayStatuses.storage.talos.dev'],
  },
];
