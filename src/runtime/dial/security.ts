import type { SecureContext, TLSSocket } from 'node:tls';
import type { ConnectionError } from './connection-error.js';
import type { Endpoint } from './endpoint.js';

/** How the connections to one endpoint are secured. */
export interface Security {
  /** TLS with the server; absent for a connection without TLS. */
  readonly tls: TlsSettings | undefined;
}

/** How TLS with a server is set up, and which server is the right one. */
export interface TlsSettings {
  /** Roots, client certificate and key, as Node keeps them. */
  readonly context: SecureContext;
  /**
   * Decides whether the server is the right one, after the handshake and before anything is sent.
   * Returns an error if it is not, else nothing.
   */
  readonly verify: (socket: TLSSocket, endpoint: Endpoint) => ConnectionError | undefined;
}
