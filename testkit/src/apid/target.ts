import { isIP, isIPv6 } from 'node:net';
import { APID_PORT } from '../topics/network/programs.js';

/** The part of a target before its port; absent when there is no port, by the rules of Go. */
function hostBeforePort(target: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([^[\]]*)\]|([^:[\]]*)):[^:[\]]*$/.exec(target) ?? [];
  return bracketed ?? plain;
}

/**
 * Whether apid refuses to dial a target: it is empty, or brings a port. An IPv6 address is none with
 * a port, with brackets or without.
 */
export function isInvalidTarget(target: string): boolean {
  if (target === '') return true;
  const host = hostBeforePort(target);
  if (host === undefined) return false;
  return !host.includes(':') || isIPv6(host);
}

/** The host of a target: an IPv6 address loses its brackets. */
export function hostOf(target: string): string {
  return target.replace(/^[[\]]+|[[\]]+$/g, '');
}

/** What is dialled for a host: an IPv6 address gets brackets, and all get the port of apid, whatever the caller wrote. */
export function dialled(host: string): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${APID_PORT}`;
}

/** Whether a host is an address, which no name server is asked for. */
export function isAddress(host: string): boolean {
  return isIP(host) !== 0 || /^[\d.]+$/.test(host) || host.includes(':');
}
