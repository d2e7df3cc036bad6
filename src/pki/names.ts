import { der, oid, setOf, text } from './der-writer.js';

/** Who a certificate is for. */
export interface Subject {
  /** Talos keeps the roles of a client here. */
  readonly organizations?: readonly string[] | undefined;
  readonly commonName?: string | undefined;
}

const ORGANIZATION = '2.5.4.10';
const COMMON_NAME = '2.5.4.3';

/** A distinguished name: all organizations in one relative name, as Go writes them. */
export function distinguishedName({ organizations = [], commonName }: Subject): Uint8Array {
  const attribute = (id: string, value: string) => der('sequence', oid(id), text(value));
  return der(
    'sequence',
    ...(organizations.length > 0
      ? [setOf(organizations.map((value) => attribute(ORGANIZATION, value)))]
      : []),
    ...(commonName === undefined ? [] : [setOf([attribute(COMMON_NAME, commonName)])]),
  );
}

const octet = '(?:0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])';
const ipv4 = new RegExp(`^${octet}(?:\\.${octet}){3}$`);

/** An IP address in its 4 or 16 bytes; absent when the text is none. */
export function addressBytes(address: string): Uint8Array | undefined {
  if (ipv4.test(address)) return Uint8Array.from(address.split('.').map(Number));
  return address.includes(':') ? ipv6Bytes(address) : undefined;
}

function ipv6Bytes(address: string): Uint8Array | undefined {
  // The last two groups may be written as an IPv4 address.
  const [, start, end = ''] = /^(.*:)([^:]*\.[^:]*)$/.exec(address) ?? [];
  if (start !== undefined && !ipv4.test(end)) return undefined;
  const tail = start === undefined ? [] : end.split('.').map(Number);
  const text = start?.replace(/([^:]):$/, '$1') ?? address;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], rest = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  if (![...head, ...rest].every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const missing = (16 - tail.length) / 2 - head.length - rest.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const bytesOf = (group: string): number[] => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  };
  const zeros = new Array<number>(missing * 2).fill(0);
  return Uint8Array.from([...head.flatMap(bytesOf), ...zeros, ...rest.flatMap(bytesOf), ...tail]);
}
