import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { ConnectionError } from './connection-error.js';
import type { Endpoint } from './endpoint.js';
import type { TlsSettings } from './security.js';
import { serverIdentity } from './server-identity.js';
import { brokenConnection, endedSilently, withoutHttp2 } from './tls-errors.js';

/** Is told how a secured connection broke. */
export type SocketWatcher = (error: ConnectionError) => void;

/**
 * Opens TLS with `endpoint`. After each handshake the settings verify the server, and the connection
 * is used only if they accept it. Destroying the socket ends the attempt.
 *
 * Node alone is not enough. It sends the name to verify as SNI, which is not allowed for IPs. With
 * `rejectUnauthorized: false` it never calls `checkServerIdentity`, so that a server with an
 * unknown issuer could not be verified.
 *
 * @param way a socket to `endpoint`, or how to connect one
 * @param connecting is given the socket of TLS at once
 * @throws {ConnectionError} when the handshake fails, or the server is not the right one
 */
export function openTls(
  way: ConnectionOptions,
  endpoint: Endpoint,
  { context, verify }: TlsSettings,
  watcher: SocketWatcher,
  connecting?: (socket: TLSSocket) => void,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    // TLS over a socket that is closed already would wait for ever.
    if (way.socket?.destroyed) throw brokenConnection(new Error('socket closed'), endpoint);
    const secured = connect({
      ...serverIdentity(endpoint.host),
      ...way,
      secureContext: context,
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
    connecting?.(secured);
  });
}

/**
 * Watches how a connection breaks after the handshake. With TLS 1.3 the server checks the client
 * certificate only then. A Go server sends an alert. A Node server ends the connection without an
 * alert, before the SETTINGS, which come first over HTTP/2.
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
