import {
  CONFIG,
  type Controller,
  HOSTNAME,
  IDENTITY,
  MACHINE_TYPE,
  NODENAME,
} from './controller.js';

/** Controllers of the configuration, discovery, etcd, KubeSpan, and access from Kubernetes. */
export const clusterControllers: readonly Controller[] = [
  {
    name: 'cluster.AffiliateMergeController',
    shared: ['Affiliates.cluster.talos.dev'],
    weak: ['cluster-raw/Affiliates.cluster.talos.dev'],
  },
  {
    name: 'cluster.ConfigController',
    exclusive: ['DiscoveryConfigs.cluster.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'cluster.DiscoveryServiceController',
    shared: ['AddressStatuses.net.talos.dev', 'Affiliates.cluster.talos.dev'],
    weak: [
      IDENTITY,
      'config/DiscoveryConfigs.cluster.talos.dev/cluster',
      'kubespan/KubeSpanEndpoints.kubespan.talos.dev',
      'runtime/MachineResetSignals.runtime.talos.dev/machine',
    ],
  },
  {
    name: 'cluster.EndpointController',
    shared: ['Endpoints.kubernetes.talos.dev'],
    weak: ['cluster/Members.cluster.talos.dev'],
  },
  {
    name: 'cluster.InfoController',
    exclusive: ['Infos.cluster.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'cluster.KubernetesPullController',
    shared: ['Affiliates.cluster.talos.dev'],
    weak: ['config/DiscoveryConfigs.cluster.talos.dev/cluster', NODENAME],
  },
  {
    name: 'cluster.KubernetesPushController',
    weak: [IDENTITY, 'config/DiscoveryConfigs.cluster.talos.dev/cluster'],
  },
  {
    name: 'cluster.LocalAffiliateController',
    shared: ['Affiliates.cluster.talos.dev'],
    weak: [
      'cluster/AddressStatuses.net.talos.dev',
      IDENTITY,
      'config/DiscoveryConfigs.cluster.talos.dev/cluster',
      'config/KubeSpanConfigs.kubespan.talos.dev/kubespan',
      MACHINE_TYPE,
      'controlplane/APIServerConfigs.kubernetes.talos.dev/final-kube-apiserver',
      'k8s/NodeStatuses.kubernetes.talos.dev',
      NODENAME,
      'kubespan/KubeSpanIdentities.kubespan.talos.dev/local',
      HOSTNAME,
      'network/NodeAddresses.net.talos.dev',
    ],
  },
  {
    name: 'cluster.MemberController',
    exclusive: ['Members.cluster.talos.dev'],
    weak: ['cluster/Affiliates.cluster.talos.dev'],
  },
  {
    name: 'cluster.NodeIdentityController',
    shared: [
      'EtcFileSpecs.files.talos.dev',
      'Identities.cluster.talos.dev',
      'VolumeMountRequests.block.talos.dev',
    ],
    strong: ['runtime/VolumeMountStatuses.block.talos.dev'],
    destroyReady: ['runtime/VolumeMountRequests.block.talos.dev'],
  },
  {
    name: 'config.AcquireController',
    exclusive: [
      'AcquireConfigStatuses.v1alpha1.talos.dev',
      'MaintenanceServiceRequests.runtime.talos.dev',
    ],
    shared: ['VolumeMountRequests.block.talos.dev'],
    strong: ['runtime/VolumeMountStatuses.block.talos.dev'],
    weak: [
      CONFIG,
      'runtime/AcquireConfigSpecs.v1alpha1.talos.dev',
      'runtime/VolumeStatuses.block.talos.dev/STATE',
    ],
    destroyReady: [
      'runtime/MaintenanceServiceRequests.runtime.talos.dev',
      'runtime/VolumeMountRequests.block.talos.dev',
    ],
  },
  {
    name: 'config.MachineTypeController',
    exclusive: ['MachineTypes.config.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'config.PersistenceController',
    shared: ['VolumeMountRequests.block.talos.dev'],
    strong: [
      'runtime/VolumeLifecycles.block.talos.dev/volumes',
      'runtime/VolumeMountStatuses.block.talos.dev',
    ],
    weak: [
      'config/MachineConfigs.config.talos.dev/persistent',
      'runtime/VolumeStatuses.block.talos.dev/STATE',
    ],
    destroyReady: ['runtime/VolumeMountRequests.block.talos.dev'],
  },
  {
    name: 'etcd.AdvertisedPeerController',
    weak: [
      'etcd/EtcdSpecs.etcd.talos.dev/etcd',
      'etcd/PKIStatuses.etcd.talos.dev/etcd',
      'runtime/Services.v1alpha1.talos.dev/etcd',
    ],
  },
  {
    name: 'etcd.ConfigController',
    exclusive: ['EtcdConfigs.etcd.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'etcd.MemberController',
    exclusive: ['EtcdMembers.etcd.talos.dev'],
    strong: ['runtime/Services.v1alpha1.talos.dev/etcdServiceID'],
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
  {
    name: 'kubeaccess.CRDController',
    weak: [
      'config/KubernetesAccessConfigs.cluster.talos.dev/config',
      'secrets/KubernetesSecrets.secrets.talos.dev/k8s-certs',
      'secrets/OSRootSecrets.secrets.talos.dev/os',
    ],
  },
  {
    name: 'kubeaccess.ConfigController',
    exclusive: ['KubernetesAccessConfigs.cluster.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'kubeaccess.EndpointController',
    weak: [
      'config/KubernetesAccessConfigs.cluster.talos.dev/config',
      'controlplane/Endpoints.kubernetes.talos.dev',
      'secrets/KubernetesSecrets.secrets.talos.dev/k8s-certs',
    ],
  },
  {
    name: 'kubespan.ConfigController',
    exclusive: ['KubeSpanConfigs.kubespan.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'kubespan.EndpointController',
    exclusive: ['KubeSpanEndpoints.kubespan.talos.dev'],
    weak: [
      'cluster/Affiliates.cluster.talos.dev',
      'config/KubeSpanConfigs.kubespan.talos.dev/kubespan',
      'kubespan/KubeSpanPeerStatuses.kubespan.talos.dev',
    ],
  },
  {
    name: 'kubespan.IdentityController',
    exclusive: ['KubeSpanIdentities.kubespan.talos.dev'],
    shared: ['VolumeMountRequests.block.talos.dev'],
    strong: ['runtime/VolumeMountStatuses.block.talos.dev'],
    weak: [
      'config/KubeSpanConfigs.kubespan.talos.dev/kubespan',
      'network/HardwareAddresses.net.talos.dev/first',
    ],
    destroyReady: ['runtime/VolumeMountRequests.block.talos.dev'],
  },
  {
    name: 'kubespan.ManagerController',
    exclusive: ['KubeSpanPeerStatuses.kubespan.talos.dev'],
    shared: [
      'AddressSpecs.net.talos.dev',
      'LinkSpecs.net.talos.dev',
      'NfTablesChains.net.talos.dev',
      'RouteSpecs.net.talos.dev',
      'RoutingRuleSpecs.net.talos.dev',
    ],
    weak: [
      'config/KubeSpanConfigs.kubespan.talos.dev/kubespan',
      'kubespan/KubeSpanIdentities.kubespan.talos.dev/local',
      'kubespan/KubeSpanPeerSpecs.kubespan.talos.dev',
    ],
  },
  {
    name: 'kubespan.PeerSpecController',
    exclusive: ['KubeSpanPeerSpecs.kubespan.talos.dev'],
    weak: [
      'cluster/Affiliates.cluster.talos.dev',
      IDENTITY,
      'config/KubeSpanConfigs.kubespan.talos.dev/kubespan',
    ],
  },
];
