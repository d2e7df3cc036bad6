import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { CallCredentials, ChannelCredentials, type experimental } from '@grpc/grpc-js';

/** Secures the connections of one channel, and decides whether one may be made. */
export interface Securing {
  /** Whether an attempt may start now. */
  wanted(): boolean;
  /** Opens the way to the endpoint over the fresh connection, and secures it. */
  secure(socket: Socket): Promise<Socket>;
}

/**
 * Credentials that pass each fresh connection of a channel to `securing`. grpc-js itself supports
 * no SOCKS proxies, takes the name to verify from the channel's target, and accepts any server if
 * unknown issuers are allowed.
 */
export class DialCredentials extends ChannelCredentials {
  readonly #securing: Securing;

  constructor(securing: Securing) {
    super();
    this.#securing = securing;
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return other === this;
  }

  override _createSecureConnector(
    _target: unknown,
    _options: unknown,
    callCredentials: CallCredentials = CallCredentials.createEmpty(),
  ): experimental.SecureConnector {
    const securing = this.#securing;
    return {
      async connect(socket) {
        const secured = await securing.secure(socket);
        return { socket: secured, secure: secured instanceof TLSSocket };
      },
      async waitForReady() {
        // A closed channel of grpc-js makes one more attempt when its backoff ends.
        if (!securing.wanted()) throw new Error('the connection is not wanted any more');
      },
      getCallCredentials: () => callCredentials,
      destroy: () => {},
    };
  }
}
