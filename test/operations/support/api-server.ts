import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createAuthority } from 'talos-client/pki';
import { onTestFinished } from 'vitest';
import type { KubernetesIdentity } from '../../../src/operations/kubernetes/http/connections.js';

export const authority = createAuthority({ organization: 'kubernetes', keys: 'p256' });

/** A client that the servers here accept. */
export function admin(issuer = authority): KubernetesIdentity {
  const { cert, key } = issuer.issueClient({ roles: ['system:masters'], commonName: 'admin' });
  return { ca: issuer.cert, cert, key };
}

/** What a server got. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly type: string | undefined;
  readonly body: unknown;
}

/** An API server on loopback with mTLS, which ends with the test. */
export class ApiServer {
  readonly url: URL;
  readonly seen: SeenRequest[] = [];
  /** How many connections were made. */
  connections = 0;
  readonly #server: Server;
  #dropsNext = false;

  private constructor(server: Server) {
    this.#server = server;
    this.url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('secureConnection', () => {
      this.connections += 1;
    });
  }

  static async start(
    answer: (request: SeenRequest, response: ServerResponse, seen: number) => void,
    { addresses = ['127.0.0.1'], issuer = authority } = {},
  ): Promise<ApiServer> {
    const { cert, pkcs8Key: key } = issuer.issueServer({ names: addresses });
    const server = createServer({ cert, key, ca: authority.cert, requestCert: true });
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const started = new ApiServer(server);
    server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
      if (started.#dropsNext) {
        started.#dropsNext = false;
        request.socket.destroy();
        return;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString('utf8');
      const { method = '', url = '', headers } = request;
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      const seen = { method, path: url, type: headers['content-type'], body };
      started.seen.push(seen);
      answer(seen, response, started.seen.length);
    });
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      started.#server.close();
    });
    return started;
  }

  /** Ends the connection of the next request, without an answer. */
  destroyNext(): void {
    this.#dropsNext = true;
  }

  /** Stops taking connections, and ends those that are open. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export function json(response: ServerResponse, content: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(content));
}
