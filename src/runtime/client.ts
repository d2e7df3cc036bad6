import { callback, either } from './arguments/kinds.js';
import { checkOptions, type Shape } from './arguments/options.js';
import { joinHooks } from './calls/attempt-hook.js';
import { joinObservers } from './calls/observer.js';
import type { Connecting, CredentialSource, EndpointSource } from './connection-source.js';
import { TalosConfigError } from './errors/config-error.js';
import { type GrpcTransportOptions, grpcTransport, grpcTransportShape } from './grpc-transport.js';
import type { Middleware } from './middleware.js';
import { ReloadingTransport } from './reloading-transport.js';
import {
  type CallDefaults,
  callDefaultsShape,
  clientOver,
  type TalosClient,
  type TransportOptions,
  transportKind,
} from './talos-client.js';
import type { Transport } from './transport.js';

export type { TalosClient } from './talos-client.js';

/** The options of a client over gRPC: where to connect, and with which credentials. */
export interface ConnectOptions
  extends CallDefaults,
    Omit<GrpcTransportOptions, 'endpoints' | 'credentials'> {
  /**
   * Where to reach the API, preferably the control plane nodes: `10.0.0.2`, `host:50000`,
   * `https://host`, `[2001:db8::1]:50000` or `unix:///path`. Port 50000 when none is given. A function
   * is asked before the first call, and again by `talos.reload()`.
   */
  readonly endpoints: EndpointSource;
  /** A function is asked before the first call, and again by `talos.reload()`. */
  readonly credentials: CredentialSource;
  readonly transport?: undefined;
}

/** What `createTalosClient` takes: where to connect, or a transport that knows it. */
export type TalosClientOptions = ConnectOptions | TransportOptions;

const EXAMPLE = '{ endpoints, credentials }, which loadTalosconfig() gives';

const clientShape: Shape<CallDefaults & GrpcTransportOptions & TransportOptions> = {
  ...grpcTransportShape,
  ...callDefaultsShape,
  endpoints: either(grpcTransportShape.endpoints, callback),
  transport: transportKind,
};

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
  checkOptions(options, clientShape, 'createTalosClient', EXAMPLE);
  const { use = [] } = options;
  if (options.transport !== undefined) {
    refuseHooks(use);
    return clientOver(through(use, options.transport), options);
  }
  const {
    nodes: _,
    timeoutMs: __,
    cluster: ___,
    metadata: ____,
    use: _____,
    retry: ______,
    ...connect
  } = options;
  const below = [connect, ...use];
  const { endpoints, credentials } = connect;
  const make = (connecting: Connecting): Transport =>
    grpcTransport({
      ...connect,
      ...connecting,
      attempts: joinHooks(below.map(({ attempts }) => attempts).filter(isGiven)),
      observer: joinObservers(below.map(({ observer }) => observer).filter(isGiven)),
    });
  const changes = typeof endpoints === 'function' || typeof credentials === 'function';
  const transport = changes
    ? new ReloadingTransport({ endpoints, credentials, make })
    : make({ endpoints, credentials });
  return clientOver(through(use, transport), options);
}

function isGiven<T>(value: T | undefined): value is T {
  return value !== undefined;
}

/** What goes through `use`, the first of them outermost. */
function through(use: readonly Middleware[], transport: Transport): Transport {
  return use.reduceRight((inner, middleware) => middleware(inner), transport);
}

/** Refuses middlewares that have to see attempts, which a given transport makes out of sight. */
function refuseHooks(use: readonly Middleware[]): void {
  const index = use.findIndex(
    ({ attempts, observer }) => attempts !== undefined || observer !== undefined,
  );
  if (index === -1) return;
  throw new TalosConfigError(
    `use[${index}] has to see every attempt, and the client does not make those of a given ` +
      'transport: give endpoints and credentials, or pass its `attempts` and its `observer` to ' +
      'grpcTransport',
    { field: 'use' },
  );
}
