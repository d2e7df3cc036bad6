import { constants as cryptoConstants } from 'node:crypto';
import {
  createSecureServer,
  type Http2SecureServer,
  constants as http2Constants,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { handleCall } from '../apid/apid.js';
import type { Daemon } from '../apid/serve.js';
import type { Peer } from '../base/calls/context.js';
import type { Machine } from '../base/machine.js';
import { ApiCertificate } from './certificate.js';
import { serveStream } from './grpc-server.js';
import { cut, lingerInHandshake } from './linger.js';
import { hostOf, LOCALHOST, listenAt, ports } from './loopback.js';
import { organizationsOf } from './organizations.js';

/** Flow-control windows of a node: per stream and per connection. */
const STREAM_WINDOW = 2_097_120;
const CONNECTION_WINDOW = 1_048_560;

/** The one usage that Talos accepts in a client certificate. */
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/** One connection that may carry calls. */
interface Connection {
  readonly socket: Socket;
  readonly roles: readonly string[];
  readonly peer: Peer;
}

/**
 * A port of a node on loopback. Speaks gRPC over TLS: that of apid with client certificates once the
 * node is configured, without while it is in maintenance; that of trustd always without, and on
 * control planes only. The port stays when the node reboots or changes
 * from one to the other; only connections come and go.
 *
 * A node that is off resets connections instead of refusing them: giving the port up would let
 * another program take it.
 */
export class TlsEndpoint {
  /** The certificate it shows. */
  readonly certificate: ApiCertificate;
  readonly #machine: Machine;
  readonly #daemon: Daemon;
  readonly #host: string;
  readonly #listener: Server;
  readonly #sockets = new Map<number, Socket>();
  readonly #connections = new Map<ServerHttp2Session, Connection>();
  readonly #sessions = new WeakMap<Socket, ServerHttp2Session>();
  /** What to call when the handshake of a connection is over. */
  readonly #handshakes = new WeakMap<Socket, () => void>();
  #server: Promise<Http2SecureServer> | undefined;
  #port = 0;

  constructor(machine: Machine, daemon: Daemon = 'apid') {
    this.#machine = machine;
    this.#daemon = daemon;
    this.#host = hostOf(machine.address);
    this.certificate = new ApiCertificate(machine, () => {
      this.#server = undefined;
    });
    this.#listener = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
      void this.#accept(socket);
    });
  }

  /** The address that it listens at, and the port. */
  get address(): string {
    return `${this.#host}:${this.#port}`;
  }

  /** Takes the port of its daemon, where the node's address is its own, or else any that is free. */
  async listen(): Promise<void> {
    const wanted = this.#host === LOCALHOST ? 0 : ports[this.#daemon];
    this.#port = await listenAt(this.#listener, this.#host, wanted);
  }

  /** The fingerprint of the key it shows now: in maintenance all that a client can know it by. */
  async fingerprint(): Promise<string> {
    return (await this.certificate.current()).certificate.fingerprint;
  }

  /** Tears down every connection. */
  drop(): void {
    for (const socket of this.#sockets.values()) this.#tearDown(socket);
  }

  /**
   * Resets a connection; one that is being set up or is ending already is closed instead. Node
   * believes a reset of a socket that is shutting down to be under way for good: it leaks the socket
   * and never ends the process.
   */
  #tearDown(socket: Socket): void {
    const session = this.#sessions.get(socket);
    if (session === undefined || session.closed || session.destroyed) {
      cut(socket);
      return;
    }
    const tls = session.socket as TLSSocket;
    if (tls.writableEnded || tls.readableEnded || tls.destroyed) cut(socket);
    // A client in this process may be writing: Node's HTTP/2 misses a reset that its write meets.
    else setImmediate(() => socket.resetAndDestroy());
  }

  /**
   * Tells every client to connect anew: calls in progress may end first. With `tooManyPings` as a
   * node does that is pinged too often, and then hangs up.
   */
  goAway(tooManyPings = false): void {
    for (const session of [...this.#connections.keys()]) {
      if (tooManyPings) {
        const code = http2Constants.NGHTTP2_ENHANCE_YOUR_CALM;
        session.goaway(code, 0, Buffer.from('too_many_pings'));
        session.destroy();
      } else {
        session.close();
      }
    }
  }

  /** Gives the port up. */
  async close(): Promise<void> {
    this.certificate.renew();
    for (const socket of this.#sockets.values()) cut(socket);
    if (!this.#listener.listening) return;
    await new Promise((resolve) => this.#listener.close(resolve));
  }

  async #accept(socket: Socket): Promise<void> {
    const { remotePort } = socket;
    // Whoever tears a connection down knows it already.
    socket.on('error', () => {});
    const machine = this.#machine;
    if (
      remotePort === undefined ||
      !machine.isApiUp ||
      (this.#daemon === 'trustd' && machine.type !== 'controlplane') ||
      machine.port === 'refused' ||
      !machine.cluster.network.isReachable(machine.address)
    ) {
      socket.resetAndDestroy();
      return;
    }
    this.#sockets.set(remotePort, socket);
    socket.once('close', () => this.#sockets.delete(remotePort));
    if (machine.port === 'silent') return;
    this.#server ??= this.#createServer();
    const server = await this.#server;
    if (socket.destroyed) return;
    this.#handshakes.set(socket, lingerInHandshake(socket));
    server.emit('connection', socket);
  }

  async #createServer(): Promise<Http2SecureServer> {
    const { certificate, clientCa } = await this.certificate.current();
    const mtls = clientCa !== undefined && this.#daemon === 'apid';
    const server = createSecureServer({
      cert: certificate.cert,
      key: certificate.pkcs8Key,
      ...(mtls ? { ca: clientCa, requestCert: true, rejectUnauthorized: true } : {}),
      minVersion: 'TLSv1.2',
      secureOptions: cryptoConstants.SSL_OP_NO_TICKET,
      allowHTTP1: false,
      maxSessionMemory: 1_000,
      // One `nodes` header for each node of a large cluster.
      maxHeaderListPairs: 10_000,
      settings: { initialWindowSize: STREAM_WINDOW, maxHeaderListSize: 1 << 20 },
    });
    server.on('session', (session) => this.#open(session, mtls));
    server.on('sessionError', () => {});
    // The raw headers come beside the merged ones, which the types do not say.
    server.on('stream', (stream: ServerHttp2Stream, headers, _flags, ...raw: readonly unknown[]) =>
      this.#serve(stream, headers, raw[0] as readonly string[]),
    );
    return server;
  }

  #serve(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
  ): void {
    const session = stream.session as ServerHttp2Session | undefined;
    const connection = session === undefined ? undefined : this.#connections.get(session);
    if (connection === undefined) {
      stream.destroy();
      return;
    }
    const { roles, peer, socket } = connection;
    void serveStream(stream, headers, rawHeaders, {
      handle: (call, requests) => handleCall(this.#machine, call, requests, this.#daemon),
      clock: this.#machine.cluster.clock,
      endpoint: this.#machine.name,
      roles,
      peer,
      drop: () => this.#tearDown(socket),
    });
  }

  /** Lets a connection in whose certificate is for clients and nothing else. */
  #open(session: ServerHttp2Session, mtls: boolean): void {
    const tls = session.socket as TLSSocket;
    const socket = this.#sockets.get(tls.remotePort ?? -1);
    if (socket !== undefined) this.#handshakes.get(socket)?.();
    const peer = mtls ? tls.getPeerX509Certificate() : undefined;
    const usages = peer?.keyUsage ?? [];
    if (socket === undefined || (mtls && (usages.length !== 1 || usages[0] !== CLIENT_AUTH))) {
      session.destroy();
      return;
    }
    session.setLocalWindowSize(CONNECTION_WINDOW);
    session.once('close', () => this.#connections.delete(session));
    this.#sessions.set(socket, session);
    this.#connections.set(session, {
      socket,
      roles: peer === undefined ? [] : organizationsOf(peer),
      peer: { address: tls.remoteAddress ?? '', sideroLink: this.#machine.cluster.sideroLink },
    });
  }
}
