import type { Endpoint } from '../endpoint.js';
import { bypassesProxy } from './no-proxy.js';
import { type ProxyServer, parseProxyUrl } from './proxy-url.js';

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Which proxy the environment names for an endpoint: `HTTPS_PROXY` or `https_proxy`, unless
 * `NO_PROXY` or `no_proxy` exempts the endpoint. The upper-case name wins if both are set.
 *
 * @throws {TalosConfigError} naming the variable whose value is not a proxy
 */
export function environmentProxy(
  environment: Environment,
): (endpoint: Endpoint) => ProxyServer | undefined {
  const name = ['HTTPS_PROXY', 'https_proxy'].find((candidate) => environment[candidate]);
  if (name === undefined) return () => undefined;
  const value = environment[name] ?? '';
  // Like the official client, which takes "proxy.example:3128" for a URL without its scheme.
  const proxy = parseProxyUrl(value.includes('://') ? value : `http://${value}`, name);
  const noProxy = environment.NO_PROXY || environment.no_proxy || '';
  return (endpoint) => (bypassesProxy(endpoint, noProxy) ? undefined : proxy);
}
