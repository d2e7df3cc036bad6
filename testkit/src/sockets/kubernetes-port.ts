import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Machine } from '../base/machine.js';
import { handleKubernetes } from '../kubernetes-api/handle.js';
import { ApiProblem } from '../kubernetes-api/problem.js';
import type { Caller, KubernetesReply } from '../kubernetes-api/request.js';
import { whileServing } from '../kubernetes-api/serving.js';
import { API_SERVER_PORT } from '../topics/cosi/catalogue/plan.js';
import { kubernetesCertificate } from './kubernetes-certificate.js';
import { hostOf, LOCALHOST, listenAt } from './loopback.js';
import { commonNameOf, organizationsOf } from './organizations.js';

/** The largest request that an API server takes, in bytes. */
const MAX_BODY = 3 * 2 ** 20;

/**
 * A port of the Kubernetes API on loopback: that of one control plane, or that of the cluster, which
 * leads to a control plane whose API server runs. While there is none, connections are reset:
 * giving the port up would let another program take it.
 */
export class KubernetesPort {
  readonly #host: string;
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  /** The server of each node, with the certificate that it shows. */
  readonly #servers = new Map<Machine, { readonly id: string; readonly server: HttpsServer }>();
  #pick: () => Machine | undefined = () => undefined;
  #port = 0;

  private constructor(host: string) {
    this.#host = host;
    this.#listener = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
      this.#accept(socket);
    });
  }

  /**
   * Takes a free port of loopback, or the port of Kubernetes at an address that is a node's own; nothing
   * answers before `serve`.
   */
  static async open(address = LOCALHOST): Promise<KubernetesPort> {
    const port = new KubernetesPort(hostOf(address));
    port.#port = await listenAt(
      port.#listener,
      port.#host,
      port.#host === LOCALHOST ? 0 : API_SERVER_PORT,
    );
    return port;
  }

  /** Where clients reach it, as `https://127.0.0.1:41234`. */
  get url(): string {
    return `https://${this.#host}:${this.#port}`;
  }

  /** Leads connections from now on to the API server of the node that `pick` gives. */
  serve(pick: () => Machine | undefined): void {
    this.#pick = pick;
  }

  /** Gives the port up. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#listener.close(resolve));
  }

  #accept(socket: Socket): void {
    socket.on('error', () => {});
    const machine = this.#pick();
    if (machine === undefined) {
      socket.resetAndDestroy();
      return;
    }
    this.#sockets.add(socket);
    const stop = whileServing(machine, () => socket.destroy());
    socket.once('close', () => {
      stop();
      this.#sockets.delete(socket);
    });
    this.#serverOf(machine).emit('connection', socket);
  }

  #serverOf(machine: Machine): HttpsServer {
    const { certificate, ca, id } = kubernetesCertificate(machine);
    const known = this.#servers.get(machine);
    if (known?.id === id) return known.server;
    const server = createHttpsServer(
      // Who shows no certificate, or one of another CA, is told so in HTTP.
      {
        cert: certificate.cert,
        key: certificate.pkcs8Key,
        ca,
        requestCert: true,
        rejectUnauthorized: false,
        minVersion: 'TLSv1.2',
      },
      (request, response) => void answer(machine, request, response),
    );
    server.on('tlsClientError', () => {});
    this.#servers.set(machine, { id, server });
    return server;
  }
}

async function answer(
  machine: Machine,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const socket = request.socket as TLSSocket;
  try {
    const reply = await replyTo(machine, request, gone.signal);
    await send(reply, response, gone.signal);
  } catch {
    // The connection is lost: by a fault, with the node, or because the client has gone.
    socket.destroy();
  }
}

async function replyTo(
  machine: Machine,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<KubernetesReply> {
  const body = await bodyOf(request);
  if (body === undefined) {
    const message = `Request entity too large: limit is ${MAX_BODY}`;
    return new ApiProblem(413, 'RequestEntityTooLarge', message).reply();
  }
  return handleKubernetes(machine, {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: { accept: request.headers.accept, 'content-type': request.headers['content-type'] },
    body,
    caller: callerOf(request.socket as TLSSocket),
    signal,
  });
}

/** The body as text; absent when it is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size <= MAX_BODY) chunks.push(chunk as Buffer);
  }
  return size > MAX_BODY ? undefined : Buffer.concat(chunks).toString();
}

async function send(
  { status, headers, body }: KubernetesReply,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(status, headers);
  if (typeof body === 'string') {
    response.end(body);
    return;
  }
  response.flushHeaders();
  for await (const line of body) {
    if (signal.aborted) return;
    if (!response.write(line)) await drained(response);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}

/** Who a client is by its certificate. */
function callerOf(socket: TLSSocket): Caller | undefined {
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return undefined;
  return { user: commonNameOf(certificate), groups: organizationsOf(certificate) };
}
