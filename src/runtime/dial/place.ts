import type { NetConnectOpts } from 'node:net';
import type { Endpoint } from './endpoint.js';

/** What to connect to first: a host and port, or a unix socket. */
export type Place = Pick<Endpoint, 'host' | 'port' | 'path'>;

/** Milliseconds of silence before TCP asks whether the peer is still there, as in Go. */
export const TCP_KEEPALIVE_MS = 15_000;

/** Milliseconds after which Node goes on to the next address of a name. */
const NEXT_ADDRESS_MS = 1000;

/**
 * The options of `net.connect` for a place. Node looks the name up at each attempt and tries all
 * its addresses.
 *
 * @param signal ends the attempt to connect, and later the connection
 */
export function connectOptions(
  { host, port, path }: Place,
  signal: AbortSignal,
): NetConnectOpts & { readonly signal: AbortSignal } {
  return path === undefined
    ? { host, port, signal, autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS }
    : { path, signal };
}
