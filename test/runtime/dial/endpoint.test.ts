import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../../src/runtime/dial/endpoint.js';
import { TalosConfigError } from '../../../src/runtime/errors/config-error.js';

function failure(text: unknown, field?: string): TalosConfigError {
  try {
    parseEndpoint(text as string, field);
  } catch (error) {
    if (error instanceof TalosConfigError) return error;
    throw error;
  }
  throw new Error(`${text} was taken for an endpoint`);
}

describe('an endpoint', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1', 50000, '10.0.0.1:50000'],
    ['10.0.0.1:6443', '10.0.0.1', 6443, '10.0.0.1:6443'],
    ['host.example', 'host.example', 50000, 'host.example:50000'],
    ['host.example:111', 'host.example', 111, 'host.example:111'],
    ['Host.Example', 'host.example', 50000, 'host.example:50000'],
    ['host.example.', 'host.example.', 50000, 'host.example.:50000'],
    ['localhost', 'localhost', 50000, 'localhost:50000'],
    ['my_host-1', 'my_host-1', 50000, 'my_host-1:50000'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example', 50000, 'xn--bcher-kva.example:50000'],
    ['2001:db8::1', '2001:db8::1', 50000, '[2001:db8::1]:50000'],
    ['2001:DB8::1', '2001:db8::1', 50000, '[2001:db8::1]:50000'],
    ['::1', '::1', 50000, '[::1]:50000'],
    ['[2001:db8::1]', '2001:db8::1', 50000, '[2001:db8::1]:50000'],
    ['[2001:db8::1]:8080', '2001:db8::1', 8080, '[2001:db8::1]:8080'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1', 50000, '[::ffff:10.0.0.1]:50000'],
    ['https://host', 'host', 443, 'host:443'],
    ['HTTPS://host', 'host', 443, 'host:443'],
    ['https://host/', 'host', 443, 'host:443'],
    ['https://host/some/path?query#fragment', 'host', 443, 'host:443'],
    ['https://[2001:db8::1]', '2001:db8::1', 443, '[2001:db8::1]:443'],
    ['https://10.0.0.1', '10.0.0.1', 443, '10.0.0.1:443'],
    ['https://h:444', 'h', 444, 'h:444'],
    ['http://h', 'h', 50000, 'h:50000'],
    ['http://h:80', 'h', 80, 'h:80'],
    ['grpc://[2001:db8::1]:111', '2001:db8::1', 111, '[2001:db8::1]:111'],
    ['grpc://222.22.2.1', '222.22.2.1', 50000, '222.22.2.1:50000'],
    ['grpc://[2001:db8::1]', '2001:db8::1', 50000, '[2001:db8::1]:50000'],
  ])('%s is %s, port %d', (text, host, port, address) => {
    expect(parseEndpoint(text)).toEqual({ text, host, port, address });
  });

  it.each([
    ['unix:///run/apid.sock', '/run/apid.sock'],
    ['unix:/run/apid.sock', '/run/apid.sock'],
    ['unix:///a', '/a'],
  ])('%s is the unix socket %s', (text, path) => {
    expect(parseEndpoint(text)).toEqual({
      text,
      path,
      address: `unix:${path}`,
      host: 'localhost',
      port: 0,
    });
  });

  it.each([
    [''],
    [' '],
    ['10.0.0.1 '],
    ['10.0.0.1\n'],
    ['bücher.example'],
    [':50000'],
    ['host:'],
    ['host:0'],
    ['host:65536'],
    ['host:-1'],
    ['host:1e3'],
    ['host:50000x'],
    ['host:999999999999'],
    ['host:1:2'],
    ['1.2.3'],
    ['256.0.0.1'],
    ['1.2.3.4.5'],
    ['01.2.3.4'],
    ['[::1'],
    ['::1]'],
    ['[]'],
    ['[]:50000'],
    ['[10.0.0.1]:50000'],
    ['[::1]50000'],
    ['[::1]:'],
    ['[::1]:0'],
    ['[host]:50000'],
    ['2001:db8::zz'],
    ['fe80::1%eth0'],
    ['[fe80::1%eth0]:50000'],
    ['-host'],
    ['ho/st'],
    ['host,other'],
    ['.host'],
    ['host..example'],
    ['https://'],
    ['https:///path'],
    ['https://host:'],
    ['https://:443'],
    ['dns:///host:50000'],
    ['unix:'],
    ['unix://'],
    ['unix:///'],
    ['unix://run/apid.sock'],
    ['unix:run/apid.sock'],
    [undefined],
    [null],
    [50000],
    [{}],
  ])('%j is refused', (text) => {
    const error = failure(text, 'endpoints[3]');
    expect(error.field).toBe('endpoints[3]');
    expect(error.message).toMatch(/^endpoints\[3\]: /);
  });

  it.each(['https://user:hunter2@host', 'user:hunter2@host', 'grpc://hunter2@host:1'])(
    'with credentials is refused, and they are not repeated',
    (text) => {
      expect(failure(text).message).not.toContain('hunter2');
    },
  );
});

describe('any endpoint', () => {
  const port = fc.integer({ min: 1, max: 65535 });
  const host = fc.oneof(
    fc.ipV4().map((ip) => ({ given: ip, host: ip, bracketed: ip })),
    fc.ipV6().map((ip) => ({ given: ip, host: ip.toLowerCase(), bracketed: `[${ip}]` })),
    fc.domain().map((name) => ({ given: name, host: name.toLowerCase(), bracketed: name })),
  );

  it('without a port has port 50000', () => {
    fc.assert(
      fc.property(host, ({ given, host }) => {
        expect(parseEndpoint(given)).toMatchObject({ host, port: 50000 });
      }),
    );
  });

  it('keeps its port, as a URL too', () => {
    fc.assert(
      fc.property(host, port, fc.constantFrom('', 'https://', 'grpc://'), (given, port, scheme) => {
        const { bracketed, host } = given;
        expect(parseEndpoint(`${scheme}${bracketed}:${port}`)).toMatchObject({ host, port });
      }),
    );
  });

  it('has an address that reads as the same endpoint', () => {
    fc.assert(
      fc.property(host, port, ({ bracketed }, port) => {
        const { address, host } = parseEndpoint(`${bracketed}:${port}`);
        expect(parseEndpoint(address)).toEqual({ text: address, address, host, port });
      }),
    );
  });

  it('is an endpoint or a TalosConfigError, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: fc.constantFrom(...'0159af:[]/.%@-u_hx ') }),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          let parsed: ReturnType<typeof parseEndpoint>;
          try {
            parsed = parseEndpoint(text);
          } catch (error) {
            expect(error).toBeInstanceOf(TalosConfigError);
            return;
          }
          expect(parsed.path ?? parsed.host).not.toBe('');
          if (parsed.path === undefined) expect(parsed.port).toBeGreaterThan(0);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
