import { TalosConfigError } from '../../errors/config-error.js';
import type { Endpoint } from '../endpoint.js';
import type { Place } from '../place.js';
import { type Environment, environmentProxy } from './environment.js';
import { type ProxyServer, parseProxyUrl } from './proxy-url.js';
import { type Tunnel, tunnelThrough } from './tunnel.js';

/** The way to one endpoint. */
export interface ProxyRoute {
  /** What to connect to first: the endpoint, or the proxy. */
  readonly place: Place;
  /** The proxy as `scheme://host:port`, without credentials; absent when there is none. */
  readonly proxy: string | undefined;
  /** Leads a connection to the proxy on to the endpoint; absent when there is none. */
  readonly tunnel: Tunnel | undefined;
}

/** Finds the way to endpoints. */
export interface Proxying {
  route(endpoint: Endpoint): ProxyRoute;
}

/** What the way depends on besides the option. */
export interface ProxySurroundings {
  /** Default: `process.env` at the time of the call. */
  readonly environment?: Environment | undefined;
  /** Trusted for `https` proxies instead of the system's roots, as PEM. */
  readonly ca?: string | undefined;
}

/**
 * Finds the way to endpoints: without a proxy (`direct`), through the one that is given, or
 * through that of the environment.
 *
 * `environment` follows the rules of the official client: `HTTPS_PROXY` and `NO_PROXY` in upper or
 * lower case, loopback addresses never through a proxy. A proxy that is given serves all endpoints.
 * Unix sockets never have one.
 *
 * @param option `environment`, `direct`, or a URL with scheme `http`, `https` or `socks5`, with
 * credentials if need be
 * @throws {TalosConfigError} naming the option or variable, without what may be secret in it
 */
export function proxying(
  option: 'environment' | 'direct' | (string & {}),
  { environment = process.env, ca }: ProxySurroundings = {},
): Proxying {
  const proxyFor = choose(option, environment);
  return {
    route(endpoint) {
      const proxy = endpoint.path === undefined ? proxyFor(endpoint) : undefined;
      if (proxy === undefined) return { place: endpoint, proxy: undefined, tunnel: undefined };
      return {
        place: { host: proxy.host, port: proxy.port },
        proxy: `${proxy.scheme}://${proxy.address}`,
        tunnel: tunnelThrough(proxy, ca),
      };
    },
  };
}

function choose(
  option: string,
  environment: Environment,
): (endpoint: Endpoint) => ProxyServer | undefined {
  if (typeof option !== 'string' || option === '') {
    throw new TalosConfigError('proxy: must be "environment", "direct" or the URL of a proxy', {
      field: 'proxy',
    });
  }
  if (option === 'environment') return environmentProxy(environment);
  if (option === 'direct') return () => undefined;
  const proxy = parseProxyUrl(option, 'proxy');
  return () => proxy;
}
