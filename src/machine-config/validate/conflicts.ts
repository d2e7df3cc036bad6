import type {
  MachineConfigDocument,
  V1Alpha1Config,
} from '../../../generated/machine-config/index.js';
import { kindOf } from '../structure/structure.js';

/** What the old document says already, by the kind of document that would say it again. */
const checks: Readonly<
  Record<string, (old: V1Alpha1Config, document: MachineConfigDocument) => string | undefined>
> = {
  VolumeConfig: ({ machine }, document) => {
    const { name, encryption } = document as {
      name?: string;
      encryption?: { keys?: readonly unknown[] };
    };
    const key = { STATE: 'state', EPHEMERAL: 'ephemeral' }[name ?? ''] as 'state' | undefined;
    const isSet = (encryption?.keys ?? []).length > 0;
    if (key === undefined || !isSet || machine?.systemDiskEncryption?.[key] === undefined) {
      return undefined;
    }
    return `system disk encryption for "${name}" is configured in both v1alpha1.Config and VolumeConfig`;
  },
  DiscoveryServiceConfig: ({ cluster }) =>
    when(
      cluster?.discovery,
      'discovery service is already configured in .cluster.discovery of the v1alpha1 config',
    ),
  DiscoveryIdentityConfig: ({ cluster }) =>
    when(
      cluster?.id || cluster?.secret,
      'cluster identity is already configured in .cluster.id/.cluster.secret of the v1alpha1 config',
    ),
  ImageCacheConfig: ({ machine }) =>
    when(machine?.features?.imageCache, 'image cache config is already set in v1alpha1 config'),
  KubeletConfig: ({ machine }) =>
    when(machine?.kubelet, 'kubelet config is already set in v1alpha1 config (.machine.kubelet)'),
  KubeAdmissionControlConfig: (old) => admissionPlugins(old),
  KubeAuthorizerConfig: (old) => admissionPlugins(old),
  KubeAPIServerConfig: ({ cluster }) =>
    when(
      cluster?.apiServer,
      'kube-apiserver config is already set in v1alpha1 config (.cluster.apiServer)',
    ) ??
    when(
      cluster?.controlPlane?.localAPIServerPort,
      'kube-apiserver API port is already set in v1alpha1 config (.cluster.controlPlane.localAPIServerPort)',
    ),
  KubeAuditPolicyConfig: ({ cluster }) =>
    when(
      Object.keys(cluster?.apiServer?.auditPolicy ?? {}).length,
      'audit policy config is already set in v1alpha1 config',
    ),
  KubeControllerManagerConfig: ({ cluster, machine }) =>
    when(
      cluster?.controllerManager,
      'kube-controller-manager config is already set in v1alpha1 config (.cluster.controllerManager)',
    ) ??
    when(
      machine?.controlPlane?.controllerManager,
      'kube-controller-manager config is already set in v1alpha1 config (.machine.controlplane.controllerManager)',
    ),
  KubeSchedulerConfig: ({ cluster, machine }) =>
    when(
      cluster?.scheduler,
      'kube-scheduler config is already set in v1alpha1 config (.cluster.scheduler)',
    ) ??
    when(
      machine?.controlPlane?.scheduler,
      'kube-scheduler config is already set in v1alpha1 config (.machine.controlplane.scheduler)',
    ),
  KubeEtcdEncryptionConfig: ({ cluster }) =>
    when(
      cluster?.secretboxEncryptionSecret || cluster?.aescbcEncryptionSecret,
      'etcd encryption config is already set in v1alpha1 config',
    ),
  KubeFlannelCNIConfig: ({ cluster }) =>
    when(cluster?.network, clusterNetwork('KubeFlannelCNIConfig')),
  KubeNetworkConfig: ({ cluster }) => when(cluster?.network, clusterNetwork('KubeNetworkConfig')),
  KubeProxyConfig: ({ cluster }) =>
    when(
      cluster?.proxy,
      "cluster proxy config in v1alpha1 config (.machine.cluster.proxy) can't be used with KubeProxyConfig document, please remove it to avoid conflicts",
    ),
  KubeSpanConfig: ({ machine }) =>
    when(
      machine?.network?.kubespan,
      'kubespan is already configured in v1alpha1 machine.network.kubespan',
    ),
  HostnameConfig: ({ machine }) =>
    when(machine?.network?.hostname, 'static hostname is already set in v1alpha1 config') ??
    when(machine?.features?.stableHostname, 'stable hostname is already set in v1alpha1 config'),
  ResolverConfig: ({ machine }, document) => {
    const { network, features } = machine ?? {};
    const { hostDNS } = document as { hostDNS?: object };
    const says = (key: string) => `.machine.network.${key} is already set in v1alpha1 config`;
    return (
      when(network?.searchDomains, says('searchDomains')) ??
      when(network?.nameservers?.length, says('nameservers')) ??
      when(network?.disableSearchDomain, says('disableSearchDomain')) ??
      when(
        Object.keys(hostDNS ?? {}).length > 0 && features?.hostDNS,
        '.machine.features.hostDNS is already set in v1alpha1 config',
      )
    );
  },
  TimeSyncConfig: ({ machine }) => {
    const both = (what: string) => `${what} in both v1alpha1 and new-style configuration`;
    const { disabled, servers, bootTimeout } = machine?.time ?? {};
    return (
      when(disabled, both('time sync cannot be disabled')) ??
      when(servers?.length, both('time servers cannot be specified')) ??
      when(bootTimeout && bootTimeout !== '0s', both('boot timeout cannot be specified'))
    );
  },
};

/** What a document says that the old document says already. */
export function conflictOf(
  old: V1Alpha1Config,
  document: MachineConfigDocument,
): string | undefined {
  return checks[kindOf(document)]?.(old, document);
}

function admissionPlugins({ cluster }: V1Alpha1Config): string | undefined {
  return when(
    cluster?.apiServer?.admissionControl?.length,
    'admission control plugin config is already set in v1alpha1 config',
  );
}

function clusterNetwork(kind: string): string {
  return `cluster network config in v1alpha1 config (.machine.cluster.network) can't be used with ${kind} document, please remove it to avoid conflicts`;
}

function when(isSet: unknown, message: string): string | undefined {
  return isSet ? message : undefined;
}
