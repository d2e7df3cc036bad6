import { encodeDiscoveredVolumesStatusSpec } from '../../../../generated/definitions/block.js';
import { encodeRegistriesConfigSpec } from '../../../../generated/definitions/cri.js';
import type { NetworkConfigLayer } from '../../../../generated/definitions/enums.js';
import {
  encodeEtcFileSpecSpec,
  encodeEtcFileStatusSpec,
} from '../../../../generated/definitions/files.js';
import {
  encodeExtraManifestsConfigSpec,
  encodeNodeIPConfigSpec,
} from '../../../../generated/definitions/k8s.js';
import {
  encodeHostnameSpecSpec,
  encodeNodeAddressSortAlgorithmSpec,
  encodeResolverSpecSpec,
  encodeTimeServerSpecSpec,
} from '../../../../generated/definitions/network.js';
import { encodeKernelParamSpecSpec } from '../../../../generated/definitions/runtime.js';
import { defineKind, encoded, enumName } from '../kind.js';
import { netIp } from '../values.js';

/** Where a setting of the network comes from: later ones win. */
export type ConfigLayer = 'default' | 'cmdline' | 'platform' | 'operator' | 'configuration';

const layerName = (layer: ConfigLayer) =>
  enumName<NetworkConfigLayer>('CONFIG', layer === 'configuration' ? `machine ${layer}` : layer);

/** The host name that a node is to have. */
export interface HostnameSpecSpec {
  readonly hostname: string;
  readonly domainname: string;
  readonly layer: ConfigLayer;
}

/** `HostnameSpecs`, id `hostname`. */
export const hostnameSpecKind = defineKind({
  type: 'HostnameSpecs.net.talos.dev',
  namespace: 'network',
  owner: 'HostnameMergeControllers.net.talos.dev',
  proto: ({ layer, ...spec }: HostnameSpecSpec) =>
    encoded(encodeHostnameSpecSpec, { ...spec, configLayer: layerName(layer) }),
});

/** The name servers that a node is to ask. */
export interface ResolverSpecSpec {
  readonly dnsServers: readonly string[];
  readonly layer: ConfigLayer;
}

/** `ResolverSpecs`, id `resolvers`. */
export const resolverSpecKind = defineKind({
  type: 'ResolverSpecs.net.talos.dev',
  namespace: 'network',
  owner: 'ResolverMergeControllers.net.talos.dev',
  proto: ({ dnsServers, layer }: ResolverSpecSpec) =>
    encoded(encodeResolverSpecSpec, {
      dnsServers: dnsServers.map(netIp),
      configLayer: layerName(layer),
    }),
});

/** The time servers that a node is to ask. */
export interface TimeServerSpecSpec {
  readonly timeServers: readonly string[];
  readonly layer: ConfigLayer;
}

/** `TimeServerSpecs`, id `timeservers`. */
export const timeServerSpecKind = defineKind({
  type: 'TimeServerSpecs.net.talos.dev',
  namespace: 'network',
  owner: 'TimeServerMergeControllers.net.talos.dev',
  proto: ({ timeServers, layer }: TimeServerSpecSpec) =>
    encoded(encodeTimeServerSpecSpec, { ntpServers: timeServers, configLayer: layerName(layer) }),
});

/** `NodeAddressSortAlgorithms`, id `default`. */
export const nodeAddressSortAlgorithmKind = defineKind({
  type: 'NodeAddressSortAlgorithms.net.talos.dev',
  namespace: 'network',
  owner: 'network.NodeAddressSortAlgorithmController',
  proto: ({ algorithm }: { readonly algorithm: 'v1' | 'v2' }) =>
    encoded(encodeNodeAddressSortAlgorithmSpec, {
      algorithm: algorithm === 'v1' ? 'ADDRESS_SORT_ALGORITHM_V1' : 'ADDRESS_SORT_ALGORITHM_V2',
    }),
});

/** `DiscoveredVolumesStatuses`, id `discovered-volumes-status`. */
export const discoveredVolumesStatusKind = defineKind({
  type: 'DiscoveredVolumesStatuses.block.talos.dev',
  namespace: 'runtime',
  owner: 'block.DiscoveredVolumesStatusController',
  proto: (spec: { readonly ready: boolean }) => encoded(encodeDiscoveredVolumesStatusSpec, spec),
});

/** A file of `/etc` that Talos writes. */
export interface EtcFileSpecSpec {
  readonly contents: string;
  readonly mode: number;
  readonly selinux_label: string;
}

/** `EtcFileSpecs`, by path below `/etc`: `hosts`. */
export const etcFileSpecKind = defineKind({
  type: 'EtcFileSpecs.files.talos.dev',
  namespace: 'files',
  owner: 'network.EtcFileController',
  proto: ({ contents, mode, selinux_label }: EtcFileSpecSpec) =>
    encoded(encodeEtcFileSpecSpec, {
      contents: Buffer.from(contents),
      mode,
      selinuxLabel: selinux_label,
    }),
});

/** `EtcFileStatuses`, by path: the version of the spec that is written. */
export const etcFileStatusKind = defineKind({
  type: 'EtcFileStatuses.files.talos.dev',
  namespace: 'files',
  owner: 'files.EtcFileController',
  proto: (spec: { readonly specVersion: string }) => encoded(encodeEtcFileStatusSpec, spec),
});

/** `NodeIPConfigs`, id `kubelet`. */
export const nodeIpConfigKind = defineKind({
  type: 'NodeIPConfigs.kubernetes.talos.dev',
  namespace: 'k8s',
  owner: 'k8s.NodeIPConfigController',
  proto: (spec: { readonly excludeSubnets: readonly string[] }) =>
    encoded(encodeNodeIPConfigSpec, spec),
});

/** `ExtraManifestsConfigs`, id `extra-manifests`. */
export const extraManifestsConfigKind = defineKind({
  type: 'ExtraManifestsConfigs.kubernetes.talos.dev',
  namespace: 'controlplane',
  owner: 'k8s.ControlPlaneExtraManifestsController',
  proto: (spec: { readonly extraManifests: readonly [] }) =>
    encoded(encodeExtraManifestsConfigSpec, spec),
});

/** `RegistryConfigs`, id `registries`; sensitive. */
export const registriesConfigKind = defineKind({
  type: 'RegistryConfigs.cri.talos.dev',
  namespace: 'cri',
  owner: 'cri.RegistriesConfigController',
  proto: (_: Readonly<Record<string, never>>) => encoded(encodeRegistriesConfigSpec, {}),
});

/** `KernelParamDefaultSpecs`, by name: `proc.sys.kernel.panic`. */
export const kernelParamDefaultKind = defineKind({
  type: 'KernelParamDefaultSpecs.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.KernelParamDefaultsController',
  proto: (spec: { readonly value: string; readonly ignoreErrors: boolean }) =>
    encoded(encodeKernelParamSpecSpec, spec),
});
