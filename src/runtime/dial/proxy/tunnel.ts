import type { Socket } from 'node:net';
import type { Endpoint } from '../endpoint.js';
import { openConnect } from './http-connect.js';
import type { ProxyServer } from './proxy-url.js';
import { openSocks5 } from './socks5.js';
import { openTls } from './tls-to-proxy.js';

/** Asks a proxy for the way to an endpoint. */
export interface Tunnel {
  /**
   * Turns a fresh connection to the proxy into one to `endpoint`. Closing `socket` ends the
   * attempt; it is closed when the attempt fails.
   *
   * @throws {ConnectionError} when the proxy refuses
   */
  open(socket: Socket, endpoint: Endpoint): Promise<Socket>;
}

/**
 * The tunnel through `proxy`.
 *
 * @param ca trusted for an `https` proxy instead of the system's roots, as PEM
 */
export function tunnelThrough(proxy: ProxyServer, ca?: string): Tunnel {
  return {
    async open(socket, endpoint) {
      socket.on('error', () => {}); // between two steps nobody listens; the next one finds it closed
      try {
        if (proxy.scheme === 'socks5') return await openSocks5(socket, proxy, endpoint);
        const carrier = proxy.scheme === 'https' ? await openTls(socket, proxy, ca) : socket;
        return await openConnect(carrier, proxy, endpoint);
      } catch (error) {
        socket.destroy();
        throw error;
      }
    },
  };
}
