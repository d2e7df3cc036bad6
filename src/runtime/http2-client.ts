import { type ConnectionSources, connectedClient } from './connected-client.js';
import {
  type Http2TransportOptions,
  http2Transport,
  http2TransportShape,
} from './http2-transport.js';
import type { CallDefaults, TalosClient, TransportOptions } from './talos-client.js';

/** The options of a client over HTTP/2: where to connect, and with which credentials. */
export interface ConnectOptions
  extends CallDefaults,
    Omit<Http2TransportOptions, 'endpoints' | 'credentials'>,
    ConnectionSources {}

/** What `createTalosClient` takes: where to connect, or a transport that knows it. */
export type TalosClientOptions = ConnectOptions | TransportOptions;

/**
 * Creates a client over HTTP/2 that this library frames itself. All else is as with the function of
 * the same name in `talos-client`. It connects at the first call, not before.
 *
 * @example
 * ```ts
 * await using talos = createTalosClient({
 *   endpoints: ['10.0.0.2'],
 *   credentials: mtls({ ca, cert, key }),
 * });
 * const { version } = await system(talos.node('10.0.0.3')).version();
 * ```
 * @throws {TalosConfigError} when an option cannot be used; the error names it.
 */
export function createTalosClient(options: TalosClientOptions): TalosClient {
  return connectedClient(options, {
    transportOf: http2Transport,
    name: 'http2Transport',
    shape: http2TransportShape,
  });
}
