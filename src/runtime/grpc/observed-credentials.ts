import type { Socket } from 'node:net';
import {
  type CallCredentials,
  ChannelCredentials,
  type ChannelOptions,
  type experimental,
} from '@grpc/grpc-js';

/** Learns how an attempt to connect goes, which grpc-js tells only as text and only afterwards. */
export interface ConnectObserver {
  /** Whether an attempt may start now. */
  wanted(): boolean;
  /** TCP is through; what secures the connection comes next. */
  connected(socket: Socket): void;
  /** The connection is secured; HTTP/2 comes next. */
  secured(socket: Socket): void;
  /** The attempt failed, or the connection broke. */
  broken(error: unknown): void;
}

/** Credentials that tell an observer what happens and otherwise leave all to `inner`. */
export class ObservedCredentials extends ChannelCredentials {
  readonly #inner: ChannelCredentials;
  readonly #observer: ConnectObserver;

  constructor(inner: ChannelCredentials, observer: ConnectObserver) {
    super();
    this.#inner = inner;
    this.#observer = observer;
  }

  override _isSecure(): boolean {
    return this.#inner._isSecure();
  }

  override _equals(other: ChannelCredentials): boolean {
    return other === this;
  }

  override _createSecureConnector(
    target: experimental.GrpcUri,
    options: ChannelOptions,
    callCredentials?: CallCredentials,
  ): experimental.SecureConnector {
    const inner = this.#inner._createSecureConnector(target, options, callCredentials);
    const observer = this.#observer;
    return {
      async connect(socket) {
        observer.connected(socket);
        try {
          const result = await inner.connect(socket);
          result.socket.once('error', (error) => observer.broken(error));
          observer.secured(result.socket);
          return result;
        } catch (error) {
          observer.broken(error);
          throw error;
        }
      },
      async waitForReady() {
        // A closed channel of grpc-js makes one more attempt when its backoff ends.
        if (!observer.wanted()) throw new Error('the connection is not wanted any more');
        await inner.waitForReady();
      },
      getCallCredentials: () => inner.getCallCredentials(),
      destroy: () => inner.destroy(),
    };
  }
}
