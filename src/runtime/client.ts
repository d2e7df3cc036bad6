import { type GrpcTransportOptions, grpcTransport } from './grpc-transport.js';
import {
  type CallDefaults,
  clientOver,
  type TalosClient,
  type TransportOptions,
} from './talos-client.js';

export type { TalosClient } from './talos-client.js';

/** A client over gRPC: where to connect, and with which credentials. */
export interface ConnectOptions extends CallDefaults, GrpcTransportOptions {
  readonly transport?: undefined;
}

/** What `createTalosClient` takes: where to connect, or a transport that knows. */
export type TalosClientOptions = ConnectOptions | TransportOptions;

/**
 * Creates a client. Connects to nothing yet: the first call does.
 *
 * @example
 * ```ts
 * await using talos = createTalosClient({
 *   endpoints: ['10.0.0.2'],
 *   credentials: mtls({ ca, cert, key }),
 * });
 * const { version } = await system(talos.node('10.0.0.3')).version();
 * ```
 * @throws {TalosConfigError} when an option cannot work; the error names it.
 */
export function createTalosClient(options: TalosClientOptions): TalosClient {
  return options.transport === undefined
    ? clientOver(grpcTransport(options), options)
    : clientOver(options.transport, options);
}
