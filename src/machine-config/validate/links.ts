import type {
  AddressConfig,
  RouteConfig,
  WireguardConfig,
} from '../../../generated/machine-config/index.js';
import { isNegative } from './block.js';
import { named } from './network.js';
import type { Reporter } from './reporter.js';
import type { Validators } from './validators.js';
import { decodeBase64 } from './words.js';

interface CommonLink {
  readonly addresses?: readonly AddressConfig[] | undefined;
  readonly routes?: readonly RouteConfig[] | undefined;
}

/** Links of every kind. */
export const linkValidators: Validators = {
  LinkConfig: (document, report) => {
    named(document, report);
    commonLink(document, report);
  },
  DummyLinkConfig: (document, report) => {
    named(document, report);
    commonLink(document, report);
  },
  BridgeConfig: (document, report) => {
    named(document, report);
    commonLink(document, report);
  },
  BondConfig: (document, report) => {
    named(document, report);
    if ((document.links ?? []).length === 0) report.error('at least one link must be specified');
    if (document.bondMode === undefined) report.error('bond mode must be specified');
    else if (document.bondMode === '802.3ad') {
      for (const key of ['miimon', 'updelay', 'downdelay'] as const) {
        if (document[key] === undefined) {
          report.warn(`${key} was not specified for 802.3ad bond`);
        }
      }
    }
    commonLink(document, report);
  },
  VLANConfig: (document, report) => {
    named(document, report);
    const { vlanID = 0, parent } = document;
    if (vlanID < 1 || vlanID > 4094) {
      report.error('vlanID must be specified and between 1 and 4094');
    }
    if (!parent) report.error('parent must be specified');
    commonLink(document, report);
  },
  VRFConfig: (document, report) => {
    named(document, report);
    const { table = 'unspec' } = document;
    if (['unspec', 'local', 'main', 'default'].includes(table)) {
      report.error(`cannot create vrf with reserved table ${table}`);
    }
    commonLink(document, report);
  },
  WireguardConfig: (document, report) => {
    named(document, report);
    wireguard(document, report);
    commonLink(document, report);
  },
};

function commonLink({ addresses = [], routes = [] }: CommonLink, report: Reporter): void {
  for (const [index, { address }] of addresses.entries()) {
    if (!address) report.error(`address ${index} must be specified`);
    else if (isUnspecified(address.replace(/\/.*$/, ''))) {
      report.error(`address ${index} must be a valid IP address`);
    }
  }
  for (const [index, { destination, gateway, source }] of routes.entries()) {
    if (destination && isUnspecified(destination.replace(/\/.*$/, ''))) {
      report.error(`route ${index} destination must be a valid IP prefix`);
    }
    if (gateway && isUnspecified(gateway)) {
      report.error(`route ${index} gateway must be a valid IP address`);
    }
    if (source && isUnspecified(source)) {
      report.error(`route ${index} source must be a valid IP address`);
    }
  }
}

function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

function wireguard({ privateKey, listenPort = 0, peers = [] }: WireguardConfig, report: Reporter) {
  const keyTrouble = privateKey ? wireguardKeyTrouble(privateKey) : undefined;
  if (!privateKey) report.error('wireguard private key must be specified');
  else if (keyTrouble !== undefined) {
    report.error(`wireguard private key is invalid: ${keyTrouble}`);
  }
  if (listenPort < 0 || listenPort > 65_535) {
    report.error('wireguard listen port must be between 0 and 65535');
  }
  for (const [index, peer] of peers.entries()) {
    const where = `(peer index ${index})`;
    const publicTrouble = peer.publicKey ? wireguardKeyTrouble(peer.publicKey) : undefined;
    if (!peer.publicKey) report.error(`wireguard peer public key must be specified ${where}`);
    else if (publicTrouble !== undefined) {
      report.error(`wireguard peer public key is invalid ${where}: ${publicTrouble}`);
    }
    const sharedTrouble = peer.presharedKey ? wireguardKeyTrouble(peer.presharedKey) : undefined;
    if (sharedTrouble !== undefined) {
      report.error(`wireguard peer preshared key is invalid ${where}: ${sharedTrouble}`);
    }
    if (isNegative(peer.persistentKeepaliveInterval)) {
      report.error(`wireguard peer persistent keepalive interval cannot be negative ${where}`);
    }
  }
}

function wireguardKeyTrouble(key: string): string | undefined {
  const bytes = decodeBase64(key);
  if ('trouble' in bytes) return bytes.trouble;
  return bytes.length === 32 ? undefined : 'invalid wireguard key length';
}
