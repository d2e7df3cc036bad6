import { CONFIG, type Controller, IDENTITY } from './controller.js';

/** Controllers of containers, their runtime, and files. */
export const criControllers: readonly Controller[] = [
  {
    name: 'containers.ConfigController',
    exclusive: ['ContainerSpecs.containers.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'cri.CustomizationConfigController',
    exclusive: ['CustomizationConfigs.cri.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'cri.ImageCacheConfigController',
    exclusive: ['ImageCacheConfigs.cri.talos.dev'],
    shared: ['VolumeConfigs.block.talos.dev', 'VolumeMountRequests.block.talos.dev'],
    strong: ['runtime/VolumeMountStatuses.block.talos.dev'],
    weak: [
      CONFIG,
      'runtime/Services.v1alpha1.talos.dev/RegistrydServiceID',
      'runtime/VolumeStatuses.block.talos.dev',
    ],
    destroyReady: ['runtime/VolumeMountRequests.block.talos.dev'],
  },
  {
    name: 'cri.RegistriesConfigController',
    exclusive: ['RegistryConfigs.cri.talos.dev'],
    weak: [CONFIG, 'cri/ImageCacheConfigs.cri.talos.dev'],
  },
  {
    name: 'cri.RuntimeSpecConfigController',
    exclusive: ['BaseRuntimeSpecConfigs.cri.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'cri.SeccompProfileController',
    exclusive: ['SeccompProfiles.cri.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'cri.SeccompProfileFileController',
    weak: [
      'cri/SeccompProfiles.cri.talos.dev',
      'runtime/MountStatuses.runtime.talos.dev/EPHEMERAL',
    ],
  },
  { name: 'cri.ServiceController', weak: ['files/EtcFileStatuses.files.talos.dev'] },
  {
    name: 'cri.containerdImageGCController',
    weak: ['runtime/Services.v1alpha1.talos.dev/containerd'],
  },
  {
    name: 'cri.criImageGCController',
    weak: [
      'etcd/EtcdSpecs.etcd.talos.dev/etcd',
      'k8s/KubeletSpecs.kubernetes.talos.dev/kubelet',
      'runtime/Services.v1alpha1.talos.dev/cri',
    ],
  },
  {
    name: 'files.CRIBaseRuntimeSpecController',
    shared: ['EtcFileSpecs.files.talos.dev'],
    weak: ['cri/BaseRuntimeSpecConfigs.cri.talos.dev'],
  },
  {
    name: 'files.CRIConfigController',
    shared: ['EtcFileSpecs.files.talos.dev'],
    weak: [
      'cri/CustomizationConfigs.cri.talos.dev',
      'cri/RegistryConfigs.cri.talos.dev/registries',
    ],
  },
  {
    name: 'files.EtcFileConfigController',
    shared: ['EtcFileSpecs.files.talos.dev'],
    weak: [CONFIG],
    destroyReady: ['files/EtcFileSpecs.files.talos.dev'],
  },
  {
    name: 'files.EtcFileController',
    exclusive: ['EtcFileStatuses.files.talos.dev'],
    strong: ['files/EtcFileSpecs.files.talos.dev'],
  },
  { name: 'files.IQNController', shared: ['EtcFileSpecs.files.talos.dev'], weak: [IDENTITY] },
  { name: 'files.NQNController', shared: ['EtcFileSpecs.files.talos.dev'], weak: [IDENTITY] },
  {
    name: 'files.UdevRulesController',
    weak: [CONFIG, 'runtime/Services.v1alpha1.talos.dev/udevdServiceID'],
  },
];
