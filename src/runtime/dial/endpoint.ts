import { isIPv4, isIPv6 } from 'node:net';
import { TalosConfigError } from '../errors/config-error.js';
import { quoted } from '../errors/quoted.js';

/** The port of the Talos API on every node. */
const apiPort = 50000;

/** Where a client connects to: a control plane, a load balancer, or a unix socket. */
export interface Endpoint {
  /** As it was given. */
  readonly text: string;
  /** `host:port` with IPv6 in brackets, or `unix:/path`. */
  readonly address: string;
  /** The host name or IP, without brackets; `localhost` for a unix socket. */
  readonly host: string;
  /** The TCP port; 0 for a unix socket. */
  readonly port: number;
  /** The path of the unix socket; absent for TCP. */
  readonly path?: string;
}

/**
 * Reads an endpoint as `talosctl` does.
 *
 * A host or IP without a port means port 50000. IPv6 without a port needs no brackets. Of a URL
 * only host and port count: without a port, `https://host` means port 443, and any other scheme
 * 50000. The connection uses TLS whatever the scheme is. `unix:///path` is a unix socket.
 *
 * @param field the name of the value in the error, such as `endpoints[1]`
 * @throws {TalosConfigError} when no host and port can be read from `text`
 */
export function parseEndpoint(text: string, field = 'endpoint'): Endpoint {
  const refuse = (reason: string): TalosConfigError =>
    new TalosConfigError(`${field}: ${reason}`, { field });

  if (typeof text !== 'string') throw refuse('an endpoint must be a string such as "10.0.0.1"');
  if (text === '') throw refuse('an endpoint must not be empty');
  if (/[^\x21-\x7e]/.test(text)) {
    throw refuse('an endpoint is printable ASCII without blanks (write other names in punycode)');
  }
  if (/^unix:/i.test(text)) return unixEndpoint(text, refuse);

  const url = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i.exec(text);
  const authority = url?.[2] ?? text;
  if (authority.includes('@')) {
    throw refuse('an endpoint must not hold a user name or password');
  }
  if (authority === '')
    throw refuse(`${quoted(text)} has no host; write "10.0.0.1" or "host:50000"`);
  const defaultPort = url?.[1]?.toLowerCase() === 'https' ? 443 : apiPort;
  const { host, port } = splitHostPort(authority, refuse);
  return endpoint(text, host, port ?? defaultPort);
}

function unixEndpoint(text: string, refuse: (reason: string) => TalosConfigError): Endpoint {
  const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  if (!path.startsWith('/') || path.startsWith('//') || path === '/') {
    throw refuse(
      `${quoted(text)} must name a socket by its absolute path, such as "unix:///run/apid.sock"`,
    );
  }
  return { text, address: `unix:${path}`, host: 'localhost', port: 0, path };
}

function splitHostPort(
  authority: string,
  refuse: (reason: string) => TalosConfigError,
): { host: string; port: number | undefined } {
  const readPort = (digits: string | undefined): number | undefined => {
    if (digits === undefined) return undefined;
    const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
    if (port < 1 || port > 65535) {
      throw refuse(
        `${quoted(authority)} must have a port from 1 to 65535, or none for the default`,
      );
    }
    return port;
  };

  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(authority);
  const bare = bracketed === null && authority.split(':').length > 2;
  if (bracketed !== null || bare) {
    const host = bracketed?.[1] ?? authority;
    if (host.includes('%')) {
      throw refuse(
        `${quoted(authority)} has a zone; use a global or unique local address of the node`,
      );
    }
    if (!isIPv6(host))
      throw refuse(`${quoted(authority)} is neither an IPv6 address nor host:port`);
    return { host: host.toLowerCase(), port: readPort(bracketed?.[2]) };
  }

  const [host = '', digits] = authority.split(':');
  if (/^[\d.]+$/.test(host) ? !isIPv4(host) : !isHostName(host)) {
    throw refuse(`${quoted(host)} is neither an IP address nor a host name`);
  }
  return { host: host.toLowerCase(), port: readPort(digits) };
}

function isHostName(host: string): boolean {
  return (
    host.length <= 254 &&
    /^[a-z0-9_]([a-z0-9_-]{0,62}(\.[a-z0-9_][a-z0-9_-]{0,62})*)?\.?$/i.test(host)
  );
}

function endpoint(text: string, host: string, port: number): Endpoint {
  const address = isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
  return { text, address, host, port };
}
