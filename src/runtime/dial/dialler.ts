import { connect, type Socket } from 'node:net';
import type { Endpoint } from './endpoint.js';
import { connectOptions, type Place, TCP_KEEPALIVE_MS } from './place.js';
import type { Proxying } from './proxy/proxying.js';
import { type Receive, readInto } from './read-memory.js';
import type { Security, TlsSettings } from './security.js';
import { openTls, type SocketWatcher } from './tls.js';
import { brokenConnection } from './tls-errors.js';

/** Secures connections to one endpoint, any number of times. */
export interface Dialler {
  readonly endpoint: Endpoint;
  /** What to connect to first: the endpoint, or the proxy on the way. */
  readonly place: Place;
  /** The proxy as `scheme://host:port`, without credentials; absent when there is none. */
  readonly proxy: string | undefined;
  /** How the endpoint is secured; absent for a connection without TLS. */
  readonly tls: TlsSettings | undefined;
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
      tls,
      async secure(socket, watcher) {
        const way = tunnel === undefined ? socket : await tunnel.open(socket, endpoint);
        if (tls !== undefined) return openTls({ socket: way }, endpoint, tls, watcher);
        way.on('error', (error) => watcher(brokenConnection(error, endpoint)));
        return way;
      },
    };
  }
}

/** Is told how far an attempt to dial has come, and then what comes. */
export interface DialWatcher {
  /** The endpoint, or the proxy, accepted the connection. */
  accepted(socket: Socket): void;
  /** The secured connection broke later. */
  broken: SocketWatcher;
  /** Bytes came over the secured connection, maybe right before `dial` has brought it. */
  received: Receive;
}

/**
 * Connects to the endpoint of `dialler`, secures the connection and reads from it.
 *
 * @param signal ends the attempt, and later the connection
 * @throws {ConnectionError} saying why it failed
 */
export function dial(dialler: Dialler, signal: AbortSignal, watcher: DialWatcher): Promise<Socket> {
  const { endpoint, place, proxy, tls } = dialler;
  // What a proxy says comes first, and Node reads over TLS into memory of ours only where it opened
  // the connection itself.
  const onread = proxy === undefined ? readInto(watcher.received, tls !== undefined) : undefined;
  const options = { ...connectOptions(place, signal), ...(onread !== undefined && { onread }) };
  if (onread !== undefined && tls !== undefined) {
    return openTls(options, endpoint, tls, watcher.broken, (socket) => {
      socket.once('connect', () => accepted(socket, watcher));
    });
  }
  return new Promise((resolve, reject) => {
    const socket = connect(options);
    const onError = (error: Error): void => reject(brokenConnection(error, endpoint));
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.removeListener('error', onError);
      accepted(socket, watcher);
      dialler.secure(socket, watcher.broken).then((secured) => {
        if (onread === undefined) secured.on('data', watcher.received);
        resolve(secured);
      }, reject);
    });
  });
}

function accepted(socket: Socket, watcher: DialWatcher): void {
  socket.on('error', () => {}); // also when nobody else listens any more
  socket.setNoDelay(true);
  socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
  watcher.accepted(socket);
}
