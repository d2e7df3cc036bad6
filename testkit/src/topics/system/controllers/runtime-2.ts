import { CONFIG, type Controller, MACHINE_TYPE, NODENAME } from './controller.js';

/** Controllers of the machine itself: the second half by name. */
export const runtimeControllers2: readonly Controller[] = [
  {
    name: 'runtime.KernelParamSpecController',
    exclusive: ['KernelParamStatuses.runtime.talos.dev'],
    strong: [
      'runtime/KernelParamDefaultSpecs.runtime.talos.dev',
      'runtime/KernelParamSpecs.runtime.talos.dev',
    ],
  },
  {
    name: 'runtime.KmsgLogConfigController',
    exclusive: ['KmsgLogConfigs.runtime.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'runtime.KmsgLogDeliveryController',
    weak: ['runtime/KmsgLogConfigs.runtime.talos.dev/kmsg-log'],
  },
  {
    name: 'runtime.LogPersistenceController',
    shared: ['VolumeMountRequests.block.talos.dev'],
    strong: ['runtime/VolumeMountStatuses.block.talos.dev'],
    destroyReady: ['runtime/VolumeMountRequests.block.talos.dev'],
  },
  {
    name: 'runtime.MachineStatusController',
    exclusive: ['MachineStatuses.runtime.talos.dev'],
    weak: [
      MACHINE_TYPE,
      'k8s/NodeStatuses.kubernetes.talos.dev',
      NODENAME,
      'k8s/StaticPodStatuses.kubernetes.talos.dev',
      'network/NetworkStatuses.net.talos.dev/status',
      'runtime/Services.v1alpha1.talos.dev',
      'runtime/TimeStatuses.v1alpha1.talos.dev/node',
      'secrets/KubeletSecrets.secrets.talos.dev',
    ],
  },
  {
    name: 'runtime.MachineStatusPublisherController',
    weak: ['runtime/MachineStatuses.runtime.talos.dev/machine'],
  },
  {
    name: 'runtime.MaintenanceConfigController',
    exclusive: ['MaintenanceServiceConfigs.runtime.talos.dev'],
    weak: [
      'config/SiderolinkConfigs.siderolink.talos.dev/siderolink',
      'network/NodeAddresses.net.talos.dev/current',
    ],
  },
  {
    name: 'runtime.MaintenanceServiceInformController',
    weak: [
      'runtime/MaintenanceServiceConfigs.runtime.talos.dev/maintenance',
      'runtime/MaintenanceServiceRequests.runtime.talos.dev/maintenance',
      'secrets/ApiCertificates.secrets.talos.dev/api',
    ],
  },
  {
    name: 'runtime.MountStatusController',
    exclusive: ['MountStatuses.runtime.talos.dev'],
    weak: ['runtime/MountStatuses.block.talos.dev', 'runtime/VolumeStatuses.block.talos.dev'],
  },
  { name: 'runtime.OOMController', exclusive: ['OOMActions.talos.dev'], weak: [CONFIG] },
  { name: 'runtime.RebootController', weak: ['runtime/RebootRequests.runtime.talos.dev'] },
  { name: 'runtime.SBOMItemController', exclusive: ['SBOMItems.talos.dev'] },
  {
    name: 'runtime.SecurityStateController',
    exclusive: ['SecurityStates.talos.dev'],
    weak: ['runtime/Services.v1alpha1.talos.dev'],
  },
  {
    name: 'runtime.UdevServiceController',
    strong: ['runtime/KernelCmdlines.runtime.talos.dev/cmdline'],
  },
  {
    name: 'runtime.UnattendedInstallController',
    exclusive: ['RebootRequests.runtime.talos.dev', 'UnattendedInstallStatuses.runtime.talos.dev'],
    weak: [
      CONFIG,
      'runtime/Disks.block.talos.dev',
      'runtime/ImageFactorySchematics.runtime.talos.dev/image-factory-schematic',
    ],
  },
  {
    name: 'runtime.UniqueMachineTokenController',
    exclusive: ['UniqueMachineTokens.runtime.talos.dev'],
    weak: [
      CONFIG,
      'runtime/MetaKeys.runtime.talos.dev/0x10',
      'runtime/MetaLoads.runtime.talos.dev',
    ],
  },
  { name: 'runtime.VersionController', exclusive: ['Versions.runtime.talos.dev'] },
  {
    name: 'runtime.WatchdogTimerConfigController',
    exclusive: ['WatchdogTimerConfigs.runtime.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'runtime.WatchdogTimerController',
    exclusive: ['WatchdogTimerStatuses.runtime.talos.dev'],
    weak: ['runtime/WatchdogTimerConfigs.runtime.talos.dev/timer'],
  },
];
