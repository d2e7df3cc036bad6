import { type ConnectionSources, connectedClient } from './connected-client.js';
import { type GrpcTransportOptions, grpcTransport, grpcTransportShape } from './grpc-transport.js';
import type { CallDefaults, TalosClient, TransportOptions } from './talos-client.js';

export type { TalosClient } from './talos-client.js';

/** The options of a client over gRPC: where to connect, and with which credentials. */
export interface ConnectOptions
  extends CallDefaults,
    Omit<GrpcTransportOptions, 'endpoints' | 'credentials'>,
    ConnectionSources {}

/** What `createTalosClient` takes: where to connect, or a transport that knows it. */
export type TalosClientOptions = ConnectOptions | TransportOptions;

/**
 * Creates a client. It connects at the first call, not before.
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
    transportOf: grpcTransport,
    name: 'grpcTransport',
    shape: grpcTransportShape,
  });
}
