import { CONFIG, type Controller, IDENTITY } from './controller.js';

/** Controllers of disks and volumes. */
export const blockControllers: readonly Controller[] = [
  { name: 'block.DevicesController', exclusive: ['BlockDevices.block.talos.dev'] },
  {
    name: 'block.DiscoveredVolumesStatusController',
    exclusive: [
      'DiscoveredVolumesStatuses.block.talos.dev',
      'DiscoveryRefreshRequests.block.talos.dev',
    ],
    weak: [
      'runtime/DevicesStatuses.runtime.talos.dev/devices',
      'runtime/DiscoveryRefreshStatuses.block.talos.dev/refresh',
    ],
  },
  {
    name: 'block.DiscoveryController',
    exclusive: ['DiscoveredVolumes.block.talos.dev', 'DiscoveryRefreshStatuses.block.talos.dev'],
    weak: [
      'runtime/BlockDevices.block.talos.dev',
      'runtime/DiscoveryRefreshRequests.block.talos.dev',
    ],
  },
  {
    name: 'block.DisksController',
    exclusive: ['Disks.block.talos.dev'],
    weak: ['runtime/BlockDevices.block.talos.dev', 'runtime/BlockSymlinks.block.talos.dev'],
  },
  {
    name: 'block.FSScrubController',
    exclusive: ['FSScrubStatuses.block.talos.dev'],
    strong: ['runtime/MountStatuses.block.talos.dev'],
    weak: ['runtime/FSScrubSchedules.block.talos.dev'],
  },
  {
    name: 'block.FSScrubScheduleController',
    exclusive: ['FSScrubSchedules.block.talos.dev'],
    weak: [IDENTITY, 'runtime/VolumeStatuses.block.talos.dev'],
  },
  {
    name: 'block.MountController',
    exclusive: ['MountStatuses.block.talos.dev'],
    strong: [
      'runtime/MountRequests.block.talos.dev',
      'runtime/MountStatuses.block.talos.dev',
      'runtime/VolumeStatuses.block.talos.dev',
    ],
  },
  {
    name: 'block.MountRequestController',
    exclusive: ['MountRequests.block.talos.dev'],
    strong: ['runtime/VolumeMountRequests.block.talos.dev'],
    weak: ['runtime/VolumeStatuses.block.talos.dev'],
    destroyReady: ['runtime/MountRequests.block.talos.dev'],
  },
  {
    name: 'block.MountStatusController',
    exclusive: ['VolumeMountStatuses.block.talos.dev'],
    strong: ['runtime/MountStatuses.block.talos.dev'],
    destroyReady: ['runtime/VolumeMountStatuses.block.talos.dev'],
  },
  { name: 'block.SwapStatusController', exclusive: ['SwapStatuses.block.talos.dev'] },
  {
    name: 'block.SymlinksController',
    exclusive: ['BlockSymlinks.block.talos.dev'],
    weak: ['runtime/Services.v1alpha1.talos.dev/udevd'],
  },
  {
    name: 'block.SystemDiskController',
    exclusive: ['SystemDisks.block.talos.dev'],
    weak: ['runtime/DiscoveredVolumes.block.talos.dev'],
  },
  {
    name: 'block.UserDiskConfigController',
    exclusive: ['UserDiskConfigStatuses.block.talos.dev'],
    shared: ['VolumeConfigs.block.talos.dev', 'VolumeMountRequests.block.talos.dev'],
    strong: ['runtime/VolumeMountStatuses.block.talos.dev'],
    weak: [CONFIG],
    destroyReady: ['runtime/VolumeMountRequests.block.talos.dev'],
  },
  {
    name: 'block.VolumeConfigController',
    shared: ['VolumeConfigs.block.talos.dev', 'VolumeMountRequests.block.talos.dev'],
    weak: [CONFIG, 'runtime/MetaKeys.runtime.talos.dev/0x09'],
    destroyReady: [
      'runtime/VolumeConfigs.block.talos.dev',
      'runtime/VolumeMountRequests.block.talos.dev',
    ],
  },
  {
    name: 'block.VolumeManagerController',
    exclusive: ['VolumeStatuses.block.talos.dev'],
    strong: [
      'hardware/PCRStatuses.hardware.talos.dev',
      'runtime/VolumeConfigs.block.talos.dev',
      'runtime/VolumeLifecycles.block.talos.dev/volumes',
      'runtime/VolumeStatuses.block.talos.dev',
    ],
    weak: [
      'hardware/SystemInformations.hardware.talos.dev/systeminformation',
      'runtime/DiscoveredVolumes.block.talos.dev',
      'runtime/DiscoveredVolumesStatuses.block.talos.dev/discovered-volumes-status',
      'runtime/Disks.block.talos.dev',
      'runtime/SystemDisks.block.talos.dev/system-disk',
      'secrets/EncryptionSalts.secrets.talos.dev/salt',
    ],
  },
  {
    name: 'block.VolumeTrimController',
    strong: ['runtime/MountStatuses.block.talos.dev'],
    weak: ['runtime/VolumeTrimSchedules.block.talos.dev'],
  },
  {
    name: 'block.VolumeTrimScheduleController',
    exclusive: ['VolumeTrimSchedules.block.talos.dev'],
    weak: [IDENTITY, 'runtime/VolumeStatuses.block.talos.dev'],
  },
  {
    name: 'block.ZswapConfigController',
    shared: ['KernelParamSpecs.runtime.talos.dev'],
    weak: [CONFIG],
  },
  { name: 'block.ZswapStatusController', exclusive: ['ZswapStatuses.block.talos.dev'] },
];
