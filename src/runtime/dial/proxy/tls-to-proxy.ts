import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import { ConnectionError } from '../connection-error.js';
import { serverIdentity } from '../server-identity.js';
import type { ProxyServer } from './proxy-url.js';

/** Starts TLS with an `https` proxy, whose certificate has to fit its host name or IP. */
export function openTls(
  socket: Socket,
  { host, address }: ProxyServer,
  ca: string | undefined,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const secured = connect({
      socket,
      ...serverIdentity(host),
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: true,
      ...(ca !== undefined && { ca }),
    });
    const fail = (cause: Error): void => {
      reject(
        new ConnectionError('proxy', `no TLS with the proxy ${address}: ${cause.message}`, {
          cause,
        }),
      );
    };
    const closed = (): void => fail(new Error('the connection was closed'));
    secured.on('error', fail); // stays: later errors have no other listener at first
    secured.once('close', closed);
    secured.once('secureConnect', () => {
      secured.removeListener('close', closed);
      resolve(secured);
    });
  });
}
