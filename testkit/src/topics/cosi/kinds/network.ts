import type {
  NethelpersFamily,
  NethelpersRouteProtocol,
  NethelpersRouteType,
  NethelpersRoutingTable,
  NethelpersScope,
} from '../../../../generated/definitions/enums.js';
import {
  encodeAddressStatusSpec,
  encodeHostnameStatusSpec,
  encodeNodeAddressFilterSpec,
  encodeNodeAddressSpec,
  encodeProbeStatusSpec,
  encodeResolverStatusSpec,
  encodeRouteStatusSpec,
  encodeStaticHostSpec,
  encodeStatusSpec,
  encodeTimeServerStatusSpec,
} from '../../../../generated/definitions/network.js';
import { defineKind, encoded, enumName } from '../kind.js';
import { netIp, netIpPrefix, optional } from '../values.js';

/** The version of IP. */
export type Family = 'inet4' | 'inet6';

/** How far an address or route is good for. */
export type Scope = 'global' | 'site' | 'link' | 'host' | 'nowhere';

const addressFlags = [
  'temporary',
  'nodad',
  'optimistic',
  'dadfailed',
  'homeaddress',
  'deprecated',
  'tentative',
  'permanent',
  'mngmtmpaddr',
  'noprefixroute',
  'mcautojoin',
  'stableprivacy',
] as const;

/** An address of a link. */
export interface AddressStatusSpec {
  /** With its prefix: `10.5.0.2/24`. */
  readonly address: string;
  readonly local?: string;
  readonly broadcast?: string;
  readonly linkIndex: number;
  readonly linkName: string;
  readonly family: Family;
  readonly scope: Scope;
  /** Separated by commas. */
  readonly flags: string;
  readonly priority: number;
}

/** `AddressStatuses`, by link and address: `eth0/10.5.0.2/24`. */
export const addressStatusKind = defineKind({
  type: 'AddressStatuses.net.talos.dev',
  namespace: 'network',
  owner: 'network.AddressStatusController',
  proto: ({ address, local, broadcast, family, scope, flags, ...spec }: AddressStatusSpec) =>
    encoded(encodeAddressStatusSpec, {
      ...spec,
      address: netIpPrefix(address),
      local: optional(local, netIp),
      broadcast: optional(broadcast, netIp),
      family: enumName<NethelpersFamily>('FAMILY', family),
      scope: enumName<NethelpersScope>('SCOPE', scope),
      flags: bits(addressFlags, flags),
    }),
  // Go takes such an address for zero, whatever it is, where zeros are left out.
  yaml: ({ local: _local, broadcast: _broadcast, ...spec }) => spec,
});

/** The number of flags that are named. */
export function bits(names: readonly string[], flags: string): number {
  return flags
    .split(',')
    .filter((flag) => flag !== '')
    .reduce((sum, flag) => sum + 2 ** names.indexOf(flag), 0);
}

/** A route of the kernel. */
export interface RouteStatusSpec {
  readonly family: Family;
  /** Empty for the default route. */
  readonly dst: string;
  readonly src: string;
  readonly gateway: string;
  readonly outLinkIndex?: number;
  readonly outLinkName?: string;
  /** `main`, `local` or a number. */
  readonly table: string;
  readonly priority: number;
  readonly scope: Scope;
  readonly type: 'unicast' | 'local' | 'broadcast' | 'multicast' | 'blackhole';
  /** None is known here. */
  readonly flags: '';
  readonly protocol: 'kernel' | 'boot' | 'static' | 'ra' | 'dhcp';
}

/** `RouteStatuses`; `routeId` makes their ids. */
export const routeStatusKind = defineKind({
  type: 'RouteStatuses.net.talos.dev',
  namespace: 'network',
  owner: 'network.RouteStatusController',
  proto: ({ dst, src, gateway, flags: _, ...spec }: RouteStatusSpec) =>
    encoded(encodeRouteStatusSpec, {
      ...spec,
      destination: optional(dst, netIpPrefix),
      source: optional(src, netIp),
      gateway: optional(gateway, netIp),
      family: enumName<NethelpersFamily>('FAMILY', spec.family),
      table: routingTable(spec.table),
      scope: enumName<NethelpersScope>('SCOPE', spec.scope),
      type: enumName<NethelpersRouteType>('TYPE', spec.type),
      protocol: enumName<NethelpersRouteProtocol>('PROTOCOL', spec.protocol),
    }),
});

function routingTable(table: string): NethelpersRoutingTable {
  // Numbers follow the word directly.
  return (
    /^\d/.test(table) ? `TABLE${table}` : `TABLE_${table.toUpperCase()}`
  ) as NethelpersRoutingTable;
}

/** The id of a route's status: `inet4/10.5.0.1//1024`, with its table in front unless `main`. */
export function routeId(route: RouteStatusSpec): string {
  const { table, family, gateway, dst, priority, outLinkName = '' } = route;
  return [
    ...(table === 'main' ? [] : [table]),
    ...(family === 'inet6' ? [outLinkName] : []),
    family,
    gateway,
    dst,
    priority,
  ].join('/');
}

/** Addresses of a node that serve a purpose. */
export interface NodeAddressSpec {
  /** With their prefixes. */
  readonly addresses: readonly string[];
  readonly sortAlgorithm: 'v1' | 'v2';
}

/** `NodeAddresses`: `default`, `current`, `accumulative`, `routed`, and these by filter. */
export const nodeAddressKind = defineKind({
  type: 'NodeAddresses.net.talos.dev',
  namespace: 'network',
  owner: 'network.NodeAddressController',
  proto: ({ addresses, sortAlgorithm }: NodeAddressSpec) =>
    encoded(encodeNodeAddressSpec, {
      addresses: addresses.map(netIpPrefix),
      sortAlgorithm:
        sortAlgorithm === 'v1' ? 'ADDRESS_SORT_ALGORITHM_V1' : 'ADDRESS_SORT_ALGORITHM_V2',
    }),
});

/** Which addresses a list of node addresses is cut down to. */
export interface NodeAddressFilterSpec {
  readonly includeSubnets: readonly string[];
  readonly excludeSubnets: readonly string[];
}

/** `NodeAddressFilters`: `only-k8s` and `no-k8s`. */
export const nodeAddressFilterKind = defineKind({
  type: 'NodeAddressFilters.net.talos.dev',
  namespace: 'network',
  owner: 'k8s.AddressFilterController',
  proto: ({ includeSubnets, excludeSubnets }: NodeAddressFilterSpec) =>
    encoded(encodeNodeAddressFilterSpec, {
      includeSubnets: includeSubnets.map(netIpPrefix),
      excludeSubnets: excludeSubnets.map(netIpPrefix),
    }),
});

/** The name of the host. */
export interface HostnameStatusSpec {
  readonly hostname: string;
  readonly domainname: string;
}

/** `HostnameStatuses`, id `hostname`. */
export const hostnameStatusKind = defineKind({
  type: 'HostnameStatuses.net.talos.dev',
  namespace: 'network',
  owner: 'network.HostnameSpecController',
  proto: (spec: HostnameStatusSpec) => encoded(encodeHostnameStatusSpec, spec),
});

/** The name servers of the host. */
export interface ResolverStatusSpec {
  readonly dnsServers: readonly string[];
  readonly searchDomains: readonly string[];
}

/** `ResolverStatuses`, id `resolvers`. */
export const resolverStatusKind = defineKind({
  type: 'ResolverStatuses.net.talos.dev',
  namespace: 'network',
  owner: 'network.ResolverSpecController',
  proto: ({ dnsServers, searchDomains }: ResolverStatusSpec) =>
    encoded(encodeResolverStatusSpec, { dnsServers: dnsServers.map(netIp), searchDomains }),
});

/** The time servers of the host. */
export interface TimeServerStatusSpec {
  readonly timeServers: readonly string[];
  readonly useNTS: boolean;
}

/** `TimeServerStatuses`, id `timeservers`. */
export const timeServerStatusKind = defineKind({
  type: 'TimeServerStatuses.net.talos.dev',
  namespace: 'network',
  owner: 'network.TimeServerSpecController',
  proto: ({ timeServers, useNTS }: TimeServerStatusSpec) =>
    encoded(encodeTimeServerStatusSpec, { ntpServers: timeServers, useNts: useNTS }),
});

/** Whether the network is up. */
export interface NetworkStatusSpec {
  readonly addressReady: boolean;
  readonly connectivityReady: boolean;
  readonly hostnameReady: boolean;
  readonly etcFilesReady: boolean;
}

/** `NetworkStatuses`, id `status`. */
export const networkStatusKind = defineKind({
  type: 'NetworkStatuses.net.talos.dev',
  namespace: 'network',
  owner: 'network.StatusController',
  proto: (spec: NetworkStatusSpec) => encoded(encodeStatusSpec, spec),
});

/** What came out of a probe. */
export interface ProbeStatusSpec {
  readonly success: boolean;
  readonly lastError: string;
}

/** `ProbeStatuses`, by probe: `tcp:proxy.example.org:3128`. */
export const probeStatusKind = defineKind({
  type: 'ProbeStatuses.net.talos.dev',
  namespace: 'network',
  owner: 'network.ProbeController',
  proto: (spec: ProbeStatusSpec) => encoded(encodeProbeStatusSpec, spec),
});

/** A name that the host resolves by itself. */
export interface StaticHostSpec {
  readonly addresses: readonly string[];
}

/** `StaticHosts`, by name. */
export const staticHostKind = defineKind({
  type: 'StaticHosts.net.talos.dev',
  namespace: 'network',
  owner: 'network.StaticHostController',
  proto: ({ addresses }: StaticHostSpec) =>
    encoded(encodeStaticHostSpec, { addresses: addresses.map(netIp) }),
});
