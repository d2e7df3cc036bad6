import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../../../src/runtime/dial/endpoint.js';
import { type Proxying, proxying } from '../../../../src/runtime/dial/proxy/proxying.js';
import { TalosConfigError } from '../../../../src/runtime/errors/config-error.js';

/** The proxy on the way to `endpoint`. */
function proxyFor(endpoint: string, environment: Record<string, string>): string | undefined {
  return proxying('environment', { environment }).route(parseEndpoint(endpoint)).proxy;
}

const proxy = 'http://proxy.example:3128';

describe('the proxy of the environment', () => {
  it.each([
    [{}, undefined],
    [{ HTTPS_PROXY: '' }, undefined],
    [{ HTTPS_PROXY: proxy }, proxy],
    [{ https_proxy: proxy }, proxy],
    [{ HTTPS_PROXY: proxy, https_proxy: 'http://other:1' }, proxy],
    [{ HTTPS_PROXY: '', https_proxy: proxy }, proxy],
    [{ HTTP_PROXY: proxy, http_proxy: proxy, ALL_PROXY: proxy, grpc_proxy: proxy }, undefined],
    [{ HTTPS_PROXY: 'proxy.example:3128' }, proxy],
    [{ HTTPS_PROXY: 'proxy.example' }, 'http://proxy.example:80'],
    [{ HTTPS_PROXY: 'HTTP://Proxy.Example' }, 'http://proxy.example:80'],
    [{ HTTPS_PROXY: 'http://proxy.example:80/' }, 'http://proxy.example:80'],
    [{ HTTPS_PROXY: 'https://proxy.example' }, 'https://proxy.example:443'],
    [{ HTTPS_PROXY: 'https://proxy.example:80' }, 'https://proxy.example:80'],
    [{ HTTPS_PROXY: 'socks5://proxy.example' }, 'socks5://proxy.example:1080'],
    [{ HTTPS_PROXY: 'socks5://[2001:db8::1]:1' }, 'socks5://[2001:db8::1]:1'],
    [{ HTTPS_PROXY: 'http://me:secret@proxy.example:3128' }, proxy],
  ] as [Record<string, string>, string | undefined][])('%j is %s', (environment, expected) => {
    expect(proxyFor('10.0.0.1', environment)).toBe(expected);
  });

  it.each([
    ['localhost', true],
    ['localhost:443', true],
    ['127.0.0.1', true],
    ['127.9.8.7', true],
    ['::1', true],
    ['unix:///run/apid.sock', true],
    ['localhost.example', false],
    ['128.0.0.1', false],
    ['::2', false],
  ])('is not used for loopback: %s %s', (endpoint, direct) => {
    expect(proxyFor(endpoint, { HTTPS_PROXY: proxy })).toBe(direct ? undefined : proxy);
  });

  it.each([
    ['*', '10.0.0.1', true],
    ['a.example,*', 'host.example', true],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.10', false],
    ['10.0.0.1:50000', '10.0.0.1', true],
    ['10.0.0.1:443', '10.0.0.1', false],
    ['10.0.0.0/8', '10.255.1.2', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.1.2.3/31', '10.1.2.2', true],
    ['10.1.2.3/31', '10.1.2.4', false],
    ['0.0.0.0/0', '192.0.2.1', true],
    ['0.0.0.0/0', 'host.example', false],
    ['2001:db8::/32', '2001:db8:1::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['2001:db8::1', '2001:db8:0:0::1', true],
    ['[2001:db8::1]:50000', '2001:db8::1', true],
    ['[2001:db8::1]:443', '2001:db8::1', false],
    ['[2001:db8::1]', '2001:db8::1', true],
    ['10.0.0.1', '::ffff:10.0.0.1', true],
    ['example', 'host.example', true],
    ['host.example', 'host.example', true],
    ['host.example', 'a.host.example', true],
    ['host.example', 'ahost.example', false],
    ['host.example', 'host.example.net', false],
    ['.host.example', 'a.host.example', true],
    ['.host.example', 'host.example', false],
    ['*.host.example', 'a.host.example', true],
    ['*.host.example', 'host.example', false],
    ['HOST.Example', 'host.example', true],
    ['host.example:50000', 'host.example', true],
    ['host.example:443', 'host.example', false],
    ['host.example:443', 'https://host.example', true],
    [' other.example , host.example ', 'host.example', true],
    [',,', 'host.example', false],
    [':50000', 'host.example', false],
    ['0.1', '10.0.0.1', false],
    ['10.0.0.0/33', '10.0.0.1', false],
    ['10.0.0.0/', '10.0.0.1', false],
  ])('with NO_PROXY %s is bypassed for %s: %s', (noProxy, endpoint, direct) => {
    for (const name of ['NO_PROXY', 'no_proxy']) {
      const environment = { HTTPS_PROXY: proxy, [name]: noProxy };
      expect(proxyFor(endpoint, environment)).toBe(direct ? undefined : proxy);
    }
  });

  it('heeds NO_PROXY before no_proxy', () => {
    const environment = { HTTPS_PROXY: proxy, NO_PROXY: 'a.example', no_proxy: '*' };
    expect(proxyFor('b.example', environment)).toBe(proxy);
  });

  it('is that of the process unless another is given', () => {
    const before = process.env.HTTPS_PROXY;
    process.env.HTTPS_PROXY = 'http://from-process.example:1';
    try {
      const { proxy } = proxying('environment').route(parseEndpoint('192.0.2.77'));
      expect(proxy).toBe('http://from-process.example:1');
    } finally {
      if (before === undefined) delete process.env.HTTPS_PROXY;
      else process.env.HTTPS_PROXY = before;
    }
  });
});

describe('a proxy that is given', () => {
  const environment = { HTTPS_PROXY: 'http://other.example:1', NO_PROXY: '*' };

  it.each(['10.0.0.1', '127.0.0.1', 'localhost'])('serves %s, whatever the environment', (host) => {
    expect(proxying(proxy, { environment }).route(parseEndpoint(host)).proxy).toBe(proxy);
  });

  it('serves no unix socket', () => {
    const route = proxying(proxy).route(parseEndpoint('unix:///run/apid.sock'));
    expect(route).toMatchObject({ proxy: undefined, place: { path: '/run/apid.sock' } });
  });

  it('is not one of the environment when it is direct', () => {
    const environment = { HTTPS_PROXY: proxy };
    const way: Proxying = proxying('direct', { environment });
    expect(way.route(parseEndpoint('10.0.0.1')).proxy).toBeUndefined();
  });

  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['host.example', 'host.example'],
  ])('and without one %s is connected to itself', (endpoint, host) => {
    const route = proxying('direct').route(parseEndpoint(endpoint));
    expect(route).toMatchObject({ place: { host, port: 50_000 }, tunnel: undefined });
  });

  it.each([
    ['http://10.0.0.9:3128', '10.0.0.9', 3128],
    ['https://[2001:db8::9]', '2001:db8::9', 443],
    ['socks5://proxy.example', 'proxy.example', 1080],
  ])('%s is connected to first', (url, host, port) => {
    const route = proxying(url).route(parseEndpoint('host.example'));
    expect(route.place).toEqual({ host, port });
    expect(route.tunnel).toBeDefined();
  });
});

describe('what is no proxy', () => {
  const bad = [
    ['socks4://me:hunter2@proxy:1', 'socks4'],
    ['socks5h://me:hunter2@proxy:1', 'socks5h'],
    ['ftp://hunter2@proxy', 'ftp'],
    ['http://', 'cannot be read'],
    ['http://me:hunter2@', 'cannot be read'],
    ['http://me:hunter2@pro xy', 'cannot be read'],
    ['http://me:hunter2@proxy:99999', 'cannot be read'],
    ['http://me:hunter2@proxy:0', 'port'],
    ['http://me:hunter2@proxy/path', 'no path'],
    ['http://me:hunter2@proxy/?query', 'no path'],
    ['http://me:hunter2%zz@proxy', 'percent-encoded'],
  ];

  it.each(bad)('as option is refused: %s', (url, reason) => {
    try {
      proxying(url as string);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(TalosConfigError);
      expect((error as TalosConfigError).field).toBe('proxy');
      expect((error as TalosConfigError).message).toContain(reason);
      const shown = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
      expect(shown.replaceAll(__filename, '')).not.toContain('hunter2');
    }
  });

  it.each(bad)('in the environment is refused: %s', (url, reason) => {
    for (const name of ['HTTPS_PROXY', 'https_proxy']) {
      expect(() => proxying('environment', { environment: { [name]: url } })).toThrow(
        new RegExp(`^${name}: .*${reason}`),
      );
    }
  });

  it.each(['proxy.example:3128', 'none', '', undefined, 7])(
    'as option is refused: %j',
    (option) => {
      expect(() => proxying(option as never)).toThrow(TalosConfigError);
      expect(() => proxying(option as never)).toThrow(/^proxy: /);
    },
  );
});
