import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import * as grpc from '@grpc/grpc-js';
import { afterAll, describe, expect, it } from 'vitest';
import { type Authority, createAuthority, type Issued, lifetimes } from '../../../src/pki/index.js';
import {
  basicAuth,
  type Credentials,
  mtls,
  plaintext,
  serverTls,
  systemRoots,
} from '../../../src/runtime/credentials/index.js';
import type { ConnectionProblem } from '../../../src/runtime/dial/connection-error.js';
import { Dialling } from '../../../src/runtime/dial/dialler.js';
import { parseEndpoint } from '../../../src/runtime/dial/endpoint.js';
import { proxying } from '../../../src/runtime/dial/proxy/proxying.js';
import { createMaintenanceCertificate, datesWith } from '../../../testkit/src/base/pki/index.js';
import { type EchoServer, openChannel, startServer } from './support.js';

const authority = createAuthority();
const stranger = createAuthority({ organization: 'stranger' });
const admin = authority.issueClient({ roles: ['os:admin'] });
const node = authority.issueServer({ names: ['127.0.0.1', '::1', 'localhost'] });

const pem = Buffer.from;

function serverCredentials(
  { cert, pkcs8Key }: Issued,
  clients: Authority | undefined = authority,
): grpc.ServerCredentials {
  return grpc.ServerCredentials.createSsl(
    clients === undefined ? null : pem(clients.cert),
    [{ cert_chain: pem(cert), private_key: pem(pkcs8Key) }],
    clients !== undefined,
  );
}

const servers: EchoServer[] = [];

/** A server that runs until the tests have ended. */
async function serve(credentials: grpc.ServerCredentials, address?: string): Promise<EchoServer> {
  const server = await startServer(credentials, address);
  servers.push(server);
  return server;
}

afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
});

/** As the admin, trusting `ca`. */
function asAdmin(ca: string = authority.cert, client: Issued = admin): Credentials {
  return mtls({ ca, cert: client.cert, key: client.key });
}

/** How a call fails. */
async function failureOf(
  endpoint: string,
  credentials: Credentials,
): Promise<{ problem: ConnectionProblem | undefined; message: string; details: string }> {
  using channel = await openChannel(endpoint, credentials);
  const error = await channel.echo().then(
    () => expect.unreachable('the call succeeded'),
    (reason: grpc.ServiceError) => reason,
  );
  expect(error.code).toBe(grpc.status.UNAVAILABLE);
  const last = channel.lastError;
  return { problem: last?.problem, message: last?.message ?? '', details: error.details };
}

/** Secures a connection to `host`, as carriers do. */
async function secureTo(host: string, socket: Socket): Promise<Socket> {
  const credentials = serverTls({ ca: authority.cert });
  const dialling = new Dialling((endpoint) => credentials.security(endpoint), proxying('direct'));
  const dialler = await dialling.to(parseEndpoint(host));
  return dialler.secure(socket, () => {});
}

const secure = await serve(serverCredentials(node));

describe('a server that is the right one', () => {
  it.each([
    ['its IPv4 address', `127.0.0.1:${secure.port}`],
    ['its name', `localhost:${secure.port}`],
    ['a URL', `https://localhost:${secure.port}`],
  ])('is talked to at %s, with the client certificate', async (_kind, endpoint) => {
    using channel = await openChannel(endpoint, asAdmin());
    expect(await channel.echo('ping')).toBe('ping');
    expect(secure.calls.at(-1)).toMatchObject({
      organization: 'os:admin',
      host: channel.endpoint.address,
    });
    expect(channel.lastError).toBeUndefined();
  });

  it('is talked to at its IPv6 address', async () => {
    const server = await serve(serverCredentials(node), '::1');
    using channel = await openChannel(`[::1]:${server.port}`, asAdmin());
    expect(await channel.echo('six')).toBe('six');
  });

  it('may have any of several CAs', async () => {
    using channel = await openChannel(
      `127.0.0.1:${secure.port}`,
      asAdmin(stranger.cert + authority.cert),
    );
    expect(await channel.echo()).toBe('hello');
  });

  it('gets the name in the handshake, without the dot at its end, and no IP', async () => {
    const names: string[] = [];
    const server = createTlsServer({
      cert: node.cert,
      key: node.pkcs8Key,
      ALPNProtocols: ['h2'],
    });
    server.on('secureConnection', (socket) => {
      names.push(String((socket as { servername?: unknown }).servername));
      socket.on('error', () => {});
      socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const warnings: Error[] = [];
    const listen = (warning: Error): number => warnings.push(warning);
    process.on('warning', listen);
    for (const host of ['localhost.', 'localhost', '127.0.0.1', '::1']) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      await secureTo(host, socket);
      await once(socket, 'close');
    }
    process.removeListener('warning', listen);
    server.close();
    expect(names).toEqual(['localhost', 'localhost', 'false', 'false']);
    expect(warnings).toEqual([]); // DEP0123 would be one
  });

  it('may want no client certificate', async () => {
    const open = await serve(
      grpc.ServerCredentials.createSsl(
        null,
        [{ cert_chain: pem(node.cert), private_key: pem(node.pkcs8Key) }],
        false,
      ),
    );
    for (const credentials of [serverTls({ ca: authority.cert }), asAdmin()]) {
      using channel = await openChannel(`127.0.0.1:${open.port}`, credentials);
      expect(await channel.echo()).toBe('hello');
    }
  });

  it('gets user name and password', async () => {
    const open = await serve(
      grpc.ServerCredentials.createSsl(
        null,
        [{ cert_chain: pem(node.cert), private_key: pem(node.pkcs8Key) }],
        false,
      ),
    );
    using channel = await openChannel(
      `localhost:${open.port}`,
      basicAuth({ username: 'me', password: 'secret', ca: authority.cert }),
    );
    await channel.echo();
    expect(open.calls[0]?.authorization).toBe('Basic bWU6c2VjcmV0');
  });
});

describe('a server that is not the right one is refused', () => {
  it.each([
    ['another IP', ['127.0.0.2', 'localhost'], '127.0.0.1'],
    ['another IPv6', ['2001:DB8:0:0:0:0:0:2', '127.0.0.1'], '::1'],
    ['an IP as DNS name only', ['localhost', 'ip-127-0-0-1'], '127.0.0.1'],
    ['another name', ['127.0.0.1', 'other.example'], 'localhost'],
    ['part of the name', ['ocalhost', 'localhost.example'], 'localhost'],
    ['no name', [], '127.0.0.1'],
  ])('for a certificate with %s', async (_kind, names, host) => {
    const issued = authority.issueServer({ names, commonName: host });
    const [address, bracketed] = host === '::1' ? ['::1', '[::1]'] : ['127.0.0.1', host];
    const server = await serve(serverCredentials(issued), address);
    const { problem, message, details } = await failureOf(`${bracketed}:${server.port}`, asAdmin());
    expect(problem).toBe('wrong-name');
    expect(message).toContain(`is not for ${host} but for`);
    for (const name of names) expect(message).toContain(name);
    expect(details).toContain(message);
    expect(server.calls).toEqual([]);
  });

  it('for a certificate of another CA', async () => {
    const server = await serve(serverCredentials(stranger.issueServer({ names: ['127.0.0.1'] })));
    const { problem, message } = await failureOf(`127.0.0.1:${server.port}`, asAdmin());
    expect(problem).toBe('untrusted');
    expect(message).toContain('cannot be verified with the CAs');
    expect(server.calls).toEqual([]);
  });

  it('for a CA of the same name', async () => {
    const impostor = createAuthority();
    const { problem } = await failureOf(`127.0.0.1:${secure.port}`, asAdmin(impostor.cert));
    expect(problem).toBe('untrusted');
  });

  it('without a CA, as no public one signed it', async () => {
    for (const credentials of [systemRoots(), mtls({ cert: admin.cert, key: admin.key })]) {
      const { problem } = await failureOf(`127.0.0.1:${secure.port}`, credentials);
      expect(problem).toBe('untrusted');
    }
  });

  it('for a certificate that is not for servers', async () => {
    const issued = authority.issueServer({ names: ['127.0.0.1'], usage: 'client' });
    const server = await serve(serverCredentials(issued));
    const { problem, message } = await failureOf(`127.0.0.1:${server.port}`, asAdmin());
    expect(problem).toBe('untrusted');
    expect(message).toContain('INVALID_PURPOSE');
  });

  it.each([
    ['expired', 'server-expired', 'expired at'],
    ['not-yet-valid', 'server-not-yet-valid', 'is valid only from'],
  ] as const)('for a certificate that is %s', async (flaw, expected, text) => {
    const issued = authority.issueServer({
      names: ['127.0.0.1'],
      ...datesWith(flaw, lifetimes.server),
    });
    const server = await serve(serverCredentials(issued));
    const { problem, message } = await failureOf(`127.0.0.1:${server.port}`, asAdmin());
    expect(problem).toBe(expected);
    expect(message).toContain(text);
  });

  it('in maintenance mode, and the error says so', async () => {
    const issued = createMaintenanceCertificate({ names: [] });
    const server = await serve(serverCredentials(issued));
    const { problem, message } = await failureOf(`127.0.0.1:${server.port}`, asAdmin());
    expect(problem).toBe('maintenance');
    expect(message).toContain(issued.fingerprint);
    expect(message).toContain('maintenance({ fingerprints })');
  });

  it('even when the environment tells Node to trust everybody', async () => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      const { problem } = await failureOf(`127.0.0.1:${secure.port}`, asAdmin(stranger.cert));
      expect(problem).toBe('untrusted');
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });

  it('when it speaks no TLS', async () => {
    const server = await serve(grpc.ServerCredentials.createInsecure());
    const { problem } = await failureOf(`127.0.0.1:${server.port}`, asAdmin());
    expect(problem).toBe('not-tls');
  });

  it.each([[undefined], [['http/1.1']]])(
    'when it speaks TLS with the protocols %j',
    async (protocols) => {
      const server = createTlsServer({
        cert: node.cert,
        key: node.pkcs8Key,
        ...(protocols && { ALPNProtocols: protocols }),
      });
      server.on('tlsClientError', () => {});
      server.on('secureConnection', (socket) => socket.on('error', () => {}));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const { problem, message } = await failureOf(`127.0.0.1:${port}`, asAdmin());
      server.close();
      expect(problem).toBe('no-http2');
      expect(message).toContain('ALPN h2');
    },
  );

  it('when it closes the connection in the handshake', async () => {
    const server = createServer((socket) => socket.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { problem } = await failureOf(`127.0.0.1:${port}`, asAdmin());
    server.close();
    expect(problem).toBe('interrupted');
  });
});

describe('a client that the server refuses', () => {
  const own = asAdmin(authority.cert);
  it.each([
    ['without a certificate', async () => serverTls({ ca: authority.cert })],
    [
      'with a certificate of another CA',
      async () => asAdmin(authority.cert, stranger.issueClient({ roles: ['os:admin'] })),
    ],
    [
      'with an expired certificate',
      async () =>
        asAdmin(
          authority.cert,
          authority.issueClient({ roles: [], ...datesWith('expired', lifetimes.client) }),
        ),
    ],
    [
      'with a certificate for servers',
      async () => asAdmin(authority.cert, authority.issueClient({ roles: [], usage: 'server' })),
    ],
  ])('%s learns so, although its handshake succeeded', async (_kind, credentials) => {
    const { problem, message } = await failureOf(`127.0.0.1:${secure.port}`, await credentials());
    expect(problem).toBe('client-refused');
    expect(message).toContain('the client certificate');
  });

  it('is told apart from one that is served', async () => {
    using channel = await openChannel(`127.0.0.1:${secure.port}`, own);
    await channel.echo();
    expect(channel.lastError).toBeUndefined();
  });
});

describe('a channel', () => {
  it('fails at once over a connection that is closed already', async () => {
    const socket = connect(secure.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
    await expect(secureTo('127.0.0.1', socket)).rejects.toMatchObject({
      problem: 'interrupted',
    });
  });

  it.each([
    ['connection that was just made', false],
    ['handshake that hangs', true],
  ])('lets go of a %s when it is closed', async (_kind, started) => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const connected = once(server, 'connection');
    const channel = await openChannel(`127.0.0.1:${port}`, asAdmin());
    const call = channel.echo();
    call.catch(() => {});
    const [socket] = await connected;
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    if (started) await once(socket, 'data');
    else socket.resume();
    channel[Symbol.dispose]();
    await closed;
    await expect(call).rejects.toThrow();
    server.close();
  });

  it('forgets the reason of a failure once the server is the right one', async () => {
    const wrong = await startServer(
      serverCredentials(stranger.issueServer({ names: ['127.0.0.1'] })),
    );
    const { port } = wrong;
    using channel = await openChannel(`127.0.0.1:${port}`, asAdmin());
    await expect(channel.echo()).rejects.toThrow('cannot be verified');
    await wrong[Symbol.asyncDispose]();
    const right = new grpc.Server();
    await new Promise<void>((resolve, reject) =>
      right.bindAsync(`127.0.0.1:${port}`, serverCredentials(node), (error) =>
        error === null ? resolve() : reject(error),
      ),
    );
    // The service is not there, which only a server that was accepted can say.
    for (;;) {
      const error = await channel.echo().catch((reason: grpc.ServiceError) => reason);
      if ((error as grpc.ServiceError).code === grpc.status.UNIMPLEMENTED) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(channel.lastError).toBeUndefined();
    right.forceShutdown();
  });

  it('can go to a unix socket, in the clear or with TLS for localhost', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'talos-client-'));
    try {
      const clear = `unix:${folder}/clear.sock`;
      const tls = `unix:${folder}/tls.sock`;
      await serve(grpc.ServerCredentials.createInsecure(), clear);
      await serve(serverCredentials(node), tls);
      for (const [endpoint, credentials] of [
        [clear, plaintext()],
        [tls, asAdmin()],
      ] as const) {
        using channel = await openChannel(endpoint, credentials);
        expect(await channel.echo('unix')).toBe('unix');
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('can go without TLS', async () => {
    const server = await serve(grpc.ServerCredentials.createInsecure());
    using channel = await openChannel(`localhost:${server.port}`, plaintext());
    expect(await channel.echo('clear')).toBe('clear');
  });
});
