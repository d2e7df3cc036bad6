import { Socket } from 'node:net';

/** How long a client that was refused may go on sending, in milliseconds. */
const LINGER_MS = 1_000;

/**
 * Has a connection that fails in the TLS handshake end with the alert that says why. TLS destroys the
 * socket right after the alert; what the client has sent meanwhile would make a reset of that, and
 * clients such as those in Go report the reset instead of the alert. So the socket is ended, and what
 * still comes is read for a second.
 *
 * Returns a function to call when the handshake is over: the socket then ends as any other.
 */
export function lingerInHandshake(socket: Socket): () => void {
  let timer: NodeJS.Timeout | undefined;
  socket.destroy = () => {
    if (timer !== undefined || socket.destroyed) return socket;
    timer = setTimeout(() => cut(socket), LINGER_MS).unref();
    socket.once('close', () => clearTimeout(timer));
    return socket.end();
  };
  return () => Reflect.deleteProperty(socket, 'destroy');
}

/** Ends a socket now, also one that lingers. */
export function cut(socket: Socket): void {
  Socket.prototype.destroy.call(socket);
}
