import type {
  NethelpersLinkType,
  NethelpersOperationalState,
} from '../../../../generated/definitions/enums.js';
import {
  encodeDNSResolveCacheSpec,
  encodeEthernetStatusSpec,
  encodeHardwareAddrSpec,
  encodeHostDNSConfigSpec,
  encodeLinkStatusSpec,
} from '../../../../generated/definitions/network.js';
import { defineKind, encoded } from '../kind.js';
import { hardwareAddress, netIpPort } from '../values.js';
import { bits } from './network.js';

const linkFlags = [
  'UP',
  'BROADCAST',
  'DEBUG',
  'LOOPBACK',
  'POINTTOPOINT',
  'NOTRAILERS',
  'RUNNING',
  'NOARP',
  'PROMISC',
  'ALLMULTI',
  'MASTER',
  'SLAVE',
  'MULTICAST',
  'PORTSEL',
  'AUTOMEDIA',
  'DYNAMIC',
  'LOWER_UP',
  'DORMANT',
  'ECHO',
];

const linkTypes = {
  ether: 'LINK_ETHER',
  loopback: 'LINK_LOOPBCK',
  nohdr: 'LINK_NONE',
  sit: 'LINK_SIT',
} as const satisfies Record<string, NethelpersLinkType>;

const operationalStates = {
  unknown: 'OPER_STATE_UNKNOWN',
  down: 'OPER_STATE_DOWN',
  lowerLayerDown: 'OPER_STATE_LOWER_LAYER_DOWN',
  up: 'OPER_STATE_UP',
} as const satisfies Record<string, NethelpersOperationalState>;

const ports = {
  TwistedPair: 'TWISTED_PAIR',
  Other: 'OTHER',
} as const;

const duplexes = { Half: 'HALF', Full: 'FULL', Unknown: 'UNKNOWN' } as const;

/** A network link of the kernel. */
export interface LinkStatusSpec {
  readonly alias?: string;
  readonly index: number;
  readonly type: keyof typeof linkTypes;
  readonly linkIndex: number;
  /** As `UP,BROADCAST,RUNNING`. */
  readonly flags: string;
  readonly hardwareAddr: string;
  readonly permanentAddr: string;
  readonly broadcastAddr: string;
  readonly mtu: number;
  readonly queueDisc: string;
  readonly masterIndex?: number;
  readonly operationalState: keyof typeof operationalStates;
  /** Empty for what is no virtual link. */
  readonly kind: string;
  readonly slaveKind: string;
  readonly busPath?: string;
  readonly pciID?: string;
  readonly driver?: string;
  readonly linkState: boolean;
  readonly speedMbit?: number;
  readonly port: keyof typeof ports;
  readonly duplex: keyof typeof duplexes;
}

/** `LinkStatuses`, by name. */
export const linkStatusKind = defineKind({
  type: 'LinkStatuses.net.talos.dev',
  namespace: 'network',
  owner: 'network.LinkStatusController',
  proto: ({
    type,
    flags,
    operationalState,
    pciID,
    speedMbit = 0,
    port,
    duplex,
    ...spec
  }: LinkStatusSpec) =>
    encoded(encodeLinkStatusSpec, {
      ...spec,
      type: linkTypes[type],
      flags: bits(linkFlags, flags),
      hardwareAddr: hardwareAddress(spec.hardwareAddr),
      permanentAddr: hardwareAddress(spec.permanentAddr),
      broadcastAddr: hardwareAddress(spec.broadcastAddr),
      operationalState: operationalStates[operationalState],
      pciid: pciID,
      speedMegabits: BigInt(speedMbit),
      port: ports[port],
      duplex: duplexes[duplex],
    }),
});

/** What the driver says of a link. */
export interface EthernetStatusSpec {
  readonly linkState?: boolean;
  readonly speedMbit?: number;
  readonly port: keyof typeof ports;
  readonly duplex: keyof typeof duplexes;
}

/** `EthernetStatuses`, by name. */
export const ethernetStatusKind = defineKind({
  type: 'EthernetStatuses.net.talos.dev',
  namespace: 'network',
  owner: 'network.EthernetStatusController',
  proto: ({ linkState, speedMbit = 0, port, duplex }: EthernetStatusSpec) =>
    encoded(encodeEthernetStatusSpec, {
      linkState,
      speedMegabits: BigInt(speedMbit),
      port: ports[port],
      duplex: duplexes[duplex],
    }),
});

/** The hardware address that stands for the machine. */
export interface HardwareAddrSpec {
  /** The link that has it. */
  readonly name: string;
  readonly hardwareAddr: string;
}

/** `HardwareAddresses`, id `first`. */
export const hardwareAddrKind = defineKind({
  type: 'HardwareAddresses.net.talos.dev',
  namespace: 'network',
  owner: 'network.HardwareAddrController',
  proto: ({ name, hardwareAddr }: HardwareAddrSpec) =>
    encoded(encodeHardwareAddrSpec, { name, hardwareAddr: hardwareAddress(hardwareAddr) }),
});

/** Whether the host answers DNS queries itself. */
export interface HostDnsConfigSpec {
  readonly enabled: boolean;
  /** As `127.0.0.53:53`. */
  readonly listenAddresses: readonly string[];
  readonly resolveMemberNames: boolean;
}

/** `HostDNSConfigs`, id `config`. */
export const hostDnsConfigKind = defineKind({
  type: 'HostDNSConfigs.net.talos.dev',
  namespace: 'network',
  owner: 'network.HostDNSConfigController',
  proto: ({ listenAddresses, ...spec }: HostDnsConfigSpec) =>
    encoded(encodeHostDNSConfigSpec, {
      ...spec,
      listenAddresses: listenAddresses.map(netIpPort),
    }),
});

/** How a socket of the host's DNS cache is. */
export interface DnsResolveCacheSpec {
  readonly status: string;
}

/** `DNSResolveCaches`, by protocol and address: `udp-127.0.0.53:53`. */
export const dnsResolveCacheKind = defineKind({
  type: 'DNSResolveCaches.net.talos.dev',
  namespace: 'network',
  owner: 'network.DNSResolveCacheController',
  proto: (spec: DnsResolveCacheSpec) => encoded(encodeDNSResolveCacheSpec, spec),
});
