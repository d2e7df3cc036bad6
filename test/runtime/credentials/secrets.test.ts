import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../../src/pki/index.js';
import {
  basicAuth,
  type Credentials,
  maintenance,
  mtls,
} from '../../../src/runtime/credentials/index.js';
import { Dialling } from '../../../src/runtime/dial/dialler.js';
import { parseEndpoint } from '../../../src/runtime/dial/endpoint.js';
import { proxying } from '../../../src/runtime/dial/proxy/proxying.js';
import { TalosConfigError } from '../../../src/runtime/errors/config-error.js';
import { talosconfigFields } from '../../../testkit/src/base/pki/index.js';

const authority = createAuthority();
const client = authority.issueClient({ roles: ['os:admin'] });
const fields = talosconfigFields(authority.cert, client);
const username = 'somebody';
const password = 'hunter2 :"\\';
const basic = Buffer.from(`${username}:${password}`).toString('base64');

const secrets = [
  client.key.split('\n')[1] ?? '',
  fields.key.slice(40, 80),
  'hunter2',
  basic,
  basic.slice(4),
  Buffer.from(password).toString('base64'),
];

const everything = {
  depth: Number.POSITIVE_INFINITY,
  showHidden: true,
  getters: true,
  maxArrayLength: null,
  maxStringLength: null,
} as const;

/** All that logging `value` in any way could show. */
function shown(value: unknown): string {
  return [
    inspect(value),
    inspect(value, everything),
    inspect({ nested: [value] }, everything),
    inspect(value, { ...everything, customInspect: false, getters: false }),
    JSON.stringify(value),
    JSON.stringify({ ...(value as object) }),
    String(value),
    ...Object.entries(value as object)
      .flat()
      .map(String),
  ].join('\n');
}

describe('nothing secret shows', () => {
  const all: [string, Credentials][] = [
    ['mtls', mtls({ ca: authority.cert, cert: client.cert, key: client.key })],
    ['mtls of talosconfig fields', mtls({ ca: fields.ca, cert: fields.crt, key: fields.key })],
    ['basicAuth', basicAuth({ username, password, ca: authority.cert })],
    [
      'basicAuth with a certificate',
      basicAuth({ username, password, cert: client.cert, key: client.key }),
    ],
    ['maintenance', maintenance({ fingerprints: [client.fingerprint] })],
  ];

  it.each(all)('in %s credentials', (_kind, credentials) => {
    for (const secret of secrets) expect(shown(credentials)).not.toContain(secret);
  });

  it.each(all)('in what %s credentials give to connections', async (_kind, credentials) => {
    const security = await credentials.security(parseEndpoint('10.0.0.1'));
    for (const secret of secrets) expect(shown(security)).not.toContain(secret);
  });

  it('in the way through a proxy', async () => {
    const endpoint = parseEndpoint('10.0.0.1');
    for (const scheme of ['http', 'https', 'socks5']) {
      const url = `${scheme}://${username}:hunter2@proxy.example:3128`;
      const way = proxying(url);
      const route = way.route(endpoint);
      const credentials = mtls({ cert: client.cert, key: client.key });
      const dialler = await new Dialling((at) => credentials.security(at), way).to(endpoint);
      const text = [way, route, dialler].map(shown).join('\n');
      const login = Buffer.from(`${username}:hunter2`).toString('base64');
      for (const secret of ['hunter2', login]) expect(text).not.toContain(secret);
    }
  });

  it('and yet the kind and the certificate do', () => {
    const [, credentials] = all[0] as [string, Credentials];
    for (const text of [inspect(credentials), JSON.stringify(credentials)]) {
      expect(text).toContain('mtls');
      expect(text).toContain('os:admin');
    }
  });
});

describe('basicAuth', () => {
  it('sends user name and password as RFC 7617 says', () => {
    const { metadata, kind } = basicAuth({ username: 'Aladdin', password: 'open sesame' });
    expect(kind).toBe('basic');
    expect(metadata).toEqual({ authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==' });
  });

  it('encodes text as UTF-8, and takes colons and nothing as password', () => {
    const authorization = (password: string) =>
      basicAuth({ username: 'test', password }).metadata?.authorization;
    expect(authorization('123£')).toBe('Basic dGVzdDoxMjPCow==');
    expect(authorization('a:b')).toBe(`Basic ${Buffer.from('test:a:b').toString('base64')}`);
    expect(authorization('')).toBe(`Basic ${Buffer.from('test:').toString('base64')}`);
  });

  it.each([
    ['username', { username: '', password: 'hunter2' }],
    ['username', { username: 'hunter2:me', password: 'x' }],
    ['username', { username: 'hunter2\n', password: 'x' }],
    ['username', { password: 'hunter2' }],
    ['password', { username: 'me', password: 'hunter2\u0000' }],
    ['password', { username: 'me', password: undefined }],
  ])('refuses a %s that cannot be sent', (field, options) => {
    try {
      basicAuth(options as never);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(TalosConfigError);
      expect((error as TalosConfigError).field).toBe(field);
      expect((error as TalosConfigError).stack).not.toContain('hunter2');
    }
  });
});
