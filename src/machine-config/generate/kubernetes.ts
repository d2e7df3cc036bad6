import type { MachineConfigDocument } from '../../../generated/machine-config/index.js';
import { type Plan, when } from './input.js';
import { auditPolicy, authentication, podSecurity } from './policies.js';
import { apiServerNames } from './v1alpha1.js';

const apiVersion = 'v1alpha1';

/** What all machines are told of Kubernetes, from contract 1.14 on. */
export function kubernetesDocuments(plan: Plan): readonly MachineConfigDocument[] {
  const { input, isControlPlane } = plan;
  if (!plan.isMultidoc || input.kubernetes === undefined) return [];
  const { k8s } = plan.secrets.certs;
  const role = 'node-role.kubernetes.io/control-plane';
  return [
    {
      apiVersion,
      kind: 'KubeClusterConfig',
      clusterName: input.clusterName,
      endpoint: input.endpoint,
    },
    {
      apiVersion,
      kind: 'KubeNodeConfig',
      nodeIP: {},
      labels: when(isControlPlane, { [role]: '', ...plan.loadBalancerLabel }),
      taints: when(isControlPlane && input.allowSchedulingOnControlPlanes !== true, {
        [role]: 'NoSchedule',
      }),
    },
    {
      apiVersion,
      kind: 'KubeletConfig',
      image: plan.image('kubelet'),
      config: {},
      defaultRuntimeSeccompProfileEnabled: true,
    },
    {
      apiVersion,
      kind: 'KubeNetworkConfig',
      dnsDomain: input.dnsDomain,
      podSubnets: input.podSubnets,
      serviceSubnets: input.serviceSubnets,
    },
    {
      apiVersion,
      kind: 'KubeAPIServerCAConfig',
      ...(isControlPlane ? { issuingCA: k8s } : { acceptedCAs: k8s && [k8s.cert] }),
    },
    ...(input.kubePrismPort > 0
      ? [{ apiVersion, kind: 'KubePrismConfig', port: input.kubePrismPort } as const]
      : []),
    ...(isControlPlane ? controlPlaneDocuments(plan) : []),
  ];
}

/** What only control planes are told. */
function controlPlaneDocuments(plan: Plan): readonly MachineConfigDocument[] {
  const { input, secrets } = plan;
  return [
    { apiVersion, kind: 'KubeAggregatorCAConfig', issuingCA: secrets.certs.k8sAggregator },
    {
      apiVersion,
      kind: 'KubeAdmissionControlConfig',
      name: 'PodSecurity',
      configuration: podSecurity,
    },
    { apiVersion, kind: 'KubeAuditPolicyConfig', configuration: auditPolicy },
    { apiVersion, kind: 'KubeAuthenticationConfig', configuration: authentication },
    { apiVersion, kind: 'KubeAuthorizerConfig', name: 'node', type: 'Node' },
    { apiVersion, kind: 'KubeAuthorizerConfig', name: 'rbac', type: 'RBAC' },
    { apiVersion, kind: 'KubeEtcdEncryptionConfig', config: etcdEncryption(plan) },
    {
      apiVersion,
      kind: 'KubeServiceAccountConfig',
      issuer: { privateKey: secrets.certs.k8sServiceAccount?.key ?? '', issuerURL: input.endpoint },
    },
    {
      apiVersion,
      kind: 'KubeAPIServerConfig',
      image: plan.image('apiServer'),
      apiPort: input.localApiServerPort,
      certExtraSANs: apiServerNames(plan),
    },
    {
      apiVersion,
      kind: 'KubeControllerManagerConfig',
      image: plan.image('controllerManager'),
    },
    { apiVersion, kind: 'KubeSchedulerConfig', image: plan.image('scheduler'), config: {} },
    { apiVersion, kind: 'KubeProxyConfig', image: plan.image('proxy'), config: {} },
    ...networkDocuments(plan),
  ];
}

/** The name of the key is what Talos itself gave it up to 1.13: etcd has it beside each secret. */
function etcdEncryption({ secrets }: Plan) {
  const { secretboxEncryptionSecret: secret = '' } = secrets.secrets;
  return {
    resources: [
      { providers: [{ secretbox: { keys: [{ name: 'key2', secret }] } }], resources: ['secrets'] },
    ],
  };
}

function networkDocuments({ input }: Plan): readonly MachineConfigDocument[] {
  const dns = { apiVersion, kind: 'KubeCoreDNSConfig', enabled: true } as const;
  return input.cniManifest === undefined
    ? [{ apiVersion, kind: 'KubeFlannelCNIConfig', backendType: 'vxlan', backendPort: 4789 }, dns]
    : [
        dns,
        {
          apiVersion,
          kind: 'KubeExternalManifestConfig',
          name: 'custom-cni',
          url: input.cniManifest,
        },
      ];
}
