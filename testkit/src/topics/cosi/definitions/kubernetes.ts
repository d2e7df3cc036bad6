import type { Definition } from './definition.js';

/** The types of Kubernetes. */
export const kubernetesDefinitions: readonly Definition[] = [
  { type: 'AdmissionControlConfigs.kubernetes.talos.dev', namespace: 'controlplane' },
  { type: 'APIServerConfigs.kubernetes.talos.dev', namespace: 'controlplane', sensitive: true },
  { type: 'AuditPolicyConfigs.kubernetes.talos.dev', namespace: 'controlplane', sensitive: true },
  {
    type: 'AuthenticationConfigs.kubernetes.talos.dev',
    namespace: 'controlplane',
    since: '1.14',
    sensitive: true,
  },
  {
    type: 'AuthorizationConfigs.kubernetes.talos.dev',
    namespace: 'controlplane',
    since: '1.9',
    sensitive: true,
  },
  { type: 'BootstrapManifestsConfigs.kubernetes.talos.dev', namespace: 'controlplane' },
  {
    type: 'ConfigStatuses.kubernetes.talos.dev',
    namespace: 'controlplane',
    columns: [
      ['Ready', '{.ready}'],
      ['Secrets Version', '{.version}'],
    ],
  },
  { type: 'ControllerManagerConfigs.kubernetes.talos.dev', namespace: 'controlplane' },
  {
    type: 'Endpoints.kubernetes.talos.dev',
    namespace: 'controlplane',
    columns: [
      ['Addresses', '{.addresses}'],
      ['Hosts', '{.hosts}'],
    ],
  },
  {
    type: 'EtcdEncryptionConfigs.kubernetes.talos.dev',
    namespace: 'k8s',
    since: '1.14',
    sensitive: true,
  },
  { type: 'ExtraManifestsConfigs.kubernetes.talos.dev', namespace: 'controlplane' },
  { type: 'KubeletConfigs.kubernetes.talos.dev', namespace: 'k8s', sensitive: true },
  {
    type: 'KubeletKubeconfigs.kubernetes.talos.dev',
    namespace: 'k8s',
    since: '1.12',
    columns: [['Hash', '{.hash}']],
  },
  { type: 'KubeletLifecycles.kubernetes.talos.dev', namespace: 'k8s' },
  { type: 'KubeletSpecs.kubernetes.talos.dev', namespace: 'k8s', sensitive: true },
  {
    type: 'KubeletStatuses.kubernetes.talos.dev',
    namespace: 'k8s',
    since: '1.14',
    columns: [['Image', '{.image}']],
  },
  {
    type: 'KubePrismConfigs.kubernetes.talos.dev',
    namespace: 'k8s',
    columns: [
      ['Host', '{.host}'],
      ['Port', '{.port}'],
      ['Endpoints', '{.endpoints}'],
    ],
  },
  {
    type: 'KubePrismEndpoints.kubernetes.talos.dev',
    namespace: 'k8s',
    columns: [
      ['Hosts', '{.endpoints[*].host}'],
      ['Ports', '{.endpoints[*].port}'],
    ],
  },
  {
    type: 'KubePrismStatuses.kubernetes.talos.dev',
    namespace: 'k8s',
    columns: [
      ['HOST', '{.host}'],
      ['HEALTHY', '{.healthy}'],
    ],
  },
  { type: 'Manifests.kubernetes.talos.dev', namespace: 'controlplane' },
  { type: 'ManifestStatuses.kubernetes.talos.dev', namespace: 'controlplane' },
  {
    type: 'NodeAnnotationSpecs.k8s.talos.dev',
    namespace: 'k8s',
    since: '1.8',
    columns: [['Value', '{.value}']],
    sensitive: true,
  },
  { type: 'NodeCordonedSpecs.k8s.talos.dev', namespace: 'k8s', sensitive: true },
  { type: 'NodeIPConfigs.kubernetes.talos.dev', namespace: 'k8s' },
  { type: 'NodeIPs.kubernetes.talos.dev', namespace: 'k8s' },
  {
    type: 'NodeLabelSpecs.k8s.talos.dev',
    namespace: 'k8s',
    columns: [['Value', '{.value}']],
    sensitive: true,
  },
  {
    type: 'Nodenames.kubernetes.talos.dev',
    namespace: 'k8s',
    columns: [['Nodename', '{.nodename}']],
  },
  {
    type: 'NodeStatuses.kubernetes.talos.dev',
    namespace: 'k8s',
    columns: [
      ['Ready', '{.nodeReady}'],
      ['Unschedulable', '{.unschedulable}'],
    ],
  },
  {
    type: 'NodeTaintSpecs.k8s.talos.dev',
    namespace: 'k8s',
    columns: [
      ['Effect', '{.effect}'],
      ['Value', '{.value}'],
    ],
    sensitive: true,
  },
  { type: 'SchedulerConfigs.kubernetes.talos.dev', namespace: 'controlplane' },
  {
    type: 'SecretStatuses.kubernetes.talos.dev',
    namespace: 'controlplane',
    columns: [
      ['Ready', '{.ready}'],
      ['Secrets Version', '{.version}'],
    ],
  },
  { type: 'StaticPods.kubernetes.talos.dev', namespace: 'k8s' },
  { type: 'StaticPodServerStatuses.kubernetes.talos.dev', namespace: 'k8s' },
  {
    type: 'StaticPodStatuses.kubernetes.talos.dev',
    namespace: 'k8s',
    aliases: ['podstatus'],
    columns: [['Ready', '{.conditions[?(@.type=="Ready")].status}']],
  },
];
