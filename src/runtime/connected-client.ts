import { callback, either } from './arguments/kinds.js';
import { checkOptions, type Shape } from './arguments/options.js';
import { joinHooks } from './calls/attempt-hook.js';
import type { AttemptOptions } from './calls/carrier-transport.js';
import type { Connecting, CredentialSource, EndpointSource } from './connection-source.js';
import { TalosConfigError } from './errors/config-error.js';
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

/** Where a client connects, whatever carries its calls. */
export interface ConnectionSources {
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

/** What a transport is made of, whatever carries its calls. */
interface Connectable extends AttemptOptions {
  readonly endpoints: readonly string[];
}

/** The options of a client that makes its transport of `Options` itself. */
export type ConnectingOptions<Options extends Connectable> = CallDefaults &
  Omit<Options, 'endpoints' | 'credentials'> &
  ConnectionSources;

const EXAMPLE = '{ endpoints, credentials }, which loadTalosconfig() gives';

/** How transports of one kind are made. */
export interface TransportFactory<Options extends Connectable> {
  readonly transportOf: (options: Options) => Transport;
  /** Its name, for errors. */
  readonly name: string;
  /** The options that it takes, and their kinds. */
  readonly shape: Shape<Options>;
}

/**
 * The client over a transport that is given, or over one that the factory makes.
 *
 * @throws {TalosConfigError} when an option cannot be used; the error names it
 */
export function connectedClient<Options extends Connectable>(
  options: ConnectingOptions<Options> | TransportOptions,
  { transportOf, name, shape }: TransportFactory<Options>,
): TalosClient {
  const known = {
    ...shape,
    ...callDefaultsShape,
    endpoints: either(shape.endpoints, callback),
    transport: transportKind,
  };
  checkOptions(options, known, 'createTalosClient', EXAMPLE);
  const { use = [] } = options;
  if (options.transport !== undefined) {
    refuseHooks(use, name);
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
  } = options as ConnectingOptions<Connectable>;
  const below = [connect, ...use];
  const { endpoints, credentials } = connect;
  const make = (connecting: Connecting): Transport =>
    transportOf({
      ...connect,
      ...connecting,
      attempts: joinHooks(below.flatMap(({ attempts }) => attempts ?? [])),
    } as Connectable as Options);
  const changes = typeof endpoints === 'function' || typeof credentials === 'function';
  const transport = changes
    ? new ReloadingTransport({ endpoints, credentials, make })
    : make({ endpoints, credentials });
  return clientOver(through(use, transport), options);
}

/** What goes through `use`, the first of them outermost. */
function through(use: readonly Middleware[], transport: Transport): Transport {
  return use.reduceRight((inner, middleware) => middleware(inner), transport);
}

/** Refuses middlewares that have to see attempts, which a given transport makes out of sight. */
function refuseHooks(use: readonly Middleware[], name: string): void {
  const index = use.findIndex(({ attempts }) => attempts !== undefined);
  if (index === -1) return;
  throw new TalosConfigError(
    `use[${index}] has to see every attempt, and the client does not make those of a given ` +
      `transport: give endpoints and credentials, or pass its \`attempts\` to ${name}`,
    { field: 'use' },
  );
}
