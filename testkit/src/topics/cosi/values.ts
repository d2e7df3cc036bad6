import { isIPv4, isIPv6 } from 'node:net';

/** The message `common.NetIP` of an address such as `10.5.0.2` or `fe80::1`. */
export function netIp(address: string): { readonly ip: Uint8Array } {
  return { ip: addressBytes(address) };
}

/** The message `common.NetIPPrefix` of a prefix such as `10.5.0.2/24`. */
export function netIpPrefix(prefix: string): {
  readonly ip: Uint8Array;
  readonly prefixLength: number;
} {
  const slash = prefix.lastIndexOf('/');
  return {
    ip: addressBytes(prefix.slice(0, slash)),
    prefixLength: Number(prefix.slice(slash + 1)),
  };
}

/** The message `common.NetIPPort` of an address such as `10.5.0.2:51820` or `[fe80::1]:51820`. */
export function netIpPort(endpoint: string): { readonly ip: Uint8Array; readonly port: number } {
  const colon = endpoint.lastIndexOf(':');
  const address = endpoint.slice(0, colon).replace(/^\[|\]$/g, '');
  return { ip: addressBytes(address), port: Number(endpoint.slice(colon + 1)) };
}

/** The message for a text that may be empty, which stands for nothing. */
export function optional<T>(text: string | undefined, message: (text: string) => T): T | undefined {
  return text === undefined || text === '' ? undefined : message(text);
}

/** The bytes of a hardware address such as `02:00:0a:05:00:02`. */
export function hardwareAddress(text: string): Uint8Array {
  return Uint8Array.from(text.split(':'), (part) => Number.parseInt(part, 16));
}

function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number);
  if (!isIPv6(address)) throw new RangeError(`${JSON.stringify(address)} is no IP address`);
  // The text form of URLs has the shortest notation and no dotted part.
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = text.split('::');
  const first = groups(head);
  const last = groups(tail ?? '');
  const middle =
    tail === undefined ? [] : new Array<number>(8 - first.length - last.length).fill(0);
  return Uint8Array.from(
    [...first, ...middle, ...last].flatMap((group) => [group >> 8, group & 255]),
  );
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

/** A duration as Go writes it: `1h0m0s`, `15s`, `1.5s`, `0s`. */
export function goDuration(ms: number): string {
  const seconds = Math.abs(ms) / 1000;
  const sign = ms < 0 ? '-' : '';
  if (seconds === 0) return '0s';
  if (seconds < 1) return sign + subSecond(seconds);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = Number((seconds % 60).toFixed(9));
  if (hours > 0) return `${sign}${hours}h${minutes}m${rest}s`;
  return minutes > 0 ? `${sign}${minutes}m${rest}s` : `${sign}${rest}s`;
}

function subSecond(seconds: number): string {
  const nanos = Math.round(seconds * 1e9);
  if (nanos >= 1e6) return `${nanos / 1e6}ms`;
  return nanos >= 1000 ? `${nanos / 1000}µs` : `${nanos}ns`;
}

/** A time as Go writes it, in UTC: `2026-01-01T00:00:00Z`. */
export function goTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z');
}

const decimalUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** A size in bytes for people, as Talos shows it: `21 GB`, `4.3 GB`. */
export function prettySize(bytes: number): string {
  if (bytes < 10) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), decimalUnits.length - 1);
  const value = Math.floor((bytes / 1000 ** power) * 10 + 0.5) / 10;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${decimalUnits[power]}`;
}

/** A URL as Go writes one in YAML: the fields of its struct. */
export function goUrl(text: string): Readonly<Record<string, unknown>> {
  const { protocol, host, pathname, search, hash } = new URL(text);
  const path = pathname === '/' && !text.endsWith('/') ? '' : pathname;
  return {
    scheme: protocol.slice(0, -1),
    opaque: '',
    user: null,
    host,
    path,
    fragment: hash.slice(1),
    rawquery: search.slice(1),
    rawpath: '',
    rawfragment: '',
    forcequery: false,
    omithost: false,
  };
}

/**
 * The fields of a spec but for those that have the value that is given here, or that are an empty
 * list: what Go leaves out of YAML.
 */
export function withoutZeros<Spec extends object>(
  spec: Spec,
  zeros: { readonly [Key in keyof Spec]?: Spec[Key] | [] },
): Partial<Spec> {
  const isLeftOut = ([key, value]: [string, unknown]) =>
    key in zeros &&
    (value === zeros[key as keyof Spec] || (Array.isArray(value) && value.length === 0));
  return Object.fromEntries(
    Object.entries(spec).filter((entry) => !isLeftOut(entry)),
  ) as Partial<Spec>;
}
