import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import type { Endpoint } from '../endpoint.js';

/**
 * Whether an endpoint is reached without the proxies of the environment, by the rules of Go. This
 * holds for `localhost`, for loopback addresses, and for the entries of `NO_PROXY`, separated by
 * commas.
 *
 * An entry is an IP, a CIDR range, a domain, or `*` for everything. A domain includes all names
 * below it; with a leading dot or `*.`, only those. All but the ranges may have a port.
 */
export function bypassesProxy({ host, port }: Endpoint, noProxy: string): boolean {
  if (host === 'localhost' || isLoopback(host)) return true;
  return noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== '' && matches(entry, host.toLowerCase(), port));
}

function matches(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true;
  const range = parseRange(entry);
  if (range !== undefined) return contains(range, host);

  const { name, onlyPort } = splitPort(entry);
  if (name === '' || (onlyPort !== undefined && onlyPort !== port)) return false;
  if (isIP(name) !== 0) return contains(single(name), host);
  if (isIP(host) !== 0) return false;
  const domain = name.startsWith('*.') ? name.slice(1) : name;
  return domain.startsWith('.')
    ? host.endsWith(domain)
    : host === domain || host.endsWith(`.${domain}`);
}

function splitPort(entry: string): { name: string; onlyPort: number | undefined } {
  const [, bracketed, bracketedPort] = /^\[(.*)\](?::(\d+))?$/.exec(entry) ?? [];
  if (bracketed !== undefined) {
    return { name: bracketed, onlyPort: bracketedPort ? Number(bracketedPort) : undefined };
  }
  const [, name, port] = /^([^:]*):(\d+)$/.exec(entry) ?? [];
  return { name: name ?? entry, onlyPort: port === undefined ? undefined : Number(port) };
}

function parseRange(entry: string): BlockList | undefined {
  const [, address = '', digits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const prefix = Number(digits);
  const list = new BlockList();
  if (isIPv4(address) && prefix <= 32) list.addSubnet(address, prefix, 'ipv4');
  else if (isIPv6(address) && prefix <= 128) list.addSubnet(address, prefix, 'ipv6');
  else return undefined;
  return list;
}

function single(address: string): BlockList {
  const list = new BlockList();
  list.addAddress(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  return list;
}

function contains(list: BlockList, host: string): boolean {
  const version = isIP(host);
  return version !== 0 && list.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(host: string): boolean {
  return contains(loopback, host);
}
