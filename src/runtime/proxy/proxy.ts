import { isIPv4, isIPv6 } from 'node:net';
import type { ChannelCredentials, ChannelOptions } from '@grpc/grpc-js';
import type { Endpoint } from '../endpoints.js';
import { TalosConfigError } from '../errors/config-error.js';
import { type Environment, environmentProxy } from './environment.js';
import { type ProxyServer, parseProxyUrl } from './proxy-url.js';
import { tunnelThrough } from './tunnel.js';
import { TunnelCredentials } from './tunnel-credentials.js';

/** How the channel to one endpoint gets there. */
export interface ProxyRoute {
  /** What the channel connects to, in the notation of grpc-js: the endpoint, or the proxy. */
  readonly target: string;
  /** Channel options that belong to the way. */
  readonly options: ChannelOptions;
  /** The proxy as `scheme://host:port`, without credentials; absent when there is none. */
  readonly proxy: string | undefined;
  /** The credentials to give to the channel: those of the endpoint, under a tunnel if need be. */
  secure(credentials: ChannelCredentials): ChannelCredentials;
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
      if (proxy === undefined) {
        return {
          target: grpcTarget(endpoint),
          options,
          proxy,
          secure: (credentials) => credentials,
        };
      }
      const tunnel = tunnelThrough(proxy, ca);
      return {
        target: grpcTarget(proxy),
        options: { ...options, 'grpc.default_authority': endpoint.address },
        proxy: `${proxy.scheme}://${proxy.address}`,
        secure: (credentials) => new TunnelCredentials(credentials, tunnel, endpoint),
      };
    },
  };
}

/** grpc-js would read variables of its own, by rules of its own, and ask proxies for loopback. */
const options: ChannelOptions = { 'grpc.enable_http_proxy': 0 };

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

function grpcTarget({ host, address, path }: Pick<Endpoint, 'host' | 'address' | 'path'>): string {
  if (path !== undefined) return `unix:${path}`;
  if (isIPv4(host)) return `ipv4:${address}`;
  if (isIPv6(host)) return `ipv6:${address}`;
  return `dns:///${address}`;
}
