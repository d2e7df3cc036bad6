import { CONFIG, type Controller } from './controller.js';

/** Controllers of counters, hardware, time and services. */
export const perfControllers: readonly Controller[] = [
  { name: 'hardware.CPUInfoController', exclusive: ['CPUCores.hardware.talos.dev'] },
  {
    name: 'hardware.PCIDevicesController',
    exclusive: ['PCIDevices.hardware.talos.dev'],
    weak: ['runtime/Services.v1alpha1.talos.dev/udevd'],
  },
  {
    name: 'hardware.PCIDriverRebindConfigController',
    exclusive: ['PCIDriverRebindConfigs.runtime.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'hardware.PCIDriverRebindController',
    exclusive: ['PCIDriverRebindStatuses.runtime.talos.dev'],
    weak: ['hardware/PCIDriverRebindConfigs.runtime.talos.dev'],
  },
  {
    name: 'hardware.PCRStatusController',
    exclusive: ['PCRStatuses.hardware.talos.dev'],
    weak: ['runtime/VolumeConfigs.block.talos.dev', 'runtime/VolumeStatuses.block.talos.dev'],
    destroyReady: ['hardware/PCRStatuses.hardware.talos.dev'],
  },
  {
    name: 'hardware.SystemInfoController',
    exclusive: [
      'MemoryModules.hardware.talos.dev',
      'Processors.hardware.talos.dev',
      'SystemInformations.hardware.talos.dev',
    ],
    weak: ['runtime/MetaKeys.runtime.talos.dev', 'runtime/MetaLoads.runtime.talos.dev/meta-loaded'],
  },
  {
    name: 'perf.StatsController',
    exclusive: ['CPUStats.perf.talos.dev', 'MemoryStats.perf.talos.dev'],
  },
  { name: 'time.AdjtimeStatusController', exclusive: ['AdjtimeStatuses.v1alpha1.talos.dev'] },
  {
    name: 'time.SyncController',
    exclusive: ['TimeStatuses.v1alpha1.talos.dev'],
    weak: [CONFIG, 'network/TimeServerStatuses.net.talos.dev/timeservers'],
  },
  {
    name: 'v1alpha1.EventsSinkController',
    weak: ['runtime/EventSinkConfigs.runtime.talos.dev/event-sink'],
  },
  { name: 'v1alpha1.ServiceController', exclusive: ['Services.v1alpha1.talos.dev'] },
];
