import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Issued } from '../../../../src/pki/index.js';

/** A proxy on loopback, for tests. */
export interface TestProxy extends AsyncDisposable {
  readonly port: number;
  /** The destinations it was asked for, as `host:port`. */
  readonly requests: string[];
  /** What was presented as login: the header of HTTP, or `user:password` of SOCKS5. */
  readonly logins: (string | undefined)[];
  /** The connections that are open now. */
  readonly sockets: ReadonlySet<Socket>;
}

/** Which destination to connect to for one that was asked for. */
export type Resolve = (destination: string) => { host: string; port: number };

const asAsked: Resolve = (destination) => {
  const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(destination) ?? [];
  return { host, port: Number(port) };
};

async function listen(
  server: Server,
  facts: Pick<TestProxy, 'requests' | 'logins'>,
): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...facts,
    sockets,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function join(one: Socket, other: Socket): void {
  for (const socket of [one, other]) socket.on('error', () => {});
  one.on('close', () => other.destroy());
  other.on('close', () => one.destroy());
  one.pipe(other).pipe(one);
}

async function firstBytes(socket: Socket): Promise<Buffer> {
  const [bytes] = await once(socket, 'data');
  socket.pause();
  return bytes;
}

/** What a CONNECT is answered with instead of a tunnel. */
export interface HttpProxyOptions {
  /** The status line and headers; default: a tunnel. */
  readonly answer?: string | undefined;
  readonly resolve?: Resolve | undefined;
  /** Sends the first bytes of the endpoint in one piece with the answer. */
  readonly together?: boolean | undefined;
  /** Makes it an https proxy. */
  readonly tls?: Issued | undefined;
}

/** Starts an HTTP proxy that knows CONNECT only. */
export async function startHttpProxy(options: HttpProxyOptions = {}): Promise<TestProxy> {
  const { answer, resolve = asAsked, together, tls } = options;
  const requests: string[] = [];
  const logins: (string | undefined)[] = [];
  const server =
    tls === undefined
      ? createHttpServer()
      : createHttpsServer({ cert: tls.cert, key: tls.pkcs8Key });
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    requests.push(request.url ?? '');
    logins.push(request.headers['proxy-authorization']);
    socket.on('error', () => {});
    if (answer !== undefined) {
      socket.end(answer);
      return;
    }
    const upstream = connect(resolve(request.url ?? ''));
    upstream.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    upstream.on('connect', async () => {
      const first = together ? await firstBytes(upstream) : Buffer.alloc(0);
      const established = Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.write(Buffer.concat([established, first]));
      if (head.length > 0) upstream.write(head);
      join(socket, upstream);
    });
  });
  server.on('tlsClientError', () => {});
  return listen(server, { requests, logins });
}

/** How a SOCKS5 proxy behaves. */
export interface SocksProxyOptions {
  readonly resolve?: Resolve | undefined;
  /** Sends the first bytes of the endpoint in one piece with the answer. */
  readonly together?: boolean | undefined;
  /** The login it insists on. */
  readonly login?: string | undefined;
  /** The reply to requests, by number; default 0, a connection. */
  readonly reply?: number | undefined;
  /** Gives its own address as a name, as IPv6 or as IPv4. Default: IPv4. */
  readonly bound?: 'name' | 'ipv6' | 'ipv4' | undefined;
  /** Sends its answers byte by byte. */
  readonly slow?: boolean | undefined;
}

/** Starts a SOCKS5 proxy (RFC 1928, RFC 1929). */
export async function startSocksProxy(options: SocksProxyOptions = {}): Promise<TestProxy> {
  const requests: string[] = [];
  const logins: (string | undefined)[] = [];
  const server = createServer((socket) => {
    serveSocks(socket, options, { requests, logins }).catch(() => socket.destroy());
  });
  return listen(server, { requests, logins });
}

async function serveSocks(
  socket: Socket,
  { resolve = asAsked, login, reply = 0, bound = 'ipv4', slow, together }: SocksProxyOptions,
  { requests, logins }: Pick<TestProxy, 'requests' | 'logins'>,
): Promise<void> {
  const read = reader(socket);
  const send = async (bytes: readonly number[]): Promise<void> => {
    const pieces = slow ? bytes.map((byte) => [byte]) : [bytes];
    for (const piece of pieces) {
      socket.write(Buffer.from(piece));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  const [, count = 0] = await read(2);
  const methods = [...(await read(count))];
  const method = login === undefined ? 0 : 2;
  if (!methods.includes(method)) return void socket.end(Buffer.from([5, 0xff]));
  await send([5, method]);
  if (login !== undefined) {
    const user = await read((await read(2))[1] ?? 0);
    const password = await read((await read(1))[0] ?? 0);
    logins.push(`${user}:${password}`);
    const right = logins.at(-1) === login;
    await send([1, right ? 0 : 1]);
    if (!right) return void socket.end();
  } else {
    logins.push(undefined);
  }

  const [, , , type] = await read(4);
  let host: string;
  if (type === 1) host = [...(await read(4))].join('.');
  else if (type === 4) host = `[${(await read(16)).toString('hex').match(/.{4}/g)?.join(':')}]`;
  else host = (await read((await read(1))[0] ?? 0)).toString();
  const destination = `${host}:${(await read(2)).readUInt16BE()}`;
  requests.push(destination);

  const addresses = {
    ipv4: [1, 127, 0, 0, 1],
    ipv6: [4, ...Array<number>(15).fill(0), 1],
    name: [3, 4, ...Buffer.from('here')],
  };
  const answer = [5, reply, 0, ...addresses[bound], 0x12, 0x34];
  if (reply !== 0) {
    await send(answer);
    return void socket.end();
  }
  const upstream = connect(resolve(destination));
  await once(upstream, 'connect');
  if (together) socket.write(Buffer.concat([Buffer.from(answer), await firstBytes(upstream)]));
  else await send(answer);
  join(socket, upstream);
}

function reader(socket: Socket): (length: number) => Promise<Buffer> {
  return async (length) => {
    for (;;) {
      if (length === 0) return Buffer.alloc(0);
      const bytes: Buffer | null = socket.read(length);
      if (bytes !== null) return bytes;
      if (socket.readableEnded || socket.destroyed) throw new Error('closed');
      await Promise.race([once(socket, 'readable'), once(socket, 'end'), once(socket, 'close')]);
    }
  };
}
