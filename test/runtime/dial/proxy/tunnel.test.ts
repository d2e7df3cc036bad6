import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../../src/pki/index.js';
import { maintenance, mtls, plaintext } from '../../../../src/runtime/credentials/index.js';
import { type Proxying, proxying } from '../../../../src/runtime/dial/proxy/proxying.js';
import { openChannel, startServer } from '../../credentials/support.js';
import { type Resolve, startHttpProxy, startSocksProxy, type TestProxy } from './proxies.js';

const authority = createAuthority();
const proxyAuthority = createAuthority({ organization: 'proxies' });
const admin = authority.issueClient({ roles: ['os:admin'] });
const issued = authority.issueServer({ names: ['node.example', '192.0.2.1', '2001:db8::1'] });
const server = await startServer(
  grpc.ServerCredentials.createSsl(
    Buffer.from(authority.cert),
    [{ cert_chain: Buffer.from(issued.cert), private_key: Buffer.from(issued.pkcs8Key) }],
    true,
  ),
);
const credentials = mtls({ ca: authority.cert, cert: admin.cert, key: admin.key });

/** Endpoints that only the proxies know the way to. */
const resolve: Resolve = () => ({ host: '127.0.0.1', port: server.port });

const open: AsyncDisposable[] = [server];
afterAll(async () => {
  for (const each of open) await each[Symbol.asyncDispose]();
});

function keep<T extends AsyncDisposable>(proxy: T): T {
  open.push(proxy);
  return proxy;
}

const proxyCertificate = proxyAuthority.issueServer({ names: ['127.0.0.1'] });

const proxies = {
  http: keep(await startHttpProxy({ resolve })),
  https: keep(await startHttpProxy({ resolve, tls: proxyCertificate })),
  socks5: keep(await startSocksProxy({ resolve })),
};
const schemes = ['http', 'https', 'socks5'] as const;

function through(scheme: string, { port }: TestProxy, login = ''): Proxying {
  return proxying(`${scheme}://${login}127.0.0.1:${port}`, { ca: proxyAuthority.cert });
}

async function failureThrough(way: Proxying, endpoint = 'node.example'): Promise<string> {
  using channel = await openChannel(endpoint, credentials, way);
  const error = await channel.echo().then(
    () => expect.unreachable('the call succeeded'),
    (reason: grpc.ServiceError) => reason,
  );
  expect(error.code).toBe(grpc.status.UNAVAILABLE);
  return error.details;
}

beforeEach(() => {
  for (const { requests, logins } of Object.values(proxies)) {
    requests.length = 0;
    logins.length = 0;
  }
});

describe.each(schemes)('through a proxy with the scheme %s', (scheme) => {
  const proxy = proxies[scheme];

  it.each([
    ['node.example', 'node.example:50000'],
    ['https://node.example', 'node.example:443'],
    ['192.0.2.1', '192.0.2.1:50000'],
  ])('%s is asked for as %s and verified', async (endpoint, asked) => {
    using channel = await openChannel(endpoint, credentials, through(scheme, proxy));
    expect(await channel.echo('far')).toBe('far');
    expect(proxy.requests).toEqual([asked]);
    expect(proxy.logins).toEqual([undefined]);
    expect(server.calls.at(-1)).toMatchObject({ organization: 'os:admin', host: asked });
  });

  it('an IPv6 address is asked for, too', async () => {
    using channel = await openChannel('2001:db8::1', credentials, through(scheme, proxy));
    await channel.echo();
    const asked = scheme === 'socks5' ? '2001:0db8:0000:0000:0000:0000:0000:0001' : '2001:db8::1';
    expect(proxy.requests).toEqual([`[${asked}]:50000`]);
  });

  it('a server with the wrong name is refused', async () => {
    const details = await failureThrough(through(scheme, proxy), 'other.example');
    expect(details).toContain('is not for other.example but for');
  });

  it('large messages pass both ways', async () => {
    using channel = await openChannel('node.example', credentials, through(scheme, proxy));
    const text = 'x'.repeat(1_000_000);
    expect(await channel.echo(text)).toBe(text);
  });

  it('a pinned node is verified', async () => {
    const node = authority.issueServer({ names: ['elsewhere'] });
    const pair = { cert_chain: Buffer.from(node.cert), private_key: Buffer.from(node.pkcs8Key) };
    await using target = await startServer(grpc.ServerCredentials.createSsl(null, [pair], false));
    const start = scheme === 'socks5' ? startSocksProxy : startHttpProxy;
    const tls = scheme === 'https' ? proxyCertificate : undefined;
    await using own = await start({
      resolve: () => ({ host: '127.0.0.1', port: target.port }),
      tls,
    });
    const way = through(scheme, own);
    using right = await openChannel(
      '10.0.0.5',
      maintenance({ fingerprints: [node.fingerprint] }),
      way,
    );
    expect(await right.echo()).toBe('hello');
    const pins = [admin.fingerprint];
    using wrong = await openChannel('10.0.0.5', maintenance({ fingerprints: pins }), way);
    await expect(wrong.echo()).rejects.toThrow(node.fingerprint);
    expect(wrong.failure?.message).toContain('10.0.0.5:50000');
  });

  it.each([
    ['after the answer of the proxy', false],
    ['in one piece with it', true],
  ])('a server without TLS is reached, which speaks first, %s', async (_when, together) => {
    await using target = await startServer(grpc.ServerCredentials.createInsecure());
    const start = scheme === 'socks5' ? startSocksProxy : startHttpProxy;
    const tls = scheme === 'https' ? proxyCertificate : undefined;
    const resolve: Resolve = () => ({ host: '127.0.0.1', port: target.port });
    await using own = await start({ resolve, tls, together });
    using channel = await openChannel('10.0.0.5', plaintext(), through(scheme, own));
    expect(await channel.echo('clear')).toBe('clear');
  });

  it('no connection is left when the channel is closed', async () => {
    const channel = await openChannel('node.example', credentials, through(scheme, proxy));
    await channel.echo();
    const [socket] = [...proxy.sockets].slice(-1);
    if (socket === undefined) throw new Error('no connection');
    const closed = once(socket, 'close');
    channel[Symbol.dispose]();
    await closed;
  });

  it('a proxy that says nothing is let go when the channel is closed', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const connected = once(silent, 'connection');
    const way = proxying(`${scheme}://127.0.0.1:${port}`);
    const channel = await openChannel('node.example', credentials, way);
    const call = channel.echo();
    call.catch(() => {});
    const [socket] = await connected;
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    await once(socket, 'data');
    channel[Symbol.dispose]();
    await closed;
    await expect(call).rejects.toThrow();
    silent.close();
  });

  it('a proxy that hangs up is told', async () => {
    const rude = createServer((socket) => socket.once('data', () => socket.end()));
    rude.listen(0, '127.0.0.1');
    await once(rude, 'listening');
    const { port } = rude.address() as AddressInfo;
    const details = await failureThrough(proxying(`${scheme}://127.0.0.1:${port}`));
    expect(details).toMatch(new RegExp(`(the|SOCKS5) proxy 127\\.0\\.0\\.1:${port}`));
    rude.close();
  });

  it('a proxy that answers nonsense is told', async () => {
    const odd = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.9\r\n'));
    });
    odd.listen(0, '127.0.0.1');
    await once(odd, 'listening');
    const { port } = odd.address() as AddressInfo;
    const details = await failureThrough(proxying(`${scheme}://127.0.0.1:${port}`));
    expect(details).toContain(`127.0.0.1:${port}`);
    odd.close();
  });
});

describe('an HTTP proxy', () => {
  it.each(['http', 'https'])('gets user name and password (%s)', async (scheme) => {
    const proxy = proxies[scheme as 'http' | 'https'];
    const way = through(scheme, proxy, 'me:p%40ss%3Aword@');
    using channel = await openChannel('node.example', credentials, way);
    await channel.echo();
    expect(proxy.logins).toEqual([`Basic ${Buffer.from('me:p@ss:word').toString('base64')}`]);
  });

  it.each([
    [
      'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n',
      'it answered 407 to CONNECT (it wants a login',
    ],
    ['HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnope', 'it answered 403'],
    ['HTTP/1.1 502 Bad Gateway\r\n\r\n', 'it answered 502'],
    ['HTTP/1.1 204 No Content\r\n\r\n', 'it answered 204'],
    ['HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n', 'it answered 302'],
  ])('that answers %j is told, without the login', async (answer, reason) => {
    await using proxy = await startHttpProxy({ answer });
    const details = await failureThrough(through('http', proxy, 'me:hunter2@'));
    expect(details).toContain(
      `the proxy 127.0.0.1:${proxy.port} gave no way to node.example:50000`,
    );
    expect(details).toContain(reason);
    expect(details).not.toContain('hunter2');
  });

  it('with TLS has to be trusted, under its own name', async () => {
    const { port } = proxies.https;
    const url = `https://127.0.0.1:${port}`;
    for (const [option, ca] of [
      [url, authority.cert],
      [url, undefined],
      [`https://localhost:${port}`, proxyAuthority.cert],
    ] as const) {
      const details = await failureThrough(proxying(option, { ca }));
      expect(details).toContain('no TLS with the proxy');
    }
    expect(proxies.https.requests).toEqual([]);
  });
});

describe('a SOCKS5 proxy', () => {
  it('gets user name and password', async () => {
    await using proxy = await startSocksProxy({ resolve, login: 'me:p@ss:word' });
    const way = through('socks5', proxy, 'me:p%40ss%3Aword@');
    using channel = await openChannel('node.example', credentials, way);
    expect(await channel.echo()).toBe('hello');
    expect(proxy.logins).toEqual(['me:p@ss:word']);
  });

  it('need not want the login it could have', async () => {
    const way = through('socks5', proxies.socks5, 'me:hunter2@');
    using channel = await openChannel('node.example', credentials, way);
    expect(await channel.echo()).toBe('hello');
    expect(proxies.socks5.logins).toEqual([undefined]);
  });

  it.each(['ipv4', 'ipv6', 'name'] as const)(
    'may give its address as %s, byte by byte',
    async (bound) => {
      await using proxy = await startSocksProxy({ resolve, bound, slow: true });
      using channel = await openChannel('node.example', credentials, through('socks5', proxy));
      expect(await channel.echo('slow')).toBe('slow');
    },
  );

  it.each([
    [{ login: 'me:other' }, 'me:hunter2@', 'it refused user name and password'],
    [{ login: 'me:other' }, '', 'it wants a login'],
    [
      { login: 'me:hunter2' },
      `me:${'x'.repeat(256)}@`,
      'user name and password must be 1 to 255 bytes',
    ],
    [{ login: 'me:hunter2' }, 'me@', 'user name and password must be 1 to 255 bytes'],
    [{ reply: 1 }, '', 'general failure'],
    [{ reply: 2 }, '', 'not allowed by its rules'],
    [{ reply: 3 }, '', 'network unreachable'],
    [{ reply: 4 }, '', 'host unreachable'],
    [{ reply: 5 }, '', 'connection refused'],
    [{ reply: 6 }, '', 'time to live expired'],
    [{ reply: 7 }, '', 'command not supported'],
    [{ reply: 8 }, '', 'address type not supported'],
    [{ reply: 99 }, '', 'reply 99'],
  ])('that is %j is told', async (options, login, reason) => {
    await using proxy = await startSocksProxy({ resolve, ...options });
    const details = await failureThrough(through('socks5', proxy, login));
    expect(details).toContain(
      `the SOCKS5 proxy 127.0.0.1:${proxy.port} gave no way to node.example:50000: ${reason}`,
    );
    expect(details).not.toContain('hunter2');
  });
});
