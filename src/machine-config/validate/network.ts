import type {
  DHCPv4Config,
  DHCPv6Config,
  HostnameConfig,
  HTTPProbeConfig,
  LinkAliasConfig,
  NameserverConfig,
  NetworkRuleConfig,
  ResolverConfig,
  RoutingRuleConfig,
  TimeSyncConfig,
} from '../../../generated/machine-config/index.js';
import { hostName, parseUrl } from '../scalars/url.js';
import { isNegative } from './block.js';
import type { Reporter } from './reporter.js';
import type { Validators } from './validators.js';
import { addressTrouble, isIP, isSubnetOrAddress, prefixTrouble, quote } from './words.js';

/** The smallest MTU of KubeSpan's link. */
export const smallestKubeSpanMtu = 1280;

/** Routing rules that Linux and KubeSpan use. */
const reservedPriorities = [0, 32_500, 32_766, 32_767];

/** Addresses, names, time and rules of the network. */
export const networkValidators: Validators = {
  BlackholeRouteConfig: (document, report) => {
    named(document, report);
    const trouble = prefixTrouble(document.name);
    if (trouble !== undefined) report.error(`name must be a valid address prefix: ${trouble}`);
  },
  DHCPv4Config: (document, report) => dhcp(document, report),
  DHCPv6Config: (document, report) => dhcp(document, report),
  EthernetConfig: ({ name }, report) => {
    if (!name) report.error('name is required');
  },
  Layer2VIPConfig: ({ name, link }, report) => {
    addressName(name, report);
    if (!link) report.error('link must be specified');
  },
  HCloudVIPConfig: ({ name, link, apiToken }, report) => {
    addressName(name, report);
    if (!link) report.error('link must be specified');
    if (!apiToken) report.error('apiToken must be specified');
  },
  HostnameConfig: (document, report) => hostname(document, report),
  HTTPProbeConfig: (document, report) => httpProbe(document, report),
  TCPProbeConfig: (document, report) => {
    if (!document.name) report.error('probe name is required');
    if (!document.endpoint) report.error('TCP probe endpoint is required');
    if (isNegative(document.timeout)) {
      report.error(`TCP probe timeout cannot be negative: ${document.timeout}`);
    }
    probe(document, report);
  },
  KubeSpanConfig: ({ mtu, filters }, report) => {
    if (mtu !== undefined && mtu < smallestKubeSpanMtu) {
      report.error(`kubespan link MTU must be at least ${smallestKubeSpanMtu}`);
    }
    for (const endpoint of filters?.endpoints ?? []) {
      const text = endpoint.replace(/^!/, '');
      if (!isSubnetOrAddress(text)) {
        report.error(`KubeSpan endpoint filter is not valid: ${quote(text)}`);
      }
    }
  },
  LinkAliasConfig: (document, report) => linkAlias(document, report),
  NetworkRuleConfig: (document, report) => rule(document, report),
  ResolverConfig: (document, report) => resolver(document, report),
  RoutingRuleConfig: (document, report) => routingRule(document, report),
  StaticHostConfig: ({ name, hostnames = [] }, report) => {
    if (!name) report.error('name is required');
    if (addressTrouble(name ?? '') !== undefined) report.error('name must be a valid IP address');
    if (hostnames.length === 0) report.error('at least one hostname is required');
  },
  TimeSyncConfig: (document, report) => timeSync(document, report),
};

/** Documents of links and routes have a name. */
export function named({ name }: { readonly name?: string | undefined }, report: Reporter): void {
  if (!name) report.error('name must be specified');
}

function addressName(name: string | undefined, report: Reporter): void {
  const trouble = name ? addressTrouble(name) : undefined;
  if (!name) report.error('name must be specified');
  else if (trouble !== undefined) report.error(`name must be a valid IP address: ${trouble}`);
}

function dhcp(document: DHCPv4Config | DHCPv6Config, report: Reporter): void {
  named(document, report);
  const isDuid = document.clientIdentifier === 'duid';
  if (document.duidRaw && !isDuid) {
    report.error("duidRaw can only be set if clientIdentifier is 'duid'");
  }
  if (isDuid && !document.duidRaw) {
    report.error("duidRaw must be set if clientIdentifier is 'duid'");
  }
}

function hostname({ auto, hostname: name = '' }: HostnameConfig, report: Reporter): void {
  if (auto === undefined && name === '') {
    report.error("either 'auto' or 'hostname' must be set");
  }
  if ((auto ?? 'off') !== 'off' && name !== '') {
    report.error("'auto' and 'hostname' cannot be set at the same time");
  }
  if ((auto as string | undefined) === 'talos-addr') {
    report.error(`invalid value for 'auto': ${auto}`);
  }
  if (name.length > 253) report.error(`fqdn is too long: ${name.length}`);
  const [first = ''] = name.split('.');
  if (name !== '' && (first.length === 0 || first.length > 63)) {
    report.error(`invalid hostname ${quote(first)}`);
  }
}

function httpProbe(document: HTTPProbeConfig, report: Reporter): void {
  if (!document.name) report.error('probe name is required');
  const url = document.url ? parseUrl(document.url) : undefined;
  if (url === undefined) report.error('HTTP probe URL is required');
  else if (url.scheme !== 'http' && url.scheme !== 'https') {
    report.error(`HTTP probe URL scheme must be http or https, got ${quote(url.scheme)}`);
  } else if (url.opaque !== undefined || hostName(url) === '') {
    report.error('HTTP probe URL must be an absolute http or https URL with a non-empty host');
  }
  if (isNegative(document.timeout)) {
    report.error(`HTTP probe timeout cannot be negative: ${document.timeout}`);
  }
  probe(document, report);
}

function probe(
  { interval, failureThreshold = 0 }: Pick<HTTPProbeConfig, 'interval' | 'failureThreshold'>,
  report: Reporter,
): void {
  if (isNegative(interval)) report.error(`probe interval cannot be negative: ${interval}`);
  if (failureThreshold < 0) {
    report.error(`probe failure threshold cannot be negative: ${failureThreshold}`);
  }
}

function linkAlias({ name, selector }: LinkAliasConfig, report: Reporter): void {
  if (!name) report.error('name must be specified');
  else if (name.includes('%')) {
    const [before, after] = name.split(/%(.*)/s);
    if (after !== 'd' || before === '') {
      report.error(`name ${quote(name)} contains an invalid format verb, use %d suffix`);
    }
  }
  if (!selector?.match) report.error('link selector is required');
}

function rule({ name, portSelector, ingress = [] }: NetworkRuleConfig, report: Reporter): void {
  const ports = portSelector?.ports ?? [];
  const trouble = portsTrouble(ports);
  if (!name) report.error('name is required');
  else if (ports.length === 0) report.error('portSelector.ports is required');
  else if (trouble !== undefined) report.error(trouble);
  else if (ingress.some(({ subnet }) => !subnet)) report.error('invalid subnet: invalid Prefix');
}

function portsTrouble(ports: readonly (number | string)[]): string | undefined {
  const ranges = ports
    .map((port) => {
      const [low = 0, high = low] = String(port).split('-').map(Number);
      return { low, high, text: `${low}-${high}` };
    })
    .sort((a, b) => a.low - b.low);
  for (const [index, range] of ranges.entries()) {
    if (range.low > range.high) return `invalid port range: ${range.text}`;
    const before = ranges[index - 1];
    if (before !== undefined && range.low <= before.high) {
      return `invalid port range: ${range.text}, overlaps with ${before.text}`;
    }
  }
  return undefined;
}

const noFallback =
  'all configured nameservers use encrypted DNS (DoT or DoH): validating certificates requires a correct system clock, ' +
  'so boot may stall when NTP servers are configured by hostname; consider keeping at least one plain-DNS fallback ' +
  'or configuring NTP servers by IP address';

function resolver({ hostDNS, nameservers = [] }: ResolverConfig, report: Reporter): void {
  if (hostDNS !== undefined && hostDNS.enabled !== true) {
    for (const key of ['forwardKubeDNSToHost', 'resolveMemberNames'] as const) {
      if (hostDNS[key] === true) {
        report.error(`hostDNS.${key} cannot be enabled when hostDNS.enabled is false`);
      }
    }
  }
  for (const [index, nameserver] of nameservers.entries()) {
    checkNameserver(nameserver, index, report);
  }
  const isEncrypted = ({ protocol = 'Do53' }: NameserverConfig) => protocol !== 'Do53';
  if (nameservers.length > 0 && nameservers.every(isEncrypted)) report.warn(noFallback);
}

function checkNameserver(
  { address, protocol = 'Do53', tlsServerName }: NameserverConfig,
  index: number,
  report: Reporter,
): void {
  if (protocol === 'Do53') {
    if (tlsServerName) {
      report.error(`tlsServerName must be empty when protocol is Do53: entry ${index}`);
    }
  } else if (!tlsServerName) {
    report.error(`tlsServerName must be set when protocol is ${protocol}: entry ${index}`);
  }
  if (!address) report.error(`nameserver address must be a valid IP: entry ${index}`);
}

function routingRule(document: RoutingRuleConfig, report: Reporter): void {
  const { name = '', table = 'unspec', fwMark = 0, fwMask = 0 } = document;
  if (name === '') report.error('name must be specified');
  const isNumber = /^\d+$/.test(name) && Number(name) < 2 ** 32;
  if (!isNumber) {
    const reason = /^\d+$/.test(name) ? 'value out of range' : 'invalid syntax';
    report.error(
      `invalid name: must be priority parsable unsigned integer: strconv.ParseUint: parsing ${quote(name)}: ${reason}`,
    );
  }
  if (reservedPriorities.includes(isNumber ? Number(name) : 0)) {
    report.error(
      `priority must be between 1 and 32765 (excluding reserved priorities [${reservedPriorities.join(' ')}])`,
    );
  }
  const action: unknown = document.action ?? 'unspec';
  if (table === 'unspec' && (action === 'unspec' || action === 'unicast')) {
    report.error('either table or a non-unicast action must be specified');
  }
  if (fwMask !== 0 && fwMark === 0) report.error('fwMask requires fwMark to be set');
}

function timeSync({ bootTimeout, ntp, ptp }: TimeSyncConfig, report: Reporter): void {
  if (isNegative(bootTimeout)) report.error('bootTimeout cannot be negative');
  if (ntp !== undefined && ptp !== undefined) {
    report.error('only one of ntp or ptp configuration can be specified');
  }
  if (ntp?.useNTS !== true) return;
  for (const server of ntp.servers ?? []) {
    if (isIP(server)) report.error(`NTS requires hostnames, not IP addresses: ${quote(server)}`);
  }
}
