import type { Machine } from '../../../base/machine.js';
import { POD_SUBNET, SERVICE_SUBNET } from '../../config/generate.js';
import { DEFAULT_TIME_SERVER } from '../../system/time.js';
import {
  dnsResolveCacheKind,
  ethernetStatusKind,
  hardwareAddrKind,
  hostDnsConfigKind,
  type LinkStatusSpec,
  linkStatusKind,
} from '../kinds/links.js';
import {
  type AddressStatusSpec,
  addressStatusKind,
  hostnameStatusKind,
  networkStatusKind,
  nodeAddressFilterKind,
  nodeAddressKind,
  type RouteStatusSpec,
  resolverStatusKind,
  routeId,
  routeStatusKind,
  timeServerStatusKind,
} from '../kinds/network.js';
import { type Published, publish, type ResourceSource } from '../source.js';
import { hasPodNetwork, podNetworkTopics } from './kubernetes-state.js';
import {
  addressWithPrefix,
  broadcastOf,
  gatewayOf,
  hardwareAddrOf,
  networkOf,
  podGatewayOf,
  podNetworkOf,
} from './plan.js';

/** The network of a node: links, addresses, routes, names. */
export const networkSource: ResourceSource = {
  kinds: [
    linkStatusKind,
    ethernetStatusKind,
    addressStatusKind,
    routeStatusKind,
    hardwareAddrKind,
    hostnameStatusKind,
    resolverStatusKind,
    timeServerStatusKind,
    networkStatusKind,
    hostDnsConfigKind,
    dnsResolveCacheKind,
    nodeAddressKind,
    nodeAddressFilterKind,
  ],
  topics: podNetworkTopics,
  *resources(machine: Machine): Generator<Published> {
    for (const [name, link] of linksOf(machine)) {
      yield publish(linkStatusKind, name, link);
      yield publish(ethernetStatusKind, name, {
        linkState: link.linkState,
        ...(link.speedMbit === undefined ? {} : { speedMbit: link.speedMbit }),
        port: link.port,
        duplex: link.duplex,
      });
    }
    for (const address of addressesOf(machine)) {
      yield publish(addressStatusKind, `${address.linkName}/${address.address}`, address);
    }
    for (const route of routesOf(machine)) yield publish(routeStatusKind, routeId(route), route);
    yield* nodeAddresses(machine);
    yield* hostSettings(machine);
  },
};

function* hostSettings(machine: Machine): Generator<Published> {
  yield publish(hardwareAddrKind, 'first', {
    name: 'eth0',
    hardwareAddr: hardwareAddrOf(machine),
  });
  yield publish(hostnameStatusKind, 'hostname', { hostname: machine.name, domainname: '' });
  yield publish(resolverStatusKind, 'resolvers', {
    dnsServers: ['1.1.1.1', '8.8.8.8'],
    searchDomains: [],
  });
  yield publish(timeServerStatusKind, 'timeservers', {
    timeServers: [DEFAULT_TIME_SERVER],
    useNTS: false,
  });
  yield publish(networkStatusKind, 'status', {
    addressReady: true,
    connectivityReady: true,
    hostnameReady: true,
    etcFilesReady: true,
  });
  if (machine.inMaintenance) return;
  yield publish(hostDnsConfigKind, 'config', {
    enabled: true,
    listenAddresses: ['127.0.0.53:53'],
    resolveMemberNames: true,
  });
  for (const protocol of ['tcp', 'udp']) {
    yield publish(dnsResolveCacheKind, `${protocol}-127.0.0.53:53`, { status: 'running' });
  }
}

function* nodeAddresses(machine: Machine): Generator<Published> {
  const sortAlgorithm = 'v1';
  const own = addressWithPrefix(machine);
  const pods = hasPodNetwork(machine) ? [`${podGatewayOf(machine)}/24`] : [];
  yield publish(nodeAddressKind, 'default', { addresses: [own], sortAlgorithm });
  for (const id of ['current', 'routed', 'accumulative']) {
    yield publish(nodeAddressKind, id, { addresses: [own, ...pods], sortAlgorithm });
    if (machine.inMaintenance) continue;
    yield publish(nodeAddressKind, `${id}-no-k8s`, { addresses: [own], sortAlgorithm });
    yield publish(nodeAddressKind, `${id}-only-k8s`, { addresses: pods, sortAlgorithm });
  }
  if (machine.inMaintenance) return;
  const kubernetes = [POD_SUBNET, SERVICE_SUBNET];
  yield publish(nodeAddressFilterKind, 'no-k8s', {
    includeSubnets: [],
    excludeSubnets: kubernetes,
  });
  yield publish(nodeAddressFilterKind, 'only-k8s', {
    includeSubnets: kubernetes,
    excludeSubnets: [],
  });
}

function linksOf(machine: Machine): readonly (readonly [name: string, link: LinkStatusSpec])[] {
  const loopback: LinkStatusSpec = {
    index: 1,
    type: 'loopback',
    linkIndex: 0,
    flags: 'UP,LOOPBACK,RUNNING,LOWER_UP',
    hardwareAddr: '00:00:00:00:00:00',
    permanentAddr: '00:00:00:00:00:00',
    broadcastAddr: '00:00:00:00:00:00',
    mtu: 65536,
    queueDisc: 'noqueue',
    operationalState: 'unknown',
    kind: '',
    slaveKind: '',
    linkState: true,
    port: 'Other',
    duplex: 'Unknown',
  };
  const card: LinkStatusSpec = {
    ...loopback,
    index: 2,
    type: 'ether',
    flags: 'UP,BROADCAST,RUNNING,MULTICAST,LOWER_UP',
    hardwareAddr: hardwareAddrOf(machine),
    permanentAddr: hardwareAddrOf(machine),
    broadcastAddr: 'ff:ff:ff:ff:ff:ff',
    mtu: 1500,
    queueDisc: 'pfifo_fast',
    operationalState: 'up',
    busPath: '0000:00:03.0',
    pciID: '1AF4:1000',
    driver: 'virtio_net',
    speedMbit: 10_000,
    duplex: 'Full',
  };
  if (!hasPodNetwork(machine)) {
    return [
      ['lo', loopback],
      ['eth0', card],
    ];
  }
  const { busPath, pciID, driver, speedMbit, ...virtual } = card;
  const overlay = hardwareAddrOf(machine).replace('02:00', '02:01');
  const bridge = hardwareAddrOf(machine).replace('02:00', '02:02');
  return [
    ['lo', loopback],
    ['eth0', card],
    ['flannel.1', { ...virtual, index: 4, kind: 'vxlan', mtu: 1450, ...addressed(overlay) }],
    ['cni0', { ...virtual, index: 5, kind: 'bridge', mtu: 1450, ...addressed(bridge) }],
  ];
}

function addressed(hardwareAddr: string) {
  return { hardwareAddr, permanentAddr: hardwareAddr, queueDisc: 'noqueue' } as const;
}

function addressesOf(machine: Machine): readonly AddressStatusSpec[] {
  const common = { family: 'inet4', flags: 'permanent', priority: 0 } as const;
  const own: AddressStatusSpec[] = [
    {
      ...common,
      address: '127.0.0.1/8',
      local: '127.0.0.1',
      linkIndex: 1,
      linkName: 'lo',
      scope: 'host',
    },
    {
      ...common,
      address: addressWithPrefix(machine),
      local: machine.address,
      broadcast: broadcastOf(machine),
      linkIndex: 2,
      linkName: 'eth0',
      scope: 'global',
    },
  ];
  if (!hasPodNetwork(machine)) return own;
  const gateway = podGatewayOf(machine);
  const bridge = { ...common, linkIndex: 5, linkName: 'cni0', scope: 'global' } as const;
  return [...own, { ...bridge, address: `${gateway}/24`, local: gateway }];
}

function routesOf(machine: Machine): readonly RouteStatusSpec[] {
  const common = {
    family: 'inet4',
    src: '',
    gateway: '',
    table: 'main',
    type: 'unicast',
    flags: '',
  } as const;
  const card = { ...common, outLinkIndex: 2, outLinkName: 'eth0', priority: 1024 };
  const own: RouteStatusSpec[] = [
    { ...card, dst: '', gateway: gatewayOf(machine), scope: 'global', protocol: 'dhcp' },
    { ...card, dst: networkOf(machine), src: machine.address, scope: 'link', protocol: 'kernel' },
  ];
  if (!hasPodNetwork(machine)) return own;
  const bridge = { ...common, outLinkIndex: 5, outLinkName: 'cni0', priority: 0 };
  const dst = podNetworkOf(machine);
  const src = podGatewayOf(machine);
  return [...own, { ...bridge, dst, src, scope: 'link', protocol: 'kernel' }];
}
