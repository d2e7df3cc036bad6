import type { Definition } from './definition.js';

/** The types of the network. */
export const networkDefinitions: readonly Definition[] = [
  { type: 'AddressSpecs.net.talos.dev', namespace: 'network' },
  {
    type: 'AddressStatuses.net.talos.dev',
    namespace: 'network',
    aliases: ['address', 'addresses'],
    columns: [
      ['Address', '{.address}'],
      ['Link', '{.linkName}'],
    ],
  },
  {
    type: 'BGPInstanceConfigs.net.talos.dev',
    namespace: 'network',
    since: '1.14',
    columns: [
      ['Local ASN', '{.localASN}'],
      ['Router ID', '{.routerID}'],
      ['VRF', '{.vrf}'],
      ['Neighbors', '{.neighbors}'],
    ],
  },
  {
    type: 'BGPPeerStatuses.net.talos.dev',
    namespace: 'network',
    since: '1.14',
    columns: [
      ['Instance', '{.instance}'],
      ['Peer', '{.peer}'],
      ['Peer AS', '{.peerASN}'],
      ['State', '{.state}'],
      ['Since', '{.since}'],
      ['Received', '{.received}'],
    ],
  },
  { type: 'DeviceConfigSpecs.net.talos.dev', namespace: 'network', sensitive: true },
  {
    type: 'DNSResolveCaches.net.talos.dev',
    namespace: 'network',
    since: '1.7',
    columns: [['Status', '{.status}']],
  },
  {
    type: 'DNSUpstreams.net.talos.dev',
    namespace: 'network',
    since: '1.7',
    columns: [
      ['Healthy', '{.healthy}'],
      ['Address', '{.addr}'],
    ],
  },
  { type: 'EthernetSpecs.net.talos.dev', namespace: 'network', since: '1.10' },
  {
    type: 'EthernetStatuses.net.talos.dev',
    namespace: 'network',
    since: '1.10',
    aliases: ['ethtool'],
    columns: [
      ['Link', '{.linkState}'],
      ['Speed', '{.speedMbit}'],
    ],
  },
  { type: 'HardwareAddresses.net.talos.dev', namespace: 'network' },
  {
    type: 'HostDNSConfigs.net.talos.dev',
    namespace: 'network',
    since: '1.7',
    columns: [['Enabled', '{.enabled}']],
  },
  { type: 'HostnameSpecs.net.talos.dev', namespace: 'network' },
  {
    type: 'HostnameStatuses.net.talos.dev',
    namespace: 'network',
    aliases: ['hostname'],
    columns: [
      ['Hostname', '{.hostname}'],
      ['Domainname', '{.domainname}'],
    ],
  },
  {
    type: 'LinkAliasSpecs.net.talos.dev',
    namespace: 'network',
    since: '1.12',
    columns: [['Alias', '{.alias}']],
  },
  { type: 'LinkRefreshes.net.talos.dev', namespace: 'network' },
  { type: 'LinkSpecs.net.talos.dev', namespace: 'network', sensitive: true },
  {
    type: 'LinkStatuses.net.talos.dev',
    namespace: 'network',
    aliases: ['link', 'links'],
    columns: [
      ['Alias', '{.alias}'],
      ['Type', '{.type}'],
      ['Kind', '{.kind}'],
      ['Hw Addr', '{.hardwareAddr}'],
      ['Oper State', '{.operationalState}'],
      ['Link State', '{.linkState}'],
    ],
  },
  {
    type: 'NetworkStatuses.net.talos.dev',
    namespace: 'network',
    aliases: ['netstatus', 'netstatuses'],
    columns: [
      ['Address', '{.addressReady}'],
      ['Connectivity', '{.connectivityReady}'],
      ['Hostname', '{.hostnameReady}'],
      ['Etc', '{.etcFilesReady}'],
    ],
  },
  {
    type: 'NfTablesChains.net.talos.dev',
    namespace: 'network',
    aliases: ['chain', 'chains'],
    columns: [
      ['Type', '{.type}'],
      ['Hook', '{.hook}'],
      ['Priority', '{.priority}'],
      ['Policy', '{.policy}'],
    ],
  },
  {
    type: 'NodeAddresses.net.talos.dev',
    namespace: 'network',
    columns: [
      ['Addresses', '{.addresses}'],
      ['SortAlgorithm', '{.sortAlgorithm}'],
    ],
  },
  {
    type: 'NodeAddressFilters.net.talos.dev',
    namespace: 'network',
    columns: [
      ['Include Subnets', '{.includeSubnets}'],
      ['Exclude Subnets', '{.excludeSubnets}'],
    ],
  },
  {
    type: 'NodeAddressSortAlgorithms.net.talos.dev',
    namespace: 'network',
    since: '1.9',
    columns: [['Algorithm', '{.algorithm}']],
  },
  { type: 'OperatorSpecs.net.talos.dev', namespace: 'network', sensitive: true },
  { type: 'PlatformConfigs.net.talos.dev', namespace: 'network', since: '1.12' },
  { type: 'ProbeSpecs.net.talos.dev', namespace: 'network' },
  {
    type: 'ProbeStatuses.net.talos.dev',
    namespace: 'network',
    aliases: ['probe', 'probes'],
    columns: [['Success', '{.success}']],
  },
  {
    type: 'ResolverSpecs.net.talos.dev',
    namespace: 'network',
    columns: [
      ['Layer', '{.layer}'],
      ['Resolvers', '{.dnsServers}'],
      ['Search Domains', '{.searchDomains}'],
    ],
  },
  {
    type: 'ResolverStatuses.net.talos.dev',
    namespace: 'network',
    aliases: ['resolvers'],
    columns: [
      ['Resolvers', '{.dnsServers}'],
      ['Search Domains', '{.searchDomains}'],
    ],
  },
  { type: 'RouteSpecs.net.talos.dev', namespace: 'network' },
  {
    type: 'RouteStatuses.net.talos.dev',
    namespace: 'network',
    aliases: ['route', 'routes'],
    columns: [
      ['Destination', '{.dst}'],
      ['Gateway', '{.gateway}'],
      ['Link', '{.outLinkName}'],
      ['Metric', '{.priority}'],
    ],
  },
  { type: 'RoutingRuleSpecs.net.talos.dev', namespace: 'network', since: '1.13' },
  {
    type: 'RoutingRuleStatuses.net.talos.dev',
    namespace: 'network',
    since: '1.13',
    aliases: ['routingrule', 'routingrules'],
    columns: [
      ['Src', '{.src}'],
      ['Dst', '{.dst}'],
      ['Table', '{.table}'],
      ['Priority', '{.priority}'],
    ],
  },
  {
    type: 'StaticHosts.net.talos.dev',
    namespace: 'network',
    since: '1.14',
    columns: [['Addresses', '{.addresses}']],
  },
  {
    type: 'TimeServerSpecs.net.talos.dev',
    namespace: 'network',
    columns: [
      ['Timeservers', '{.timeServers}'],
      ['UseNTS', '{.useNTS}'],
    ],
  },
  {
    type: 'TimeServerStatuses.net.talos.dev',
    namespace: 'network',
    aliases: ['timeserver', 'timeservers'],
    columns: [
      ['Timeservers', '{.timeServers}'],
      ['UseNTS', '{.useNTS}'],
    ],
  },
];
