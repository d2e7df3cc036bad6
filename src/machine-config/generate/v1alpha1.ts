import type { V1Alpha1Config } from '../../../generated/machine-config/index.js';
import { encodedAuthority, type Plan, when } from './input.js';
import { auditPolicy, podSecurity } from './policies.js';
import { registriesOfMachine } from './registries.js';

type Machine = NonNullable<V1Alpha1Config['machine']>;
type Cluster = NonNullable<V1Alpha1Config['cluster']>;

/** The document without a kind: all of the configuration once, what is left of it from 1.14 on. */
export function v1alpha1Document(plan: Plan): V1Alpha1Config {
  const { debug = false } = plan.input;
  return {
    version: 'v1alpha1',
    debug,
    persist: true,
    machine: machineSection(plan),
    cluster: clusterSection(plan),
  };
}

function machineSection(plan: Plan): Machine {
  const { input, type, isControlPlane, isMultidoc, secrets } = plan;
  const { os } = secrets.certs;
  return {
    type,
    token: secrets.trustdInfo.token,
    ca: isControlPlane ? encodedAuthority(os) : { crt: btoa(os.cert), key: '' },
    certSANs: input.additionalSans,
    kubelet: when(!isMultidoc, {
      image: plan.image('kubelet'),
      defaultRuntimeSeccompProfileEnabled: when(plan.since('1.2'), true),
      disableManifestsDirectory: when(plan.since('1.3'), true),
    }),
    network: when(!plan.since('1.13'), {
      kubespan: when(input.kubespan !== undefined, { enabled: input.kubespan }),
    }),
    install: when(!isMultidoc && input.installDisk !== undefined, {
      disk: input.installDisk,
      extraKernelArgs: input.installExtraKernelArgs,
      image: input.installImage,
      wipe: false,
      grubUseUKICmdline: when(plan.since('1.12'), true),
    }),
    sysctls: when(!isMultidoc, input.sysctls),
    registries: registriesOfMachine(plan),
    features: featuresSection(plan),
    nodeLabels: when(isControlPlane && plan.since('1.8') && !isMultidoc, plan.loadBalancerLabel),
  };
}

function featuresSection(plan: Plan): Machine['features'] {
  const { kubePrismPort } = plan.input;
  const isOld = !plan.since('1.12');
  return {
    rbac: when(isOld, true),
    stableHostname: when(isOld && plan.since('1.2'), true),
    apidCheckExtKeyUsage: when(isOld && plan.since('1.3'), true),
    diskQuotaSupport: when(plan.since('1.5'), true),
    kubePrism: when(!plan.isMultidoc && kubePrismPort > 0, {
      enabled: true,
      port: kubePrismPort,
    }),
    hostDNS: when(!plan.isMultidoc && plan.since('1.7'), {
      enabled: true,
      forwardKubeDNSToHost: when(plan.since('1.8'), true),
    }),
  };
}

function clusterSection(plan: Plan): Cluster {
  const { input, isControlPlane, secrets } = plan;
  const common: Cluster = {
    token: secrets.secrets.bootstrapToken,
    etcd: when(isControlPlane && input.kubernetes !== undefined, {
      ca: encodedAuthority(secrets.certs.etcd),
    }),
  };
  if (plan.isMultidoc) return common;
  return {
    ...common,
    id: secrets.cluster.id,
    secret: secrets.cluster.secret,
    controlPlane: {
      endpoint: input.endpoint,
      localAPIServerPort: when(isControlPlane, input.localApiServerPort),
    },
    clusterName: when(isControlPlane || plan.since('1.8'), input.clusterName),
    network: {
      cni:
        input.cniManifest === undefined ? undefined : { name: 'custom', urls: [input.cniManifest] },
      dnsDomain: input.dnsDomain,
      podSubnets: input.podSubnets,
      serviceSubnets: input.serviceSubnets,
    },
    ca: kubernetesAuthority(plan),
    discovery: {
      enabled: input.discovery,
      registries: when(plan.since('1.2'), { kubernetes: { disabled: true }, service: {} }),
    },
    ...(isControlPlane ? controlPlaneSettings(plan) : {}),
  };
}

function kubernetesAuthority({ isControlPlane, secrets }: Plan): Cluster['ca'] {
  const { k8s } = secrets.certs;
  return isControlPlane ? encodedAuthority(k8s) : k8s && { crt: btoa(k8s.cert), key: '' };
}

/** What control planes are told of Kubernetes up to 1.13. */
function controlPlaneSettings(plan: Plan): Cluster {
  const { input, secrets } = plan;
  const { aescbcEncryptionSecret, secretboxEncryptionSecret } = secrets.secrets;
  const { k8sAggregator, k8sServiceAccount } = secrets.certs;
  const { allowSchedulingOnControlPlanes: allowed } = input;
  return {
    aescbcEncryptionSecret,
    secretboxEncryptionSecret,
    aggregatorCA: encodedAuthority(k8sAggregator),
    serviceAccount: k8sServiceAccount && { key: btoa(k8sServiceAccount.key) },
    apiServer: {
      image: plan.image('apiServer'),
      certSANs: apiServerNames(plan),
      disablePodSecurityPolicy: when(!plan.since('1.12'), true),
      admissionControl: when(plan.since('1.1'), [
        { name: 'PodSecurity', configuration: podSecurity },
      ]),
      auditPolicy: when(plan.since('1.3'), auditPolicy),
    },
    controllerManager: { image: plan.image('controllerManager') },
    proxy: { image: plan.image('proxy') },
    scheduler: { image: plan.image('scheduler') },
    allowSchedulingOnMasters: when(allowed === true && !plan.since('1.2'), true),
    allowSchedulingOnControlPlanes: when(allowed === true && plan.since('1.2'), true),
  };
}

/** The names in the certificate of the API server. From 1.12 on Talos adds the endpoint itself. */
export function apiServerNames(plan: Plan): readonly string[] | undefined {
  const { endpointHost, additionalSans } = plan.input;
  const names = [...(plan.since('1.12') ? [] : [endpointHost]), ...additionalSans];
  return when(names.length > 0, names);
}
