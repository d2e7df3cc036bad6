import { isIPv6 } from 'node:net';
import { described } from './arguments/described.js';
import { TalosConfigError } from './errors/config-error.js';
import { quoted } from './errors/quoted.js';

/** Addresses of nodes: any iterable except a string, which would give its letters. */
export type Addresses = Iterable<string> & object;

/** Why `address` cannot be that of a node; absent when it can. Does not repeat the address. */
export function addressProblem(address: unknown): string | undefined {
  if (typeof address !== 'string') return 'must be text, such as "10.0.0.2"';
  if (address.trim() === '') return 'is empty';
  if (address.includes(',')) {
    return 'must be a single address: nodes are a list with an entry for each';
  }
  if (!isIPv6(address) && /[:/[\]]/.test(address)) {
    return 'must be a bare address or host name: endpoints dial nodes on port 50000 themselves';
  }
  return /[^\x21-\x7e]/.test(address) ? 'holds a character that no address has' : undefined;
}

/**
 * Checks the address of a node, and returns it as calls name it.
 *
 * @throws {TalosConfigError} when it is empty, has a port, or holds a character that no address
 * has.
 */
export function checkAddress(address: string): string {
  const problem = addressProblem(address);
  if (problem === undefined) return address;
  const shown = typeof address === 'string' ? quoted(address) : described(address);
  throw new TalosConfigError(`node ${shown} ${problem}`, { field: 'node' });
}

/**
 * Checks the addresses of several nodes, and returns each node once, in the order of first mention.
 * Two addresses name the same node if they are the same IP address, in any notation, or the same
 * host name in upper or lower case. A name and the address behind it count as two nodes.
 *
 * @throws {TalosConfigError} when it is not a list, or an entry cannot be an address.
 */
export function checkAddresses(addresses: Addresses): readonly string[] {
  if (typeof addresses !== 'object' || typeof addresses?.[Symbol.iterator] !== 'function') {
    throw new TalosConfigError(
      `nodes: expected a list such as ['10.0.0.2'], got ${described(addresses)}`,
      { field: 'nodes' },
    );
  }
  const distinct = new Map<string, string>();
  for (const address of addresses) {
    const key = identity(checkAddress(address));
    if (!distinct.has(key)) distinct.set(key, address);
  }
  return [...distinct.values()];
}

/** One form for all ways to write an address. */
function identity(address: string): string {
  const name = address.toLowerCase();
  if (!isIPv6(name)) return name;
  const [bare = name, zone = ''] = name.split('%');
  return `${new URL(`http://[${bare}]`).hostname}%${zone}`;
}
