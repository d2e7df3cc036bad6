import { CONFIG, type Controller } from './controller.js';

/** Controllers of the machine itself: the first half by name. */
export const runtimeControllers1: readonly Controller[] = [
  {
    name: 'runtime.APIServiceConfigController',
    exclusive: ['APIServiceConfigs.runtime.talos.dev'],
    strong: ['runtime/MaintenanceServiceRequests.runtime.talos.dev/maintenance'],
    weak: [
      'runtime/MaintenanceServiceConfigs.runtime.talos.dev/maintenance',
      'secrets/ApiCertificates.secrets.talos.dev/api',
    ],
  },
  { name: 'runtime.BootIDController', exclusive: ['BootIDs.runtime.talos.dev'] },
  {
    name: 'runtime.BootedEntryController',
    exclusive: ['BootedEntries.talos.dev'],
    weak: ['runtime/SecurityStates.talos.dev/securitystate'],
  },
  {
    name: 'runtime.DevicesStatusController',
    exclusive: ['DevicesStatuses.runtime.talos.dev'],
    weak: ['runtime/Services.v1alpha1.talos.dev/udevd'],
  },
  {
    name: 'runtime.DiagnosticsController',
    exclusive: ['Diagnostics.runtime.talos.dev'],
    weak: [
      'config/MachineConfigs.config.talos.dev',
      'k8s/Nodenames.kubernetes.talos.dev',
      'network/NodeAddresses.net.talos.dev',
      'runtime/Services.v1alpha1.talos.dev',
    ],
  },
  { name: 'runtime.DiagnosticsLoggerController', weak: ['runtime/Diagnostics.runtime.talos.dev'] },
  {
    name: 'runtime.DropUpgradeFallbackController',
    weak: ['runtime/MachineStatuses.runtime.talos.dev/machine'],
  },
  {
    name: 'runtime.EnvironmentController',
    exclusive: ['Environments.runtime.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'runtime.EventsSinkConfigController',
    exclusive: ['EventSinkConfigs.runtime.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'runtime.ExtensionServiceConfigController',
    exclusive: ['ExtensionServiceConfigs.runtime.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'runtime.ExtensionServiceConfigFilesController',
    exclusive: ['ExtensionServiceConfigStatuses.runtime.talos.dev'],
    strong: ['runtime/ExtensionServiceConfigs.runtime.talos.dev'],
  },
  {
    name: 'runtime.ExtensionServiceController',
    strong: ['runtime/ExtensionServiceConfigStatuses.runtime.talos.dev'],
  },
  { name: 'runtime.ExtensionStatusController', exclusive: ['ExtensionStatuses.runtime.talos.dev'] },
  {
    name: 'runtime.ImageFactorySchematicController',
    exclusive: ['ImageFactorySchematics.runtime.talos.dev'],
    weak: ['runtime/ExtensionStatuses.runtime.talos.dev'],
  },
  { name: 'runtime.KernelCmdlineController', exclusive: ['KernelCmdlines.runtime.talos.dev'] },
  {
    name: 'runtime.KernelModuleConfigController',
    shared: ['KernelModuleSpecs.runtime.talos.dev'],
    weak: [CONFIG, 'network/LinkSpecs.net.talos.dev', 'storage/MDArraySpecs.storage.talos.dev'],
  },
  {
    name: 'runtime.KernelModuleSpecController',
    strong: ['runtime/KernelModuleSpecs.runtime.talos.dev'],
  },
  {
    name: 'runtime.KernelModuleStatusController',
    exclusive: ['KernelModuleStatuses.runtime.talos.dev', 'LoadedKernelModules.runtime.talos.dev'],
  },
  {
    name: 'runtime.KernelParamConfigController',
    shared: ['KernelParamSpecs.runtime.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'runtime.KernelParamDefaultsController',
    shared: ['KernelParamDefaultSpecs.runtime.talos.dev'],
  },
];
