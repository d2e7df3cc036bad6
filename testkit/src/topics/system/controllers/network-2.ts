import { CONFIG, type Controller, HOSTNAME } from './controller.js';

/** Controllers of the network: the second half by name. */
export const networkControllers2: readonly Controller[] = [
  {
    name: 'network.LinkSpecController',
    shared: ['LinkRefreshes.net.talos.dev'],
    strong: ['network/LinkSpecs.net.talos.dev'],
  },
  {
    name: 'network.LinkStatusController',
    exclusive: ['LinkStatuses.net.talos.dev'],
    strong: ['network/LinkSpecs.net.talos.dev'],
  },
  {
    name: 'network.NfTablesChainConfigController',
    shared: ['NfTablesChains.net.talos.dev'],
    weak: [CONFIG, 'network/NodeAddresses.net.talos.dev'],
  },
  { name: 'network.NfTablesChainController', weak: ['network/NfTablesChains.net.talos.dev'] },
  {
    name: 'network.NodeAddressController',
    exclusive: ['NodeAddresses.net.talos.dev'],
    weak: [
      'network/AddressStatuses.net.talos.dev',
      'network/LinkStatuses.net.talos.dev',
      'network/NodeAddressFilters.net.talos.dev',
      'network/NodeAddressSortAlgorithms.net.talos.dev',
    ],
  },
  {
    name: 'network.NodeAddressSortAlgorithmController',
    exclusive: ['NodeAddressSortAlgorithms.net.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'network.OperatorConfigController',
    shared: ['OperatorSpecs.net.talos.dev'],
    weak: [
      CONFIG,
      'network-config/LinkSpecs.net.talos.dev',
      'network/DeviceConfigSpecs.net.talos.dev',
      'network/LinkStatuses.net.talos.dev',
    ],
  },
  {
    name: 'network.OperatorSpecController',
    shared: [
      'AddressSpecs.net.talos.dev',
      'HostnameSpecs.net.talos.dev',
      'LinkSpecs.net.talos.dev',
      'ResolverSpecs.net.talos.dev',
      'RouteSpecs.net.talos.dev',
      'TimeServerSpecs.net.talos.dev',
    ],
    weak: ['network/LinkStatuses.net.talos.dev', 'network/OperatorSpecs.net.talos.dev'],
  },
  {
    name: 'network.OperatorVIPConfigController',
    shared: ['OperatorSpecs.net.talos.dev'],
    weak: [CONFIG, 'network/DeviceConfigSpecs.net.talos.dev', 'network/LinkStatuses.net.talos.dev'],
  },
  {
    name: 'network.PlatformConfigApplyController',
    exclusive: ['PlatformMetadatas.talos.dev'],
    shared: [
      'AddressSpecs.net.talos.dev',
      'AddressStatuses.net.talos.dev',
      'HostnameSpecs.net.talos.dev',
      'LinkSpecs.net.talos.dev',
      'OperatorSpecs.net.talos.dev',
      'ProbeSpecs.net.talos.dev',
      'ResolverSpecs.net.talos.dev',
      'RouteSpecs.net.talos.dev',
      'TimeServerSpecs.net.talos.dev',
    ],
    weak: ['network/PlatformConfigs.net.talos.dev'],
  },
  { name: 'network.PlatformConfigController', shared: ['PlatformConfigs.net.talos.dev'] },
  {
    name: 'network.PlatformConfigLoadController',
    shared: ['PlatformConfigs.net.talos.dev', 'VolumeMountRequests.block.talos.dev'],
    strong: ['runtime/VolumeMountStatuses.block.talos.dev'],
    destroyReady: ['runtime/VolumeMountRequests.block.talos.dev'],
  },
  {
    name: 'network.PlatformConfigStoreController',
    shared: ['VolumeMountRequests.block.talos.dev'],
    strong: [
      'network/PlatformConfigs.net.talos.dev/active',
      'runtime/VolumeMountStatuses.block.talos.dev',
    ],
    destroyReady: ['runtime/VolumeMountRequests.block.talos.dev'],
  },
  { name: 'network.ProbeConfigController', shared: ['ProbeSpecs.net.talos.dev'], weak: [CONFIG] },
  {
    name: 'network.ProbeController',
    exclusive: ['ProbeStatuses.net.talos.dev'],
    weak: ['network/ProbeSpecs.net.talos.dev'],
  },
  {
    name: 'network.ResolverConfigController',
    shared: ['ResolverSpecs.net.talos.dev'],
    weak: [CONFIG, HOSTNAME],
  },
  {
    name: 'network.ResolverSpecController',
    exclusive: ['ResolverStatuses.net.talos.dev'],
    strong: ['network/ResolverSpecs.net.talos.dev'],
  },
  {
    name: 'network.RouteConfigController',
    shared: ['RouteSpecs.net.talos.dev'],
    weak: [CONFIG, 'network/DeviceConfigSpecs.net.talos.dev'],
  },
  { name: 'network.RouteSpecController', strong: ['network/RouteSpecs.net.talos.dev'] },
  { name: 'network.RouteStatusController', exclusive: ['RouteStatuses.net.talos.dev'] },
  {
    name: 'network.RouterAdvertisementController',
    shared: ['KernelParamDefaultSpecs.runtime.talos.dev'],
    weak: ['network/BGPInstanceConfigs.net.talos.dev', 'network/LinkStatuses.net.talos.dev'],
  },
  {
    name: 'network.RoutingRuleConfigController',
    shared: ['RoutingRuleSpecs.net.talos.dev'],
    weak: [CONFIG],
  },
  { name: 'network.RoutingRuleSpecController', strong: ['network/RoutingRuleSpecs.net.talos.dev'] },
  { name: 'network.RoutingRuleStatusController', exclusive: ['RoutingRuleStatuses.net.talos.dev'] },
  {
    name: 'network.StaticHostController',
    exclusive: ['StaticHosts.net.talos.dev'],
    weak: [CONFIG, HOSTNAME, 'network/NodeAddresses.net.talos.dev/current'],
  },
  {
    name: 'network.StatusController',
    exclusive: ['NetworkStatuses.net.talos.dev'],
    weak: [
      'files/EtcFileStatuses.files.talos.dev',
      'network/HostnameStatuses.net.talos.dev',
      'network/NodeAddresses.net.talos.dev/current',
      'network/ProbeStatuses.net.talos.dev',
      'network/RouteStatuses.net.talos.dev',
    ],
  },
  {
    name: 'network.TimeServerConfigController',
    shared: ['TimeServerSpecs.net.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'network.TimeServerSpecController',
    exclusive: ['TimeServerStatuses.net.talos.dev'],
    strong: ['network/TimeServerSpecs.net.talos.dev'],
  },
];
