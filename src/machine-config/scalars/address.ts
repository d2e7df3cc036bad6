/**
 * An IP address as Go writes it: IPv6 in lower case and as short as it gets. `undefined` for what
 * is none. IPv6 addresses may have a zone: `fe80::1%eth0`.
 */
export function canonicalAddress(text: string): string | undefined {
  if (!text.includes(':')) return isIPv4(text) ? text : undefined;
  const [address = '', zone] = text.split(/%(.*)/s);
  if (zone === '') return undefined;
  const groups = parseIPv6(address);
  if (groups === undefined) return undefined;
  return printIPv6(groups) + (zone === undefined ? '' : `%${zone}`);
}

/** An address with the length of its network: `10.0.0.0/8`. Bits after the length stay. */
export function canonicalPrefix(text: string): string | undefined {
  const slash = text.lastIndexOf('/');
  const address = slash === -1 || text.includes('%') ? undefined : text.slice(0, slash);
  const length = text.slice(slash + 1);
  if (address === undefined || !/^(?:0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const canonical = canonicalAddress(address);
  if (canonical === undefined) return undefined;
  const bits = canonical.includes(':') ? 128 : 32;
  return Number(length) > bits ? undefined : `${canonical}/${length}`;
}

/** An address and a port: `10.0.0.1:80`, `[::1]:80`. */
export function canonicalAddressAndPort(text: string): string | undefined {
  const [, inBrackets, plain, port = ''] = /^(?:\[(.*)\]|([^:]*)):(\d{1,5})$/s.exec(text) ?? [];
  if (Number(port) > 65_535) return undefined;
  if (inBrackets !== undefined) {
    const address = canonicalAddress(inBrackets);
    return address?.includes(':') === true ? `[${address}]:${Number(port)}` : undefined;
  }
  if (plain === undefined || !isIPv4(plain)) return undefined;
  return `${plain}:${Number(port)}`;
}

/** A hardware address, the bytes in lower case with colons between; any number of them. */
export function canonicalHardwareAddress(text: string): string | undefined {
  const digits = text.replaceAll(':', '').toLowerCase();
  if (!/^(?:[0-9a-f]{2})*$/.test(digits)) return undefined;
  return (digits.match(/../g) ?? []).join(':');
}

function isIPv4(text: string): boolean {
  const parts = text.split('.');
  return (
    parts.length === 4 &&
    parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
  );
}

/** The eight groups of an IPv6 address. */
function parseIPv6(text: string): number[] | undefined {
  const [head = '', tail, more] = text.split('::');
  if (more !== undefined) return undefined;
  const front = parseGroups(head, tail === undefined);
  const back = tail === undefined ? [] : parseGroups(tail, true);
  if (front === undefined || back === undefined) return undefined;
  const missing = 8 - front.length - back.length;
  // "::" stands for one group of zeros at least.
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...front, ...new Array<number>(missing).fill(0), ...back];
}

/** Groups between colons; the last one of an address may be an IPv4 address. */
function parseGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else if (isEnd && index === parts.length - 1 && isIPv4(part)) {
      const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number);
      groups.push(a * 256 + b, c * 256 + d);
    } else return undefined;
  }
  return groups;
}

function printIPv6(groups: readonly number[]): string {
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const [high = 0, low = 0] = groups.slice(6);
    return `::ffff:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  const { start, length } = longestZeros(groups);
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
    start += length;
  }
  return best;
}
