import { isIPv6 } from 'node:net';
import { TalosConfigError } from '../../errors/config-error.js';

/** A proxy to go through. */
export interface ProxyServer {
  readonly scheme: 'http' | 'https' | 'socks5';
  /** Host name or IP, without brackets. */
  readonly host: string;
  readonly port: number;
  /** `host:port` with IPv6 in brackets; nothing secret. */
  readonly address: string;
  /** User name and password; kept out of logs and messages. */
  readonly login?: ProxyLogin;
}

/** User name and password for a proxy. Shows neither when it is logged or serialised. */
export class ProxyLogin {
  readonly #user: string;
  readonly #password: string;

  constructor(user: string, password: string) {
    this.#user = user;
    this.#password = password;
  }

  /** Both, to be sent to the proxy. */
  reveal(): { user: string; password: string } {
    return { user: this.#user, password: this.#password };
  }
}

const defaultPorts: Readonly<Record<ProxyServer['scheme'], number>> = {
  http: 80,
  https: 443,
  socks5: 1080,
};

/**
 * Reads the URL of a proxy: `http://`, `https://` or `socks5://`, with or without credentials.
 *
 * @throws {TalosConfigError} naming `field`, and never more of the URL than its scheme
 */
export function parseProxyUrl(text: string, field: string): ProxyServer {
  const refuse = (reason: string): TalosConfigError =>
    new TalosConfigError(`${field}: ${reason}`, { field });

  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    throw refuse('a proxy is a URL such as "http://proxy.example:3128"');
  }
  if (scheme !== 'http' && scheme !== 'https' && scheme !== 'socks5') {
    throw refuse(`a proxy's URL starts with http://, https:// or socks5://, not with ${scheme}://`);
  }
  let url: URL;
  try {
    // As http, since other schemes are not parsed as strictly.
    url = new URL(`http${text.slice(scheme.length)}`);
  } catch {
    throw refuse('the URL of the proxy cannot be read'); // Node's error quotes all of it
  }
  if ((url.pathname !== '/' && url.pathname !== '') || url.search !== '' || url.hash !== '') {
    throw refuse("a proxy's URL has no path, query or fragment");
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = readPort(text) ?? defaultPorts[scheme];
  if (port < 1) throw refuse("a proxy's port is 1 to 65535");
  return {
    scheme,
    host,
    port,
    address: isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`,
    ...(url.username !== '' || url.password !== '' ? { login: readLogin(url, refuse) } : undefined),
  };
}

/** The port in the text: `URL` drops it when it is 80. */
function readPort(text: string): number | undefined {
  const port = /:(\d+)\/?$/.exec(text)?.[1];
  return port === undefined ? undefined : Number(port);
}

function readLogin(url: URL, refuse: (reason: string) => TalosConfigError): ProxyLogin {
  try {
    return new ProxyLogin(decodeURIComponent(url.username), decodeURIComponent(url.password));
  } catch {
    throw refuse("the credentials in the proxy's URL are not percent-encoded as they should be");
  }
}
