import type { Socket } from 'node:net';
import { ConnectionError } from '../connection-error.js';
import type { Endpoint } from '../endpoint.js';
import type { ProxyLogin, ProxyServer } from './proxy-url.js';

/** Asks an HTTP proxy for a tunnel to `endpoint` with CONNECT, over a connection to the proxy. */
export async function openConnect(
  socket: Socket,
  { address, login }: ProxyServer,
  endpoint: Endpoint,
): Promise<Socket> {
  // Who has no proxy does not wait for it to load.
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    const refuse = (reason: string, cause?: Error): void => {
      const message = `the proxy ${address} gave no way to ${endpoint.address}: ${reason}`;
      reject(new ConnectionError('proxy', message, cause && { cause }));
    };
    if (socket.destroyed) return refuse('it closed the connection');
    const connect = request({
      method: 'CONNECT',
      path: endpoint.address,
      headers: {
        Host: endpoint.address,
        ...(login && { 'Proxy-Authorization': basic(login) }),
      },
      createConnection: () => socket,
    });
    connect.once('connect', ({ statusCode }, tunnel, head) => {
      if (statusCode === 200) {
        if (head.length > 0) tunnel.unshift(head);
        resolve(tunnel as Socket);
      } else {
        const login = statusCode === 407 ? ' (it wants a login, or another one)' : '';
        refuse(`it answered ${statusCode} to CONNECT${login}`);
      }
    });
    connect.on('error', (error) => refuse(error.message, error));
    connect.once('close', () => refuse('it closed the connection'));
    connect.end();
  });
}

function basic(login: ProxyLogin): string {
  const { user, password } = login.reveal();
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
