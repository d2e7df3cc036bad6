import { CONFIG, type Controller, HOSTNAME, IDENTITY } from './controller.js';

/** Controllers of the network: the first half by name. */
export const networkControllers1: readonly Controller[] = [
  {
    name: 'AddressMergeControllers.net.talos.dev',
    shared: ['AddressSpecs.net.talos.dev'],
    weak: ['network-config/AddressSpecs.net.talos.dev'],
    destroyReady: ['network/AddressSpecs.net.talos.dev'],
  },
  {
    name: 'HostnameMergeControllers.net.talos.dev',
    shared: ['HostnameSpecs.net.talos.dev'],
    weak: ['network-config/HostnameSpecs.net.talos.dev'],
    destroyReady: ['network/HostnameSpecs.net.talos.dev'],
  },
  {
    name: 'LinkMergeControllers.net.talos.dev',
    shared: ['LinkSpecs.net.talos.dev'],
    weak: ['network-config/LinkSpecs.net.talos.dev'],
    destroyReady: ['network/LinkSpecs.net.talos.dev'],
  },
  {
    name: 'OperatorMergeControllers.net.talos.dev',
    shared: ['OperatorSpecs.net.talos.dev'],
    weak: ['network-config/OperatorSpecs.net.talos.dev'],
    destroyReady: ['network/OperatorSpecs.net.talos.dev'],
  },
  {
    name: 'ProbeMergeControllers.net.talos.dev',
    shared: ['ProbeSpecs.net.talos.dev'],
    weak: ['network-config/ProbeSpecs.net.talos.dev'],
    destroyReady: ['network/ProbeSpecs.net.talos.dev'],
  },
  {
    name: 'ResolverMergeControllers.net.talos.dev',
    shared: ['ResolverSpecs.net.talos.dev'],
    weak: ['network-config/ResolverSpecs.net.talos.dev'],
    destroyReady: ['network/ResolverSpecs.net.talos.dev'],
  },
  {
    name: 'RouteMergeControllers.net.talos.dev',
    shared: ['RouteSpecs.net.talos.dev'],
    weak: ['network-config/RouteSpecs.net.talos.dev'],
    destroyReady: ['network/RouteSpecs.net.talos.dev'],
  },
  {
    name: 'RoutingRuleMergeControllers.net.talos.dev',
    shared: ['RoutingRuleSpecs.net.talos.dev'],
    weak: ['network-config/RoutingRuleSpecs.net.talos.dev'],
    destroyReady: ['network/RoutingRuleSpecs.net.talos.dev'],
  },
  {
    name: 'TimeServerMergeControllers.net.talos.dev',
    shared: ['TimeServerSpecs.net.talos.dev'],
    weak: ['network-config/TimeServerSpecs.net.talos.dev'],
    destroyReady: ['network/TimeServerSpecs.net.talos.dev'],
  },
  {
    name: 'network.AddressConfigController',
    shared: ['AddressSpecs.net.talos.dev'],
    weak: [CONFIG, 'network/DeviceConfigSpecs.net.talos.dev'],
  },
  {
    name: 'network.AddressEventController',
    weak: [HOSTNAME, 'network/NodeAddresses.net.talos.dev/current-no-k8s'],
  },
  { name: 'network.AddressSpecController', strong: ['network/AddressSpecs.net.talos.dev'] },
  { name: 'network.AddressStatusController', shared: ['AddressStatuses.net.talos.dev'] },
  {
    name: 'network.BGPController',
    exclusive: ['BGPPeerStatuses.net.talos.dev'],
    shared: ['RouteSpecs.net.talos.dev'],
    weak: [
      'network/AddressStatuses.net.talos.dev',
      'network/BGPInstanceConfigs.net.talos.dev',
      'network/LinkStatuses.net.talos.dev',
    ],
  },
  {
    name: 'network.BGPInstanceConfigController',
    exclusive: ['BGPInstanceConfigs.net.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'network.DNSResolveCacheController',
    exclusive: ['DNSResolveCaches.net.talos.dev'],
    weak: ['network/DNSUpstreams.net.talos.dev', 'network/HostDNSConfigs.net.talos.dev/config'],
  },
  {
    name: 'network.DNSUpstreamController',
    exclusive: ['DNSUpstreams.net.talos.dev'],
    weak: [
      'network/HostDNSConfigs.net.talos.dev/config',
      'network/ResolverStatuses.net.talos.dev/resolvers',
    ],
  },
  {
    name: 'network.DeviceConfigController',
    exclusive: ['DeviceConfigSpecs.net.talos.dev'],
    weak: [CONFIG, 'network/LinkStatuses.net.talos.dev'],
  },
  {
    name: 'network.EtcFileController',
    shared: ['EtcFileSpecs.files.talos.dev'],
    weak: [
      CONFIG,
      'network/HostDNSConfigs.net.talos.dev/config',
      HOSTNAME,
      'network/NodeAddresses.net.talos.dev/default',
      'network/ResolverStatuses.net.talos.dev/resolvers',
    ],
  },
  {
    name: 'network.EthernetConfigController',
    shared: ['EthernetSpecs.net.talos.dev'],
    weak: [CONFIG],
  },
  { name: 'network.EthernetSpecController', weak: ['network/EthernetSpecs.net.talos.dev'] },
  {
    name: 'network.EthernetStatusController',
    exclusive: ['EthernetStatuses.net.talos.dev'],
    weak: ['network/LinkSpecs.net.talos.dev'],
  },
  {
    name: 'network.HardwareAddrController',
    exclusive: ['HardwareAddresses.net.talos.dev'],
    weak: ['network/LinkStatuses.net.talos.dev'],
  },
  {
    name: 'network.HostDNSConfigController',
    exclusive: ['HostDNSConfigs.net.talos.dev'],
    shared: ['AddressSpecs.net.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'network.HostnameConfigController',
    shared: ['HostnameSpecs.net.talos.dev'],
    weak: [IDENTITY, CONFIG, 'network/NodeAddresses.net.talos.dev/default'],
  },
  {
    name: 'network.HostnameSpecController',
    exclusive: ['HostnameStatuses.net.talos.dev'],
    strong: ['network/HostnameSpecs.net.talos.dev'],
  },
  {
    name: 'network.LinkAliasConfigController',
    exclusive: ['LinkAliasSpecs.net.talos.dev'],
    weak: [CONFIG, 'network/LinkStatuses.net.talos.dev'],
  },
  { name: 'network.LinkAliasSpecController', weak: ['network/LinkAliasSpecs.net.talos.dev'] },
  {
    name: 'network.LinkConfigController',
    shared: ['LinkSpecs.net.talos.dev'],
    weak: [CONFIG, 'network/DeviceConfigSpecs.net.talos.dev', 'network/LinkStatuses.net.talos.dev'],
  },
];
