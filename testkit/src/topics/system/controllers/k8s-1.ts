import { CONFIG, type Controller, MACHINE_TYPE, NODENAME } from './controller.js';

/** Controllers of Kubernetes: the first half by name. */
export const k8sControllers1: readonly Controller[] = [
  {
    name: 'k8s.AddressFilterController',
    exclusive: ['NodeAddressFilters.net.talos.dev'],
    weak: [CONFIG, 'k8s/NodeStatuses.kubernetes.talos.dev', NODENAME],
  },
  {
    name: 'k8s.ControlPlaneAPIServerController',
    shared: ['APIServerConfigs.kubernetes.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'k8s.ControlPlaneAPIServerFinalController',
    shared: ['APIServerConfigs.kubernetes.talos.dev'],
    weak: [
      'controlplane/APIServerConfigs.kubernetes.talos.dev',
      'secrets/KubernetesRootSecrets.secrets.talos.dev/k8s',
    ],
  },
  {
    name: 'k8s.ControlPlaneAdmissionControlController',
    exclusive: ['AdmissionControlConfigs.kubernetes.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'k8s.ControlPlaneAuditPolicyController',
    exclusive: ['AuditPolicyConfigs.kubernetes.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'k8s.ControlPlaneAuthenticationController',
    exclusive: ['AuthenticationConfigs.kubernetes.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'k8s.ControlPlaneAuthorizationController',
    exclusive: ['AuthorizationConfigs.kubernetes.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'k8s.ControlPlaneBootstrapManifestsController',
    exclusive: ['BootstrapManifestsConfigs.kubernetes.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev', 'network/HostDNSConfigs.net.talos.dev/config'],
  },
  {
    name: 'k8s.ControlPlaneControllerManagerController',
    shared: ['ControllerManagerConfigs.kubernetes.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'k8s.ControlPlaneControllerManagerFinalController',
    shared: ['ControllerManagerConfigs.kubernetes.talos.dev'],
    weak: ['controlplane/ControllerManagerConfigs.kubernetes.talos.dev'],
  },
  {
    name: 'k8s.ControlPlaneExtraManifestsController',
    exclusive: ['ExtraManifestsConfigs.kubernetes.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'k8s.ControlPlaneSchedulerController',
    shared: ['SchedulerConfigs.kubernetes.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'k8s.ControlPlaneSchedulerFinalController',
    shared: ['SchedulerConfigs.kubernetes.talos.dev'],
    weak: ['controlplane/SchedulerConfigs.kubernetes.talos.dev'],
  },
  {
    name: 'k8s.ControlPlaneStaticPodController',
    shared: ['StaticPods.kubernetes.talos.dev'],
    weak: [
      'controlplane/APIServerConfigs.kubernetes.talos.dev/final-kube-apiserver',
      'controlplane/ConfigStatuses.kubernetes.talos.dev/static-pods',
      'controlplane/ControllerManagerConfigs.kubernetes.talos.dev/final-kube-controller-manager',
      'controlplane/SchedulerConfigs.kubernetes.talos.dev/final-kube-scheduler',
      'controlplane/SecretStatuses.kubernetes.talos.dev/static-pods',
      'runtime/Services.v1alpha1.talos.dev/etcd',
    ],
  },
  {
    name: 'k8s.EndpointController',
    shared: ['Endpoints.kubernetes.talos.dev'],
    weak: [
      MACHINE_TYPE,
      'k8s/KubeletKubeconfigs.kubernetes.talos.dev/kubelet',
      'secrets/KubernetesSecrets.secrets.talos.dev/k8s-certs',
    ],
  },
  {
    name: 'k8s.EtcdEncryptionConfigController',
    exclusive: ['EtcdEncryptionConfigs.kubernetes.talos.dev'],
    weak: ['secrets/KubernetesRootSecrets.secrets.talos.dev/k8s'],
  },
  {
    name: 'k8s.ExtraManifestController',
    shared: ['Manifests.kubernetes.talos.dev'],
    weak: [
      'controlplane/ExtraManifestsConfigs.kubernetes.talos.dev',
      'network/NetworkStatuses.net.talos.dev/status',
    ],
  },
  {
    name: 'k8s.KubePrismConfigController',
    exclusive: ['KubePrismConfigs.kubernetes.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev', 'k8s/KubePrismEndpoints.kubernetes.talos.dev'],
  },
  {
    name: 'k8s.KubePrismController',
    exclusive: ['KubePrismStatuses.kubernetes.talos.dev'],
    weak: ['k8s/KubePrismConfigs.kubernetes.talos.dev/k8s-loadbalancer-config'],
  },
  {
    name: 'k8s.KubePrismEndpointsController',
    exclusive: ['KubePrismEndpoints.kubernetes.talos.dev'],
    weak: ['cluster/Members.cluster.talos.dev', 'config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'k8s.KubeletConfigController',
    exclusive: ['KubeletConfigs.kubernetes.talos.dev'],
    weak: [
      'config/MachineConfigs.config.talos.dev',
      'k8s/StaticPodServerStatuses.kubernetes.talos.dev/static-pod-server-status',
    ],
  },
];
