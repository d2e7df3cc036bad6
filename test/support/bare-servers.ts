import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Trust } from './note-server.js';

/** A server that answers by the byte, not by a library's idea of gRPC. */
export interface BareServer {
  readonly address: string;
  readonly port: number;
  /** How many connections came. */
  readonly connections: number;
  /** Closes it and drops all connections. */
  stop(): Promise<void>;
}

async function listen(
  server: ReturnType<typeof createTcpServer> | Http2Server | Http2SecureServer,
  port = 0,
): Promise<BareServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const actual = (server.address() as AddressInfo).port;
  return {
    address: `127.0.0.1:${actual}`,
    port: actual,
    get connections() {
      return connections;
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/**
 * Accepts connections and does with each what `handle` does: nothing, by default. Never closes its
 * side of its own accord.
 */
export function startTcp(handle: (socket: Socket) => void = () => {}) {
  return listen(createTcpServer({ allowHalfOpen: true }, handle));
}

function tlsOptions(trust: Trust) {
  return {
    cert: trust.server.cert,
    key: trust.server.pkcs8Key,
    ca: trust.authority.cert,
    requestCert: true,
    ALPNProtocols: ['h2'],
  };
}

/** Finishes the TLS handshake and then does what `handle` does: nothing, by default. */
export function startTls(trust: Trust, handle: (socket: Socket) => void = () => {}) {
  return listen(
    createTlsServer(tlsOptions(trust), (socket) => {
      socket.on('error', () => {});
      handle(socket);
    }),
  );
}

/** What a hand-made server does with each call. */
export type Http2Handler = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  session: ServerHttp2Session,
) => void;

/** Speaks HTTP/2, over mTLS or with `trust` absent over plain TCP, and leaves gRPC to `handle`. */
export function startHttp2(trust: Trust | undefined, handle: Http2Handler, port = 0) {
  const server =
    trust === undefined ? createServer() : createSecureServer({ ...tlsOptions(trust) });
  server.on('sessionError', () => {});
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    handle(stream, headers, stream.session as ServerHttp2Session);
  });
  return listen(server, port);
}

/** A message with the five bytes gRPC puts before it. */
export function frame(message: Uint8Array, { compressed = 0, length = message.length } = {}) {
  const head = Buffer.alloc(5);
  head[0] = compressed;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

/** A note, encoded and framed. */
export function noteFrame(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 127) throw new Error('too long for one byte of length');
  return frame(Buffer.concat([Buffer.from([10, bytes.length]), bytes]));
}

/** The headers of a gRPC answer. */
export const grpcHeaders = { ':status': 200, 'content-type': 'application/grpc' };

/** Answers as gRPC asks: headers, the frames, and trailers. */
export function answer(
  stream: ServerHttp2Stream,
  frames: Buffer,
  trailers: Record<string, string> = { 'grpc-status': '0' },
): void {
  stream.respond(grpcHeaders, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(frames);
}
