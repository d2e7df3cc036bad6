import { connect, type Socket } from 'node:net';
import type { Endpoint } from './endpoint.js';
import { connectOptions, type Place, TCP_KEEPALIVE_MS } from './place.js';
import type { Proxying } from './proxy/proxying.js';
import type { Security } from './security.js';
import { openTls, type SocketWatcher } from './tls.js';
import { brokenConnection } from './tls-errors.js';

/** Secures connections to one endpoint, any number of times. */
export interface Dialler {
  readonly endpoint: Endpoint;
  /** What to connect to first: the endpoint, or the proxy on the way. */
  readonly place: Place;
  /** The proxy as `scheme://host:port`, without credentials; absent when there is none. */
  readonly proxy: string | undefined;
  /**
   * Takes a fresh connection to `place`, opens the way to the endpoint if `place` is a proxy, and
   * secures it. Destroying `socket` ends the attempt. `socket` is destroyed when the attempt fails.
   *
   * @throws {ConnectionError} saying why it failed
   */
  secure(socket: Socket, watcher: SocketWatcher): Promise<Socket>;
}

/** Makes diallers, one per endpoint. */
export class Dialling {
  readonly #security: (endpoint: Endpoint) => Security | Promise<Security>;
  readonly #proxying: Proxying;
  readonly #made = new Map<string, Promise<Dialler>>();

  /**
   * @param security says how an endpoint is secured; asked once per endpoint, and again if it fails
   */
  constructor(security: (endpoint: Endpoint) => Security | Promise<Security>, proxying: Proxying) {
    this.#security = security;
    this.#proxying = proxying;
  }

  /** The dialler for `endpoint`; rejects when the credentials do. */
  to(endpoint: Endpoint): Promise<Dialler> {
    const known = this.#made.get(endpoint.address);
    if (known !== undefined) return known;
    const made = this.#make(endpoint);
    this.#made.set(endpoint.address, made);
    made.catch(() => this.#made.delete(endpoint.address));
    return made;
  }

  async #make(endpoint: Endpoint): Promise<Dialler> {
    const { tls } = await this.#security(endpoint);
    const { place, proxy, tunnel } = this.#proxying.route(endpoint);
    return {
      endpoint,
      place,
      proxy,
      async secure(socket, watcher) {
        const way = tunnel === undefined ? socket : await tunnel.open(socket, endpoint);
        if (tls !== undefined) return openTls(way, endpoint, tls, watcher);
        way.on('error', (error) => watcher(brokenConnection(error, endpoint)));
        return way;
      },
    };
  }
}

/** Is told how far an attempt to dial has come. */
export interface DialWatcher {
  /** The endpoint, or the proxy, accepted the connection. */
  accepted(socket: Socket): void;
  /** The secured connection broke later. */
  broken: SocketWatcher;
}

/**
 * Connects to the endpoint of `dialler` and secures the connection.
 *
 * @param signal ends the attempt, and later the connection
 * @throws {ConnectionError} saying why it failed
 */
export function dial(dialler: Dialler, signal: AbortSignal, watcher: DialWatcher): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(connectOptions(dialler.place, signal));
    const onError = (error: Error): void => reject(brokenConnection(error, dialler.endpoint));
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.removeListener('error', onError);
      socket.on('error', () => {}); // also when nobody else listens any more
      socket.setNoDelay(true);
      socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
      watcher.accepted(socket);
      dialler.secure(socket, watcher.broken).then(resolve, reject);
    });
  });
}
