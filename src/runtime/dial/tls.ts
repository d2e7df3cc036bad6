import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { ConnectionError } from './connection-error.js';
import type { Endpoint } from './endpoint.js';
import type { TlsSettings } from './security.js';
import { serverIdentity } from './server-identity.js';
import { brokenConnection, endedSilently, withoutHttp2 } from './tls-errors.js';

/** Learns how a secured connection breaks. */
export type SocketWatcher = (error: ConnectionError) => void;

/**
 * TLS with `endpoint` over `socket`. The settings decide over every single connection, with the
 * finished handshake at hand, and the connection is used only after they agreed. Destroying `socket`
 * ends the attempt.
 *
 * Node alone would not do: it sends the name to verify as SNI, which is not allowed for IPs, and with
 * `rejectUnauthorized: false` it never asks `checkServerIdentity`, so that no server whose issuer is
 * unknown could be verified.
 *
 * @throws {ConnectionError} when the handshake fails, or the server is not the right one
 */
export function openTls(
  socket: Socket,
  endpoint: Endpoint,
  { context, verify }: TlsSettings,
  watcher: SocketWatcher,
): Promise<TLSSocket> {
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
    const settle = (): void => {
      secured.removeListener('error', onError);
      secured.removeListener('close', onClose);
      secured.removeListener('secureConnect', onSecure);
    };
    const refuse = (error: ConnectionError): void => {
      settle();
      secured.on('error', () => {}); // what still comes has nobody left to tell
      secured.destroy();
      reject(error);
    };
    const onError = (error: Error): void => refuse(brokenConnection(error, endpoint));
    const onClose = (): void => refuse(brokenConnection(new Error('socket closed'), endpoint));
    const onSecure = (): void => {
      let refusal: ConnectionError | undefined;
      try {
        refusal = verify(secured, endpoint) ?? withoutHttp2(secured, endpoint);
      } catch (error) {
        refusal = brokenConnection(error as Error, endpoint);
      }
      if (refusal === undefined) {
        settle();
        watch(secured, endpoint, watcher);
        resolve(secured);
      } else {
        refuse(refusal);
      }
    };
    secured.on('error', onError);
    secured.on('close', onClose);
    secured.on('secureConnect', onSecure);
  });
}

/**
 * Learns how a connection breaks after the handshake. With TLS 1.3 the server judges the client
 * certificate only then: Go's sends an alert, Node's ends the connection without a word, before
 * the SETTINGS that are the first thing to come over HTTP/2.
 */
function watch(socket: TLSSocket, endpoint: Endpoint, watcher: SocketWatcher): void {
  let ended = false;
  socket.on('error', (error) => watcher(brokenConnection(error, endpoint)));
  socket.once('end', () => {
    ended = true;
  });
  socket.once('close', (afterError) => {
    if (ended && !afterError && socket.bytesRead === 0) watcher(endedSilently(endpoint));
  });
}
