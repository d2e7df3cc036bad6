import { fromMs } from 'talos-client';
import {
  encodeAffiliateSpec,
  encodeConfigSpec as encodeDiscoveryConfigSpec,
  encodeIdentitySpec,
  encodeInfoSpec,
  encodeMemberSpec,
} from '../../../../generated/definitions/cluster.js';
import type { MachineType as MachineTypeName } from '../../../../generated/definitions/enums.js';
import { encodeConfigSpec as encodeKubeAccessConfigSpec } from '../../../../generated/definitions/kubeaccess.js';
import {
  encodeConfigSpec as encodeKubeSpanConfigSpec,
  encodePeerStatusSpec,
} from '../../../../generated/definitions/kubespan.js';
import { encodeStatusSpec as encodeSiderolinkStatusSpec } from '../../../../generated/definitions/siderolink.js';
import type { MachineType } from '../../../base/machine.js';
import { defineKind, encoded } from '../kind.js';
import { goTime, netIp, netIpPort } from '../values.js';
import { unquoted } from '../yaml.js';

const machineTypes = {
  controlplane: 'TYPE_CONTROL_PLANE',
  worker: 'TYPE_WORKER',
} as const satisfies Record<MachineType, MachineTypeName>;

/** A machine of the cluster, as its members know it. */
export interface MemberSpec {
  readonly nodeId: string;
  readonly addresses: readonly string[];
  readonly hostname: string;
  readonly machineType: MachineType;
  readonly operatingSystem: string;
  /** Where its Kubernetes API listens, on control planes. */
  readonly controlPlane?: { readonly port: number } | undefined;
}

/** `Members`, by host name. */
export const memberKind = defineKind({
  type: 'Members.cluster.talos.dev',
  namespace: 'cluster',
  owner: 'cluster.MemberController',
  proto: ({ addresses, machineType, controlPlane, ...spec }: MemberSpec) =>
    encoded(encodeMemberSpec, {
      ...spec,
      addresses: addresses.map(netIp),
      machineType: machineTypes[machineType],
      controlPlane: controlPlane && { apiServerPort: BigInt(controlPlane.port) },
    }),
});

/** A machine that discovery knows, before it counts as a member. */
export interface AffiliateSpec extends MemberSpec {
  readonly nodename?: string;
}

/** `Affiliates`, by node id; those not merged yet are in `cluster-raw`. */
export const affiliateKind = defineKind({
  type: 'Affiliates.cluster.talos.dev',
  namespace: 'cluster',
  owner: 'cluster.AffiliateMergeController',
  proto: ({ addresses, machineType, controlPlane, ...spec }: AffiliateSpec) =>
    encoded(encodeAffiliateSpec, {
      ...spec,
      addresses: addresses.map(netIp),
      machineType: machineTypes[machineType],
      controlPlane: controlPlane && { apiServerPort: BigInt(controlPlane.port) },
    }),
});

/** What a machine calls itself in discovery. */
export interface IdentitySpec {
  readonly nodeId: string;
}

/** `Identities`, id `local`. */
export const identityKind = defineKind({
  type: 'Identities.cluster.talos.dev',
  namespace: 'cluster',
  owner: 'cluster.NodeIdentityController',
  proto: (spec: IdentitySpec) => encoded(encodeIdentitySpec, spec),
});

/** Which cluster a machine belongs to. */
export interface InfoSpec {
  readonly clusterId: string;
  readonly clusterName: string;
}

/** `Infos`, id `current`. */
export const infoKind = defineKind({
  type: 'Infos.cluster.talos.dev',
  namespace: 'cluster',
  owner: 'cluster.InfoController',
  proto: (spec: InfoSpec) => encoded(encodeInfoSpec, spec),
});

/** How members are found. */
export interface DiscoveryConfigSpec {
  readonly discoveryEnabled: boolean;
  readonly registryKubernetesEnabled: boolean;
  readonly registryServiceEnabled: boolean;
  readonly serviceEndpoint: string;
  /** In base64. */
  readonly serviceEncryptionKey: string;
  readonly serviceClusterID: string;
  readonly serviceEndpoints: readonly {
    readonly name: string;
    readonly endpoint: string;
    readonly insecure: boolean;
  }[];
}

/** `DiscoveryConfigs`, id `cluster`; sensitive. */
export const discoveryConfigKind = defineKind({
  type: 'DiscoveryConfigs.cluster.talos.dev',
  namespace: 'config',
  owner: 'cluster.ConfigController',
  proto: ({ serviceEncryptionKey, serviceClusterID, ...spec }: DiscoveryConfigSpec) =>
    encoded(encodeDiscoveryConfigSpec, {
      ...spec,
      serviceEncryptionKey: Buffer.from(serviceEncryptionKey, 'base64'),
      serviceClusterId: serviceClusterID,
    }),
  yaml: ({ serviceEncryptionKey, ...spec }) => ({
    ...spec,
    // Go writes bytes as a list of numbers.
    serviceEncryptionKey: [...Buffer.from(serviceEncryptionKey, 'base64')],
  }),
});

/** Whether the Talos API is open to pods. */
export interface KubeAccessConfigSpec {
  readonly enabled: boolean;
  readonly allowedAPIRoles: readonly string[];
  readonly allowedKubernetesNamespaces: readonly string[];
}

/** `KubernetesAccessConfigs`, id `config`. */
export const kubeAccessConfigKind = defineKind({
  type: 'KubernetesAccessConfigs.cluster.talos.dev',
  namespace: 'config',
  owner: 'kubeaccess.ConfigController',
  proto: ({ allowedAPIRoles, ...spec }: KubeAccessConfigSpec) =>
    encoded(encodeKubeAccessConfigSpec, { ...spec, allowedApiRoles: allowedAPIRoles }),
});

/** Whether nodes talk through KubeSpan. */
export interface KubeSpanConfigSpec {
  readonly enabled: boolean;
  readonly clusterId: string;
  readonly sharedSecret: string;
  readonly forceRouting: boolean;
  readonly advertiseKubernetesNetworks: boolean;
  readonly mtu?: number;
  readonly harvestExtraEndpoints: boolean;
}

/** `KubeSpanConfigs`, id `kubespan`; sensitive. */
export const kubeSpanConfigKind = defineKind({
  type: 'KubeSpanConfigs.kubespan.talos.dev',
  namespace: 'config',
  owner: 'kubespan.ConfigController',
  proto: (spec: KubeSpanConfigSpec) => encoded(encodeKubeSpanConfigSpec, spec),
});

/** How the tunnel to another node is. */
export interface KubeSpanPeerStatusSpec {
  /** As `10.5.0.3:51820`. */
  readonly endpoint: string;
  readonly label: string;
  readonly state: 'unknown' | 'up' | 'down';
  readonly receiveBytes: number;
  readonly transmitBytes: number;
  /** In milliseconds since 1970. */
  readonly lastHandshakeTimeMs: number;
}

/** `KubeSpanPeerStatuses`, by public key. */
export const kubeSpanPeerStatusKind = defineKind({
  type: 'KubeSpanPeerStatuses.kubespan.talos.dev',
  namespace: 'kubespan',
  owner: 'kubespan.ManagerController',
  proto: ({ endpoint, state, lastHandshakeTimeMs, ...spec }: KubeSpanPeerStatusSpec) =>
    encoded(encodePeerStatusSpec, {
      label: spec.label,
      endpoint: netIpPort(endpoint),
      lastUsedEndpoint: netIpPort(endpoint),
      state: (
        { unknown: 'PEER_STATE_UNKNOWN', up: 'PEER_STATE_UP', down: 'PEER_STATE_DOWN' } as const
      )[state],
      receiveBytes: BigInt(spec.receiveBytes),
      transmitBytes: BigInt(spec.transmitBytes),
      lastHandshakeTime: fromMs(lastHandshakeTimeMs),
      lastEndpointChange: fromMs(lastHandshakeTimeMs),
    }),
  yaml: ({ lastHandshakeTimeMs, ...spec }) => ({
    ...spec,
    lastHandshakeTime: unquoted(goTime(lastHandshakeTimeMs)),
    lastUsedEndpoint: spec.endpoint,
    lastEndpointChange: unquoted(goTime(lastHandshakeTimeMs)),
  }),
});

/** How the tunnel to the management is. */
export interface SiderolinkStatusSpec {
  readonly host: string;
  readonly connected: boolean;
  readonly linkName: string;
  readonly grpcTunnel: boolean;
}

/** `SiderolinkStatuses`, id `siderolink-status`. */
export const siderolinkStatusKind = defineKind({
  type: 'SiderolinkStatuses.siderolink.talos.dev',
  namespace: 'config',
  owner: 'siderolink.StatusController',
  proto: (spec: SiderolinkStatusSpec) => encoded(encodeSiderolinkStatusSpec, spec),
});
