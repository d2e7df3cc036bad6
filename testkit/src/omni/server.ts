import {
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { createAuthority } from 'talos-client/pki';
import type { ByteHandler } from '../base/calls/context.js';
import { realClock } from '../base/time/clock.js';
import { serveStream } from '../sockets/grpc-server.js';

/** A port on loopback that speaks gRPC over TLS, and asks clients for no certificate. */
export class OmniServer {
  /** `127.0.0.1` and the port. */
  readonly address: string;
  /** The certificate of the CA that clients have to trust, as PEM text. */
  readonly ca: string;
  readonly #server: Http2SecureServer;
  readonly #sockets: ReadonlySet<Socket>;

  private constructor(server: Http2SecureServer, ca: string, sockets: ReadonlySet<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.ca = ca;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async open(handle: ByteHandler): Promise<OmniServer> {
    const authority = createAuthority();
    const { cert, pkcs8Key } = authority.issueServer({ names: ['127.0.0.1', 'localhost'] });
    const server = createSecureServer({
      cert,
      key: pkcs8Key,
      minVersion: 'TLSv1.2',
      allowHTTP1: false,
      maxSessionMemory: 1_000,
      maxHeaderListPairs: 10_000,
    });
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    // Whoever ends a connection knows it already.
    server.on('sessionError', () => {});
    server.on('session', (session: ServerHttp2Session) => session.on('error', () => {}));
    // The raw headers come beside the merged ones, which the types do not say.
    server.on(
      'stream',
      (stream: ServerHttp2Stream, headers, _flags, ...raw: readonly unknown[]) => {
        void serveStream(stream, headers, raw[0] as readonly string[], {
          handle,
          clock: realClock,
          endpoint: 'omni',
          roles: [],
          peer: { address: '127.0.0.1', sideroLink: true },
          drop: () => stream.session?.destroy(),
        });
      },
    );
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new OmniServer(server, authority.cert, sockets);
  }

  /** Tears down every connection; new ones are taken. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Gives the port up. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.drop();
    await closed;
  }
}
