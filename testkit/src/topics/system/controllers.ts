import type { ControllerDependencyEdge } from '../../../generated/inspect.js';

/**
 * What a controller of Talos reads and writes. Outputs are types; inputs are `namespace/type`, with
 * the id behind it when it looks at one resource only.
 */
interface Controller {
  readonly name: string;
  /** Types that it alone writes. */
  readonly exclusive?: readonly string[];
  /** Types that others write, too. */
  readonly shared?: readonly string[];
  /** Resources that it holds with finalizers. */
  readonly strong?: readonly string[];
  /** Resources that it only looks at. */
  readonly weak?: readonly string[];
  /** Resources that it removes once nobody holds them. */
  readonly destroyReady?: readonly string[];
}

const CONFIG = 'config/MachineConfigs.config.talos.dev/v1alpha1';
const HOSTNAME = 'network/HostnameStatuses.net.talos.dev/hostname';
const NODENAME = 'k8s/Nodenames.kubernetes.talos.dev/nodename';
const IDENTITY = 'cluster/Identities.cluster.talos.dev/local';
const MACHINE_TYPE = 'config/MachineTypes.config.talos.dev/machine-type';

const controllers: readonly Controller[] = [
  { name: 'block.DevicesController', exclusive: ['BlockDevices.block.talos.dev'] },
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
    name: 'block.SystemDiskController',
    exclusive: ['SystemDisks.block.talos.dev'],
    weak: ['runtime/DiscoveredVolumes.block.talos.dev'],
  },
  {
    name: 'block.VolumeConfigController',
    shared: ['VolumeConfigs.block.talos.dev', 'VolumeMountRequests.block.talos.dev'],
    weak: [CONFIG, 'runtime/MetaKeys.runtime.talos.dev/0x09'],
    destroyReady: [
      'runtime/VolumeMountRequests.block.talos.dev',
      'runtime/VolumeConfigs.block.talos.dev',
    ],
  },
  {
    name: 'block.VolumeManagerController',
    exclusive: ['VolumeStatuses.block.talos.dev'],
    strong: [
      'runtime/VolumeConfigs.block.talos.dev',
      'runtime/VolumeStatuses.block.talos.dev',
      'runtime/VolumeLifecycles.block.talos.dev/volume-lifecycle',
    ],
    weak: [
      'runtime/DiscoveredVolumes.block.talos.dev',
      'runtime/Disks.block.talos.dev',
      'runtime/SystemDisks.block.talos.dev/system-disk',
      'hardware/SystemInformations.hardware.talos.dev/systeminformation',
    ],
  },
  {
    name: 'cluster.AffiliateMergeController',
    shared: ['Affiliates.cluster.talos.dev'],
    weak: ['cluster-raw/Affiliates.cluster.talos.dev'],
  },
  {
    name: 'cluster.DiscoveryServiceController',
    shared: ['Affiliates.cluster.talos.dev', 'AddressStatuses.net.talos.dev'],
    weak: ['config/DiscoveryConfigs.cluster.talos.dev/cluster', IDENTITY],
  },
  {
    name: 'cluster.EndpointController',
    shared: ['Endpoints.kubernetes.talos.dev'],
    weak: ['cluster/Members.cluster.talos.dev'],
  },
  {
    name: 'cluster.LocalAffiliateController',
    shared: ['Affiliates.cluster.talos.dev'],
    weak: [
      'config/DiscoveryConfigs.cluster.talos.dev/cluster',
      IDENTITY,
      HOSTNAME,
      NODENAME,
      'network/NodeAddresses.net.talos.dev',
      MACHINE_TYPE,
    ],
  },
  {
    name: 'cluster.MemberController',
    exclusive: ['Members.cluster.talos.dev'],
    weak: ['cluster/Affiliates.cluster.talos.dev'],
  },
  {
    name: 'cluster.NodeIdentityController',
    shared: ['Identities.cluster.talos.dev', 'EtcFileSpecs.files.talos.dev'],
    strong: ['runtime/VolumeMountStatuses.block.talos.dev'],
    destroyReady: ['runtime/VolumeMountRequests.block.talos.dev'],
  },
  {
    name: 'config.MachineTypeController',
    exclusive: ['MachineTypes.config.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'etcd.MemberController',
    exclusive: ['EtcdMembers.etcd.talos.dev'],
    strong: ['runtime/Services.v1alpha1.talos.dev/etcd'],
  },
  {
    name: 'etcd.PKIController',
    exclusive: ['PKIStatuses.etcd.talos.dev'],
    weak: [
      'secrets/EtcdRootSecrets.secrets.talos.dev/etcd',
      'secrets/EtcdSecrets.secrets.talos.dev/etcd',
    ],
  },
  {
    name: 'etcd.SpecController',
    exclusive: ['EtcdSpecs.etcd.talos.dev'],
    weak: ['etcd/EtcdConfigs.etcd.talos.dev/etcd', HOSTNAME, 'network/NodeAddresses.net.talos.dev'],
  },
  { name: 'hardware.CPUInfoController', exclusive: ['CPUCores.hardware.talos.dev'] },
  {
    name: 'hardware.PCIDevicesController',
    exclusive: ['PCIDevices.hardware.talos.dev'],
    weak: ['runtime/Services.v1alpha1.talos.dev/udevd'],
  },
  {
    name: 'hardware.SystemInfoController',
    exclusive: [
      'Processors.hardware.talos.dev',
      'MemoryModules.hardware.talos.dev',
      'SystemInformations.hardware.talos.dev',
    ],
    weak: ['runtime/MetaKeys.runtime.talos.dev', 'runtime/MetaLoads.runtime.talos.dev/meta-loaded'],
  },
  {
    name: 'k8s.AddressFilterController',
    exclusive: ['NodeAddressFilters.net.talos.dev'],
    weak: [CONFIG, NODENAME, 'k8s/NodeStatuses.kubernetes.talos.dev'],
  },
  {
    name: 'k8s.ControlPlaneStaticPodController',
    shared: ['StaticPods.kubernetes.talos.dev'],
    weak: [
      'controlplane/APIServerConfigs.kubernetes.talos.dev/kube-apiserver',
      'controlplane/ControllerManagerConfigs.kubernetes.talos.dev/kube-controller-manager',
      'controlplane/SchedulerConfigs.kubernetes.talos.dev/kube-scheduler',
      'controlplane/SecretStatuses.kubernetes.talos.dev/static-pods',
      'controlplane/ConfigStatuses.kubernetes.talos.dev/static-pods',
      'runtime/Services.v1alpha1.talos.dev/etcd',
    ],
  },
  {
    name: 'k8s.KubePrismController',
    exclusive: ['KubePrismStatuses.kubernetes.talos.dev'],
    weak: ['k8s/KubePrismConfigs.kubernetes.talos.dev/k8s-loadbalancer-config'],
  },
  {
    name: 'k8s.KubeletSpecController',
    exclusive: ['KubeletSpecs.kubernetes.talos.dev'],
    weak: [
      'k8s/KubeletConfigs.kubernetes.talos.dev/kubelet',
      NODENAME,
      'k8s/NodeIPs.kubernetes.talos.dev/kubelet',
      MACHINE_TYPE,
    ],
  },
  {
    name: 'k8s.KubeletStaticPodController',
    exclusive: ['StaticPodStatuses.kubernetes.talos.dev'],
    weak: [NODENAME, 'runtime/Services.v1alpha1.talos.dev/kubelet'],
  },
  {
    name: 'k8s.ManifestController',
    shared: ['Manifests.kubernetes.talos.dev'],
    weak: [
      'controlplane/BootstrapManifestsConfigs.kubernetes.talos.dev',
      'secrets/KubernetesRootSecrets.secrets.talos.dev/k8s',
    ],
  },
  {
    name: 'k8s.ManifestApplyController',
    exclusive: ['ManifestStatuses.kubernetes.talos.dev'],
    weak: [
      'controlplane/Manifests.kubernetes.talos.dev',
      'runtime/Services.v1alpha1.talos.dev/etcd',
    ],
  },
  {
    name: 'k8s.NodeStatusController',
    exclusive: ['NodeStatuses.kubernetes.talos.dev'],
    weak: [NODENAME, 'k8s/KubeletKubeconfigs.kubernetes.talos.dev/kubelet'],
  },
  {
    name: 'k8s.NodenameController',
    exclusive: ['Nodenames.kubernetes.talos.dev'],
    weak: [CONFIG, HOSTNAME],
  },
  { name: 'network.AddressStatusController', shared: ['AddressStatuses.net.talos.dev'] },
  {
    name: 'network.DNSResolveCacheController',
    exclusive: ['DNSResolveCaches.net.talos.dev'],
    weak: ['network/HostDNSConfigs.net.talos.dev/config'],
  },
  {
    name: 'network.HostnameSpecController',
    exclusive: ['HostnameStatuses.net.talos.dev'],
    strong: ['network/HostnameSpecs.net.talos.dev'],
  },
  { name: 'network.LinkStatusController', exclusive: ['LinkStatuses.net.talos.dev'] },
  {
    name: 'network.NodeAddressController',
    exclusive: ['NodeAddresses.net.talos.dev'],
    weak: [
      'network/AddressStatuses.net.talos.dev',
      'network/LinkStatuses.net.talos.dev',
      'network/NodeAddressFilters.net.talos.dev',
    ],
  },
  {
    name: 'network.ResolverSpecController',
    exclusive: ['ResolverStatuses.net.talos.dev'],
    strong: ['network/ResolverSpecs.net.talos.dev'],
  },
  { name: 'network.RouteStatusController', exclusive: ['RouteStatuses.net.talos.dev'] },
  {
    name: 'network.StatusController',
    exclusive: ['NetworkStatuses.net.talos.dev'],
    weak: [
      'network/NodeAddresses.net.talos.dev/current',
      'network/RouteStatuses.net.talos.dev',
      'network/HostnameStatuses.net.talos.dev',
      'files/EtcFileStatuses.files.talos.dev',
      'network/ProbeStatuses.net.talos.dev',
    ],
  },
  {
    name: 'network.TimeServerSpecController',
    exclusive: ['TimeServerStatuses.net.talos.dev'],
    strong: ['network/TimeServerSpecs.net.talos.dev'],
  },
  {
    name: 'perf.StatsController',
    exclusive: ['CPUStats.perf.talos.dev', 'MemoryStats.perf.talos.dev'],
  },
  {
    name: 'runtime.MachineStatusController',
    exclusive: ['MachineStatuses.runtime.talos.dev'],
    weak: [
      'runtime/TimeStatuses.v1alpha1.talos.dev/node',
      'network/NetworkStatuses.net.talos.dev/status',
      'runtime/Services.v1alpha1.talos.dev',
      'k8s/StaticPodStatuses.kubernetes.talos.dev',
      MACHINE_TYPE,
      NODENAME,
      'k8s/NodeStatuses.kubernetes.talos.dev',
    ],
  },
  {
    name: 'time.SyncController',
    exclusive: ['TimeStatuses.v1alpha1.talos.dev'],
    weak: ['network/TimeServerStatuses.net.talos.dev/timeservers', CONFIG],
  },
  {
    name: 'v1alpha1.ServiceController',
    exclusive: ['Services.v1alpha1.talos.dev'],
  },
];

/**
 * Which controllers of Talos read and write which resources: the larger part of those that a node
 * runs, the same on every node. Outputs have no namespace.
 */
export function controllerDependencies(): readonly ControllerDependencyEdge[] {
  return controllers.flatMap(({ name, exclusive, shared, strong, weak, destroyReady }) => [
    ...edges(
      name,
      'OUTPUT_EXCLUSIVE',
      exclusive?.map((type) => ['', type]),
    ),
    ...edges(
      name,
      'OUTPUT_SHARED',
      shared?.map((type) => ['', type]),
    ),
    ...edges(name, 'INPUT_STRONG', strong?.map(input)),
    ...edges(name, 'INPUT_WEAK', weak?.map(input)),
    ...edges(name, 'INPUT_DESTROY_READY', destroyReady?.map(input)),
  ]);
}

function input(path: string): readonly string[] {
  return path.split('/');
}

function edges(
  controllerName: string,
  edgeType: ControllerDependencyEdge['edgeType'],
  resources: readonly (readonly string[])[] = [],
): readonly ControllerDependencyEdge[] {
  return resources.map(([resourceNamespace = '', resourceType = '', resourceId = '']) => ({
    controllerName,
    edgeType,
    resourceNamespace,
    resourceType,
    resourceId,
  }));
}
