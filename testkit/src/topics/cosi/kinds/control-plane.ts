import type { Init } from 'talos-client';
import type {
  ArgValues as ArgValuesMessage,
  Resources as PodResourcesMessage,
} from '../../../../generated/definitions/k8s.js';
import {
  encodeAPIServerConfigSpec,
  encodeBootstrapManifestsConfigSpec,
  encodeControllerManagerConfigSpec,
  encodeManifestSpec,
  encodeManifestStatusSpec,
  encodeSchedulerConfigSpec,
} from '../../../../generated/definitions/k8s.js';
import { defineKind, encoded } from '../kind.js';
import { type JsonObject, structMessage } from '../struct.js';

type ArgValues = Init<Record<string, ArgValuesMessage>>;

/** What a pod may use. */
export type PodResources = Init<PodResourcesMessage>;

/** How the API server runs. */
export interface ApiServerConfigSpec {
  readonly image: string;
  readonly cloudProvider: string;
  readonly controlPlaneEndpoint: string;
  readonly etcdServers: readonly string[];
  readonly localPort: number;
  readonly serviceCIDR: readonly string[];
  readonly extraArgs: ArgValues;
  readonly extraVolumes: readonly [];
  readonly environmentVariables: Readonly<Record<string, string>>;
  readonly advertisedAddress: string;
  readonly resources: PodResources;
  readonly startupProbesEnabled: boolean;
  readonly useAuthenticationConfig: boolean;
}

/** `APIServerConfigs`, id `kube-apiserver`; sensitive. */
export const apiServerConfigKind = defineKind({
  type: 'APIServerConfigs.kubernetes.talos.dev',
  namespace: 'controlplane',
  owner: 'k8s.ControlPlaneAPIServerController',
  proto: ({ localPort, serviceCIDR, ...spec }: ApiServerConfigSpec) =>
    encoded(encodeAPIServerConfigSpec, {
      ...spec,
      localPort: BigInt(localPort),
      serviceCidRs: serviceCIDR,
    }),
});

/** How the controller manager runs. */
export interface ControllerManagerConfigSpec {
  readonly enabled: boolean;
  readonly image: string;
  readonly cloudProvider: string;
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  readonly extraVolumes: readonly [];
  readonly environmentVariables: Readonly<Record<string, string>>;
  readonly resources: PodResources;
  readonly nodeCIDRMaskSizeIPv4: number;
  readonly nodeCIDRMaskSizeIPv6: number;
}

/** `ControllerManagerConfigs`, id `kube-controller-manager`. */
export const controllerManagerConfigKind = defineKind({
  type: 'ControllerManagerConfigs.kubernetes.talos.dev',
  namespace: 'controlplane',
  owner: 'k8s.ControlPlaneControllerManagerController',
  proto: ({
    podCIDRs,
    serviceCIDRs,
    nodeCIDRMaskSizeIPv4,
    nodeCIDRMaskSizeIPv6,
    ...spec
  }: ControllerManagerConfigSpec) =>
    encoded(encodeControllerManagerConfigSpec, {
      ...spec,
      podCidRs: podCIDRs,
      serviceCidRs: serviceCIDRs,
      nodeCidrMaskSizeIPv4: BigInt(nodeCIDRMaskSizeIPv4),
      nodeCidrMaskSizeIPv6: BigInt(nodeCIDRMaskSizeIPv6),
    }),
});

/** How the scheduler runs. */
export interface SchedulerConfigSpec {
  readonly enabled: boolean;
  readonly image: string;
  readonly config: JsonObject;
  readonly extraVolumes: readonly [];
  readonly environmentVariables: Readonly<Record<string, string>>;
  readonly resources: PodResources;
}

/** `SchedulerConfigs`, id `kube-scheduler`. */
export const schedulerConfigKind = defineKind({
  type: 'SchedulerConfigs.kubernetes.talos.dev',
  namespace: 'controlplane',
  owner: 'k8s.ControlPlaneSchedulerController',
  proto: ({ config, ...spec }: SchedulerConfigSpec) =>
    encoded(encodeSchedulerConfigSpec, { ...spec, config: structMessage(config) }),
});

/** What Talos brings into a new cluster. */
export interface BootstrapManifestsConfigSpec {
  readonly server: string;
  readonly clusterDomain: string;
  readonly podCIDRs: readonly string[];
  readonly proxyEnabled: boolean;
  readonly proxyImage: string;
  readonly proxyArgs: readonly string[];
  readonly proxyConfig: JsonObject;
  readonly proxyConfigChecksum: string;
  readonly proxyResources: PodResources;
  readonly coreDNSEnabled: boolean;
  readonly coreDNSImage: string;
  readonly dnsServiceIP: string;
  readonly dnsServiceIPv6: string;
  readonly flannelEnabled: boolean;
  readonly flannelImage: string;
  readonly flannelExtraArgs: readonly string[];
  readonly flannelKubeServiceHost: string;
  readonly flannelKubeServicePort: string;
  readonly flannelKubeNetworkPoliciesEnabled: boolean;
  readonly flannelKubeNetworkPoliciesImage: string;
  readonly flannelBackendType: string;
  readonly flannelBackendPort: number;
  readonly flannelBackendMTU: number;
  readonly flannelBackendExtraConfig: JsonObject;
  readonly flannelResources: PodResources;
  readonly podSecurityPolicyEnabled: boolean;
  readonly talosAPIServiceEnabled: boolean;
  readonly cniName: string;
}

/** `BootstrapManifestsConfigs`, id `manifests`. */
export const bootstrapManifestsConfigKind = defineKind({
  type: 'BootstrapManifestsConfigs.kubernetes.talos.dev',
  namespace: 'controlplane',
  owner: 'k8s.ControlPlaneBootstrapManifestsController',
  proto: ({
    podCIDRs,
    proxyConfig,
    coreDNSEnabled,
    coreDNSImage,
    dnsServiceIP,
    dnsServiceIPv6,
    flannelBackendMTU,
    flannelBackendExtraConfig,
    talosAPIServiceEnabled,
    ...spec
  }: BootstrapManifestsConfigSpec) =>
    encoded(encodeBootstrapManifestsConfigSpec, {
      ...spec,
      podCidRs: podCIDRs,
      proxyConfig: structMessage(proxyConfig),
      coreDnsEnabled: coreDNSEnabled,
      coreDnsImage: coreDNSImage,
      dnsServiceIp: dnsServiceIP,
      dnsServiceIPv6,
      flannelBackendMtu: flannelBackendMTU,
      flannelBackendExtraConfig: structMessage(flannelBackendExtraConfig),
      talosApiServiceEnabled: talosAPIServiceEnabled,
    }),
  // The key of the server in Talos' struct is this one.
  yaml: ({ server, ...spec }) => ({ string: server, ...spec }),
});

/** `Manifests`, by file: `11-core-dns`. The spec is the list of objects. */
export const manifestKind = defineKind({
  type: 'Manifests.kubernetes.talos.dev',
  namespace: 'controlplane',
  owner: 'k8s.ManifestController',
  proto: (objects: readonly JsonObject[]) =>
    encoded(encodeManifestSpec, {
      items: objects.map((object) => ({ object: structMessage(object) })),
    }),
});

/** Which manifests are in the cluster. */
export interface ManifestStatusSpec {
  readonly manifestsApplied: readonly string[];
}

/** `ManifestStatuses`, id `manifests`. */
export const manifestStatusKind = defineKind({
  type: 'ManifestStatuses.kubernetes.talos.dev',
  namespace: 'controlplane',
  owner: 'k8s.ManifestApplyController',
  proto: (spec: ManifestStatusSpec) => encoded(encodeManifestStatusSpec, spec),
});
