import type { Socket } from 'node:net';
import {
  type CallCredentials,
  ChannelCredentials,
  type ChannelOptions,
  type experimental,
} from '@grpc/grpc-js';
import type { Endpoint } from '../endpoints.js';
import type { Tunnel } from './tunnel.js';

/** The target of a channel as grpc-js hands it to credentials. */
interface GrpcUri {
  readonly scheme?: string;
  readonly authority?: string;
  readonly path: string;
}

/**
 * Puts a tunnel under the credentials of a channel: grpc-js connects to the proxy as if that were
 * the server, and hands the fresh connection to the credentials to secure it. These first let the
 * tunnel lead it on to the endpoint, and then let the real credentials secure that.
 *
 * grpc-js' own proxy support knows only plain `http` proxies, and a bridge on a local port would be
 * open to everyone on the machine.
 */
export class TunnelCredentials extends ChannelCredentials {
  readonly #inner: ChannelCredentials;
  readonly #tunnel: Tunnel;
  readonly #endpoint: Endpoint;

  constructor(inner: ChannelCredentials, tunnel: Tunnel, endpoint: Endpoint) {
    super();
    this.#inner = inner;
    this.#tunnel = tunnel;
    this.#endpoint = endpoint;
  }

  override _isSecure(): boolean {
    return this.#inner._isSecure();
  }

  override _equals(other: ChannelCredentials): boolean {
    return other === this;
  }

  override _createSecureConnector(
    _proxy: GrpcUri,
    options: ChannelOptions,
    callCredentials?: CallCredentials,
  ): experimental.SecureConnector {
    // The name to verify is the endpoint's, not the proxy's.
    const target: GrpcUri = { scheme: 'dns', path: this.#endpoint.address };
    const inner = this.#inner._createSecureConnector(target, options, callCredentials);
    return new TunnelConnector(inner, (socket) => this.#tunnel.open(socket, this.#endpoint));
  }
}

class TunnelConnector implements experimental.SecureConnector {
  readonly #inner: experimental.SecureConnector;
  readonly #open: (socket: Socket) => Promise<Socket>;
  /** Connections to the proxy that lead nowhere yet, which nobody else could close. */
  readonly #pending = new Set<Socket>();
  #destroyed = false;

  constructor(inner: experimental.SecureConnector, open: (socket: Socket) => Promise<Socket>) {
    this.#inner = inner;
    this.#open = open;
  }

  async connect(socket: Socket): Promise<experimental.SecureConnectResult> {
    this.#throwIfDestroyed(); // meanwhile; grpc-js closes the socket
    this.#pending.add(socket);
    try {
      return await this.#inner.connect(await this.#open(socket));
    } finally {
      this.#pending.delete(socket);
    }
  }

  async waitForReady(): Promise<void> {
    this.#throwIfDestroyed();
    await this.#inner.waitForReady();
  }

  getCallCredentials(): CallCredentials {
    return this.#inner.getCallCredentials();
  }

  destroy(): void {
    this.#destroyed = true;
    this.#inner.destroy();
    for (const socket of this.#pending) socket.destroy();
  }

  #throwIfDestroyed(): void {
    if (this.#destroyed) throw new Error('the channel is closed');
  }
}
