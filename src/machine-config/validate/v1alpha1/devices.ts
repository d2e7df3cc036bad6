import type {
  V1Alpha1Bond,
  V1Alpha1Device,
  V1Alpha1DeviceWireguardConfig,
  V1Alpha1NetworkConfig,
} from '../../../../generated/machine-config/index.js';
import { canonicalPrefix } from '../../scalars/address.js';
import type { Reporter } from '../reporter.js';
import { cidrTrouble, decodeBase64, hidden, hostPortTrouble, isIP, quote } from '../words.js';
import { checkBond } from './bond.js';

const exclusive = 'config sections are mutually exclusive';

/** The interfaces of the old document. */
export function checkDevices({ interfaces = [] }: V1Alpha1NetworkConfig, report: Reporter): void {
  const secondaries = new Map<string, string>();
  for (const device of interfaces) checkParts(device, secondaries, report);
  for (const device of interfaces) {
    if (device.ignore === true) continue;
    checkInterface(device, report);
    checkAddressing(device, secondaries, report);
    checkRoutes(device, report);
  }
}

/** A link is part of one bond or bridge at most. */
function checkParts(
  device: V1Alpha1Device,
  secondaries: Map<string, string>,
  report: Reporter,
): void {
  const { interface: name = '', bond, bridge } = device;
  if (bond !== undefined && bridge !== undefined) {
    report.error(`interface has both bridge and bond sections set ${quote(name)}: ${exclusive}`);
  }
  if ((bond?.interfaces ?? []).length > 0 && (bond?.deviceSelectors ?? []).length > 0) {
    report.error(`interface ${quote(name)} has both interfaces and selectors set: ${exclusive}`);
  }
  for (const part of bridge?.interfaces ?? bond?.interfaces ?? []) {
    const other = secondaries.get(part);
    if (other !== undefined && other !== name) {
      report.error(
        `interface ${quote(part)} is declared as part of two separate links: ${quote(other)} and ${quote(name)}`,
      );
    }
    secondaries.set(part, name);
  }
}

function checkInterface(device: V1Alpha1Device, report: Reporter): void {
  const { interface: name, deviceSelector: selector } = device;
  const both = '[networking.os.device.interface], [networking.os.device.deviceSelector]';
  if (!name && selector === undefined) {
    report.error(`${both}: required either config section to be set`);
  } else if (name && selector !== undefined) report.error(`${both}: ${exclusive}`);
  if (
    selector !== undefined &&
    Object.values(selector).every((value) => !value && value !== false)
  ) {
    report.error(
      '[networking.os.device.deviceSelector]: config section should contain at least one field',
    );
  }
  if (device.bond !== undefined) checkBond(device.bond as V1Alpha1Bond, report);
  if (device.wireguard !== undefined) checkWireguard(device.wireguard, report);
  checkVlans(device, report);
}

function checkWireguard(config: V1Alpha1DeviceWireguardConfig, report: Reporter): void {
  const trouble = keyTrouble(config.privateKey ?? '', hidden);
  if (trouble !== undefined) report.error(`private key is invalid: ${trouble}`);
  for (const { publicKey = '', endpoint, allowedIPs = [] } of config.peers ?? []) {
    const publicTrouble = keyTrouble(publicKey, publicKey);
    if (publicTrouble !== undefined) report.error(`public key invalid: ${publicTrouble}`);
    if (endpoint && hostPortTrouble(endpoint) !== undefined) {
      report.error(`peer endpoint ${quote(endpoint)} is invalid`);
    }
    for (const allowed of allowedIPs) {
      if (canonicalPrefix(allowed) === undefined) {
        report.error(
          `peer allowed IP ${quote(allowed)} is invalid: invalid CIDR address: ${allowed}`,
        );
      }
    }
  }
}

function keyTrouble(key: string, shown: string): string | undefined {
  const bytes = decodeBase64(key);
  if ('trouble' in bytes) return bytes.trouble;
  return bytes.length === 32 ? undefined : `wrong key ${quote(shown)} length: ${bytes.length}`;
}

function checkVlans({ interface: name = '', vlans = [] }: V1Alpha1Device, report: Reporter): void {
  for (const { vlanId = 0, cidr, addresses = [] } of vlans) {
    const link = `${name}.${vlanId}`;
    if (addresses.length > 0 && cidr) {
      report.error(
        `[networking.os.device.vlan] ${link}: vlan can't have both .cidr and .addresses set`,
      );
    }
    const trouble = cidr ? cidrTrouble(cidr) : undefined;
    if (trouble !== undefined) {
      report.error(`[networking.os.device.vlan.CIDR] ${link}: ${trouble}`);
    }
    for (const address of addresses) {
      const wrong = cidrTrouble(address);
      if (wrong !== undefined) {
        report.error(`[networking.os.device.vlan.addresses] ${link}: ${wrong}`);
      }
    }
  }
}

function checkAddressing(
  device: V1Alpha1Device,
  secondaries: ReadonlyMap<string, string>,
  report: Reporter,
): void {
  const { interface: name = '', addresses = [], cidr, vip, dhcp } = device;
  const hasAddressing = dhcp === true || cidr || addresses.length > 0 || vip !== undefined;
  if (secondaries.has(name) && hasAddressing) {
    report.error(
      `[networking.os.device] ${quote(name)}: bonded/bridged interface shouldn't have any addressing methods configured`,
    );
  }
  if (addresses.length > 0 && cidr) {
    report.error(
      `[networking.os.device] ${quote(name)}: interface can't have both .cidr and .addresses set`,
    );
  }
  if (cidr) {
    const trouble = cidrTrouble(cidr);
    if (trouble !== undefined) {
      report.error(`[networking.os.device.CIDR] ${quote(name)}: ${trouble}`);
    }
    report.warn(
      `${quote(name)}: machine.network.interface.cidr is deprecated, please use machine.network.interface.addresses`,
    );
  }
  for (const address of addresses) {
    const trouble = cidrTrouble(address);
    if (trouble !== undefined) {
      report.error(`[networking.os.device.addresses] ${quote(name)}: ${trouble}`);
    }
  }
  if (vip !== undefined && !isIP(vip.ip ?? '')) {
    report.error(`[networking.os.device.vip] failed to parse ${quote(vip.ip ?? '')} as IP address`);
  }
}

function checkRoutes({ routes = [] }: V1Alpha1Device, report: Reporter): void {
  for (const [index, { network, gateway, source }] of routes.entries()) {
    const place = `networking.os.device.route[${index}]`;
    const wrong = (key: string, value: string) =>
      report.error(`[${place}.${key}] ${quote(value)}: invalid network address`);
    if (network && canonicalPrefix(network) === undefined) wrong('network', network);
    if (gateway && !isIP(gateway)) wrong('gateway', gateway);
    if (!gateway && !network) {
      report.error(`[${place}]: either network or gateway should be set`);
    }
    if (source && !isIP(source)) wrong('source', source);
  }
}
