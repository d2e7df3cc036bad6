import type { Socket } from 'node:net';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import { CallCredentials, ChannelCredentials, type experimental } from '@grpc/grpc-js';
import type { Endpoint } from '../endpoints.js';
import type { ConnectionError } from './connection-error.js';
import type { ConnectionLog } from './connection-log.js';
import { serverIdentity } from './server-identity.js';
import { brokenConnection, endedSilently, withoutHttp2 } from './tls-errors.js';

/** How the connections to one endpoint are secured. */
export interface TlsChannelOptions {
  readonly endpoint: Endpoint;
  readonly context: SecureContext;
  /**
   * Decides whether the server is the right one, after the handshake and before anything is
   * sent. Returns what is wrong, or nothing.
   */
  readonly verify: (socket: TLSSocket, endpoint: Endpoint) => ConnectionError | undefined;
  /** Learns how the attempts to connect end. */
  readonly log: ConnectionLog;
}

/**
 * TLS for the channel to one endpoint.
 *
 * grpc-js' own credentials take the name to verify from the channel's target and send it as SNI,
 * which is not allowed for IPs, and they cannot verify a server whose issuer is unknown: with
 * `rejectUnauthorized: false` they skip `checkServerIdentity` and accept any server. Here a
 * function of ours decides over every single connection, with the finished handshake at hand, and
 * the connection is used only after it agreed.
 */
export class TlsChannelCredentials extends ChannelCredentials {
  readonly #options: TlsChannelOptions;

  constructor(options: TlsChannelOptions) {
    super();
    this.#options = options;
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return other === this;
  }

  override _createSecureConnector(
    _target: unknown,
    _channelOptions: unknown,
    callCredentials: CallCredentials = CallCredentials.createEmpty(),
  ): experimental.SecureConnector {
    return new TlsConnector(this.#options, callCredentials);
  }
}

class TlsConnector implements experimental.SecureConnector {
  readonly #options: TlsChannelOptions;
  readonly #callCredentials: CallCredentials;
  /** Sockets in the handshake, which nobody else could close. */
  readonly #pending = new Set<TLSSocket>();
  #destroyed = false;

  constructor(options: TlsChannelOptions, callCredentials: CallCredentials) {
    this.#options = options;
    this.#callCredentials = callCredentials;
  }

  async connect(socket: Socket): Promise<experimental.SecureConnectResult> {
    const { log } = this.#options;
    this.#throwIfDestroyed(); // meanwhile; grpc-js closes the socket
    try {
      const secured = await this.#handshake(socket);
      log.connected();
      return { socket: secured, secure: true };
    } catch (error) {
      log.failed(error as ConnectionError);
      throw error;
    }
  }

  #handshake(socket: Socket): Promise<TLSSocket> {
    const { endpoint, context, verify } = this.#options;
    return new Promise((resolve, reject) => {
      // TLS over a socket that is closed already would wait for ever.
      if (socket.destroyed) throw brokenConnection(new Error('socket closed'), endpoint);
      const secured = connect({
        socket,
        secureContext: context,
        ...serverIdentity(endpoint.host),
        ALPNProtocols: ['h2'],
        // Node verifies all the same and leaves the outcome in `authorized`, for `verify` to judge
        // with the certificate at hand. Otherwise it closes the socket and the certificate is lost.
        rejectUnauthorized: false,
      });
      this.#pending.add(secured);
      const settle = (finish: () => void): void => {
        this.#pending.delete(secured);
        secured.removeListener('error', onError);
        secured.removeListener('close', onClose);
        secured.removeListener('secureConnect', onSecure);
        finish();
      };
      const refuse = (error: ConnectionError): void =>
        settle(() => {
          secured.on('error', () => {}); // what still comes has nobody left to tell
          secured.destroy();
          reject(error);
        });
      const accept = (): void =>
        settle(() => {
          watch(secured, this.#options);
          resolve(secured);
        });
      const onError = (error: Error): void => refuse(brokenConnection(error, endpoint));
      const onClose = (): void => refuse(brokenConnection(new Error('socket closed'), endpoint));
      const onSecure = (): void => {
        let refusal: ConnectionError | undefined;
        try {
          refusal = verify(secured, endpoint) ?? withoutHttp2(secured, endpoint);
        } catch (error) {
          refusal = brokenConnection(error as Error, endpoint);
        }
        if (refusal === undefined) accept();
        else refuse(refusal);
      };
      secured.on('error', onError);
      secured.on('close', onClose);
      secured.on('secureConnect', onSecure);
    });
  }

  /** grpc-js calls it at the start of every attempt, and once more after a channel was closed. */
  async waitForReady(): Promise<void> {
    this.#throwIfDestroyed();
    this.#options.log.attempt();
  }

  #throwIfDestroyed(): void {
    if (this.#destroyed) throw new Error('the channel is closed');
  }

  getCallCredentials(): CallCredentials {
    return this.#callCredentials;
  }

  destroy(): void {
    this.#destroyed = true;
    for (const socket of this.#pending) socket.destroy();
  }
}

/**
 * Learns how a connection breaks after the handshake. With TLS 1.3 the server judges the client
 * certificate only then: Go's sends an alert, Node's ends the connection without a word, before
 * the SETTINGS that are the first thing to come over HTTP/2.
 */
function watch(socket: TLSSocket, { endpoint, log }: TlsChannelOptions): void {
  let ended = false;
  socket.on('error', (error) => log.failed(brokenConnection(error, endpoint)));
  socket.once('end', () => {
    ended = true;
  });
  socket.once('close', (afterError) => {
    if (ended && !afterError && socket.bytesRead === 0) log.failed(endedSilently(endpoint));
  });
}
