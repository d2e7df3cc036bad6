import { Agent } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls';
import { type Endpoint, parseEndpoint } from '../../../runtime/dial/endpoint.js';
import { connectOptions, TCP_KEEPALIVE_MS } from '../../../runtime/dial/place.js';
import { type Proxying, proxying } from '../../../runtime/dial/proxy/proxying.js';
import { serverIdentity } from '../../../runtime/dial/server-identity.js';

/** Who a client of the Kubernetes API is, and whom it trusts. All are PEM. */
export interface KubernetesIdentity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** How long a connection may take to come about. */
const CONNECT_MS = 10_000;
/** How many requests one server gets at a time. */
const MOST_AT_A_TIME = 16;

/** The connections to API servers: over mTLS, kept for the next request, through proxies if need be. */
export class Connections extends Agent {
  readonly #context: SecureContext;
  readonly #proxying: Proxying;
  readonly #attempts = new Set<AbortController>();

  /** @param proxy as the option `proxy` of a client of Talos */
  constructor({ ca, cert, key }: KubernetesIdentity, proxy = 'environment') {
    super({ keepAlive: true, maxSockets: MOST_AT_A_TIME });
    this.#context = createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' });
    this.#proxying = proxying(proxy);
  }

  /** Called by Node for each connection that is needed. */
  override createConnection(
    { host, port }: { readonly host?: string | null; readonly port?: number | string | null },
    created?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    const bracketed = host?.includes(':') ? `[${host}]` : host;
    this.#open(parseEndpoint(`${bracketed}:${port}`)).then(
      (socket) => created?.(null, socket),
      (error: Error) => created?.(error, undefined as never),
    );
    return undefined;
  }

  async #open(endpoint: Endpoint): Promise<Socket> {
    const attempt = new AbortController();
    this.#attempts.add(attempt);
    const late = new Error(`took longer than ${CONNECT_MS} ms`);
    const timer = setTimeout(() => attempt.abort(late), CONNECT_MS);
    try {
      return await this.#secured(endpoint, attempt.signal);
    } catch (error) {
      throw attempt.signal.aborted ? attempt.signal.reason : error;
    } finally {
      clearTimeout(timer);
      this.#attempts.delete(attempt);
    }
  }

  async #secured(endpoint: Endpoint, signal: AbortSignal): Promise<Socket> {
    const { place, tunnel } = this.#proxying.route(endpoint);
    const socket = await opened(connectTcp(connectOptions(place, signal)), 'connect');
    socket.setNoDelay(true);
    socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
    const way = tunnel === undefined ? socket : await tunnel.open(socket, endpoint);
    const secured = connectTls({
      socket: way,
      secureContext: this.#context,
      ...serverIdentity(endpoint.host),
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: true,
    });
    return opened(secured, 'secureConnect');
  }

  /** Ends all connections, also those that are being made. */
  override destroy(): void {
    const closed = new Error('the client of the Kubernetes API was closed');
    for (const attempt of this.#attempts) attempt.abort(closed);
    super.destroy();
  }
}

/** The socket once it is open. */
function opened<S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): Promise<S> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const onClose = (): void => fail(new Error('the connection was closed'));
    socket.once('error', fail);
    socket.once('close', onClose);
    socket.once(event, () => {
      socket.removeListener('error', fail);
      socket.removeListener('close', onClose);
      socket.on('error', () => {}); // also while no request listens
      resolve(socket);
    });
  });
}
