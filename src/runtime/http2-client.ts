import { checkOptions, type Shape } from './arguments/options.js';
import {
  type Http2TransportOptions,
  http2Transport,
  http2TransportShape,
} from './http2-transport.js';
import {
  type CallDefaults,
  callDefaultsShape,
  clientOver,
  type TalosClient,
  type TransportOptions,
  transportKind,
} from './talos-client.js';

/** The options of a client over HTTP/2: where to connect, and with which credentials. */
export interface ConnectOptions extends CallDefaults, Http2TransportOptions {
  readonly transport?: undefined;
}

/** What `createTalosClient` takes: where to connect, or a transport that knows it. */
export type TalosClientOptions = ConnectOptions | TransportOptions;

const EXAMPLE = '{ endpoints, credentials }, which loadTalosconfig() gives';

const clientShape: Shape<CallDefaults & Http2TransportOptions & TransportOptions> = {
  ...http2TransportShape,
  ...callDefaultsShape,
  transport: transportKind,
};

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
  checkOptions(options, clientShape, 'createTalosClient', EXAMPLE);
  if (options.transport !== undefined) return clientOver(options.transport, options);
  const { nodes: _, timeoutMs: __, cluster: ___, metadata: ____, ...connect } = options;
  return clientOver(http2Transport(connect), options);
}
