import { type AttemptHook, joinHooks } from './calls/attempt-hook.js';
import { joinObservers, type TransportObserver } from './calls/observer.js';
import type { Connecting, CredentialSource, EndpointSource } from './connection-source.js';
import { TalosConfigError } from './errors/config-error.js';
import type { Middleware } from './middleware.js';
import { ReloadingTransport } from './reloading-transport.js';
import {
  type CallDefaults,
  clientOver,
  type TalosClient,
  type TransportOptions,
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
interface Connectable {
  readonly endpoints: readonly string[];
  readonly attempts?: AttemptHook | undefined;
  readonly observer?: TransportObserver | undefined;
}

/** The options of a client that makes its transport of `Options` itself. */
export type ConnectingOptions<Options extends Connectable> = CallDefaults &
  Omit<Options, 'endpoints' | 'credentials'> &
  ConnectionSources;

/**
 * The client over a transport that is given, or over one made with `transportOf`.
 *
 * @param name of `transportOf`, for errors
 */
export function connectedClient<Options extends Connectable>(
  options: ConnectingOptions<Options> | TransportOptions,
  transportOf: (options: Options) => Transport,
  name: string,
): TalosClient {
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
      attempts: joinHooks(below.map(({ attempts }) => attempts).filter(isGiven)),
      observer: joinObservers(below.map(({ observer }) => observer).filter(isGiven)),
    } as Connectable as Options);
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
function refuseHooks(use: readonly Middleware[], name: string): void {
  const index = use.findIndex(
    ({ attempts, observer }) => attempts !== undefined || observer !== undefined,
  );
  if (index === -1) return;
  throw new TalosConfigError(
    `use[${index}] has to see every attempt, and the client does not make those of a given ` +
      `transport: give endpoints and credentials, or pass its \`attempts\` and its \`observer\` to ${name}`,
    { field: 'use' },
  );
}
