import { CONFIG, type Controller, HOSTNAME, MACHINE_TYPE, NODENAME } from './controller.js';

/** Controllers of Kubernetes: the second half by name. */
export const k8sControllers2: readonly Controller[] = [
  {
    name: 'k8s.KubeletKubeconfigController',
    exclusive: ['KubeletKubeconfigs.kubernetes.talos.dev'],
  },
  {
    name: 'k8s.KubeletServiceController',
    weak: [
      'files/EtcFileStatuses.files.talos.dev/machine-id',
      'k8s/KubeletSpecs.kubernetes.talos.dev/kubelet',
      'runtime/MountStatuses.runtime.talos.dev/EPHEMERAL',
      'secrets/KubeletSecrets.secrets.talos.dev/kubelet',
    ],
  },
  {
    name: 'k8s.KubeletSpecController',
    exclusive: ['KubeletSpecs.kubernetes.talos.dev'],
    weak: [
      MACHINE_TYPE,
      'k8s/KubeletConfigs.kubernetes.talos.dev/kubelet',
      'k8s/NodeIPs.kubernetes.talos.dev/kubelet',
      NODENAME,
    ],
  },
  {
    name: 'k8s.KubeletStaticPodController',
    exclusive: ['StaticPodStatuses.kubernetes.talos.dev'],
    weak: [
      NODENAME,
      'runtime/Services.v1alpha1.talos.dev/kubelet',
      'secrets/KubernetesDynamicCerts.secrets.talos.dev/k8s-dynamic-certs',
      'secrets/KubernetesRootSecrets.secrets.talos.dev/k8s',
    ],
  },
  {
    name: 'k8s.KubeletStatusController',
    exclusive: ['KubeletStatuses.kubernetes.talos.dev'],
    weak: ['k8s/KubeletSpecs.kubernetes.talos.dev'],
  },
  {
    name: 'k8s.ManifestApplyController',
    exclusive: ['ManifestStatuses.kubernetes.talos.dev'],
    weak: [
      'controlplane/Manifests.kubernetes.talos.dev',
      'runtime/Services.v1alpha1.talos.dev/etcd',
      'secrets/KubernetesSecrets.secrets.talos.dev/k8s-certs',
    ],
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
    name: 'k8s.NodeAnnotationSpecController',
    exclusive: ['NodeAnnotationSpecs.k8s.talos.dev'],
    weak: [CONFIG, 'runtime/ExtensionStatuses.runtime.talos.dev'],
  },
  {
    name: 'k8s.NodeApplyController',
    weak: [
      MACHINE_TYPE,
      'k8s/NodeAnnotationSpecs.k8s.talos.dev',
      'k8s/NodeCordonedSpecs.k8s.talos.dev',
      'k8s/NodeLabelSpecs.k8s.talos.dev',
      'k8s/NodeTaintSpecs.k8s.talos.dev',
      NODENAME,
      'secrets/KubernetesRootSecrets.secrets.talos.dev/k8s',
    ],
  },
  {
    name: 'k8s.NodeCordonedSpecController',
    exclusive: ['NodeCordonedSpecs.k8s.talos.dev'],
    weak: ['runtime/MachineStatuses.runtime.talos.dev/machine'],
  },
  {
    name: 'k8s.NodeIPConfigController',
    exclusive: ['NodeIPConfigs.kubernetes.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'k8s.NodeIPController',
    exclusive: ['NodeIPs.kubernetes.talos.dev'],
    weak: [
      'k8s/NodeIPConfigs.kubernetes.talos.dev/kubelet',
      'network/NodeAddresses.net.talos.dev/routed-no-k8s',
    ],
  },
  {
    name: 'k8s.NodeLabelSpecController',
    exclusive: ['NodeLabelSpecs.k8s.talos.dev'],
    weak: [CONFIG, 'runtime/ExtensionStatuses.runtime.talos.dev'],
  },
  {
    name: 'k8s.NodeStatusController',
    exclusive: ['NodeStatuses.kubernetes.talos.dev'],
    weak: ['k8s/KubeletKubeconfigs.kubernetes.talos.dev/kubelet', NODENAME],
  },
  {
    name: 'k8s.NodeTaintSpecController',
    exclusive: ['NodeTaintSpecs.k8s.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'k8s.NodenameController',
    exclusive: ['Nodenames.kubernetes.talos.dev'],
    weak: [CONFIG, HOSTNAME],
  },
  {
    name: 'k8s.RenderConfigsStaticPodController',
    exclusive: ['ConfigStatuses.kubernetes.talos.dev'],
    weak: [
      'controlplane/AdmissionControlConfigs.kubernetes.talos.dev',
      'controlplane/AuditPolicyConfigs.kubernetes.talos.dev',
      'controlplane/AuthenticationConfigs.kubernetes.talos.dev',
      'controlplane/AuthorizationConfigs.kubernetes.talos.dev',
      'controlplane/SchedulerConfigs.kubernetes.talos.dev/final-kube-scheduler',
    ],
  },
  {
    name: 'k8s.RenderSecretsStaticPodController',
    exclusive: ['SecretStatuses.kubernetes.talos.dev'],
    weak: [
      'k8s/EtcdEncryptionConfigs.kubernetes.talos.dev/k8s',
      'secrets/EtcdRootSecrets.secrets.talos.dev/etcd',
      'secrets/EtcdSecrets.secrets.talos.dev/etcd',
      'secrets/KubernetesDynamicCerts.secrets.talos.dev/k8s-dynamic-certs',
      'secrets/KubernetesRootSecrets.secrets.talos.dev/k8s',
      'secrets/KubernetesSecrets.secrets.talos.dev/k8s-certs',
    ],
  },
  {
    name: 'k8s.StaticEndpointController',
    shared: ['Endpoints.kubernetes.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'k8s.StaticPodConfigController',
    shared: ['StaticPods.kubernetes.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'k8s.StaticPodServerController',
    exclusive: ['StaticPodServerStatuses.kubernetes.talos.dev'],
    weak: ['k8s/StaticPods.kubernetes.talos.dev'],
  },
];
