import { isIPv6 } from 'node:net';
import { TalosConfigError } from './errors/config-error.js';
import { quoted } from './errors/quoted.js';

/** Why a node cannot be addressed so; absent when it can. Does not repeat the address. */
export function addressProblem(address: unknown): string | undefined {
  if (typeof address !== 'string' || address.trim() === '') return 'is empty';
  if (!isIPv6(address) && /[:/[\]]/.test(address)) {
    return 'must be a bare address or host name: endpoints dial nodes on port 50000 themselves';
  }
  return /[^\x21-\x7e]/.test(address) ? 'holds a character that no address has' : undefined;
}

/**
 * The address of a node, as calls name it.
 *
 * @throws {TalosConfigError} when it is empty, has a port, or holds what no address has.
 */
export function checkAddress(address: string): string {
  const problem = addressProblem(address);
  if (problem === undefined) return address;
  throw new TalosConfigError(`node ${quoted(String(address))} ${problem}`, { field: 'node' });
}
