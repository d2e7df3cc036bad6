import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createAuthority } from '../../src/pki/index.js';
import type { TalosClientOptions } from '../../src/runtime/client.js';
import { plaintext } from '../../src/runtime/credentials/index.js';
import {
  type ContextSettings,
  clientOptions,
  loadTalosconfig,
  parseTalosconfig,
} from '../../src/talosconfig/index.js';
import { talosconfigFields } from '../../testkit/src/base/pki/index.js';
import { configErrorOf, logged, printed, temporaryDirectory } from './support.js';

let fields: { ca: string; crt: string; key: string };
let others: { ca: string; crt: string; key: string };

beforeAll(async () => {
  const [one, two] = await Promise.all([createAuthority(), createAuthority()]);
  fields = talosconfigFields(
    [one.cert, two.cert],
    one.issueClient({ roles: ['os:admin', 'os:reader'] }),
  );
  others = talosconfigFields(two.cert, two.issueClient({ roles: ['os:reader'] }));
});

const contextWith = (settings: Partial<ContextSettings>) =>
  parseTalosconfig('', { path: '/p' })
    .withContext('a', { endpoints: ['10.0.0.2'], ...settings })
    .context('a');

/** A context written by hand, where nothing was checked on the way in. */
const handWritten = (text: string) =>
  parseTalosconfig(`contexts:\n  a:\n    endpoints: [10.0.0.2]\n${text.replace(/^/gm, '    ')}\n`, {
    path: '/p',
  }).context('a');

test('gives the options of createTalosClient', async () => {
  const path = join(await temporaryDirectory(), 'config');
  const config = parseTalosconfig('')
    .withContext('prod', {
      endpoints: ['10.0.0.2', 'https://api.example'],
      nodes: ['10.0.0.2', '10.0.0.3'],
      cluster: 'c',
      proxy: 'direct',
      ...fields,
    })
    .withContext('lab', { endpoints: ['lab'], ...others })
    .withCurrentContext('prod');
  await writeFile(path, config.toYaml());

  const options: TalosClientOptions = await loadTalosconfig({ path });
  expect(options).toEqual({
    endpoints: ['10.0.0.2', 'https://api.example'],
    nodes: ['10.0.0.2', '10.0.0.3'],
    cluster: 'c',
    proxy: 'direct',
    credentials: expect.anything(),
  });
  const { credentials } = await loadTalosconfig({ env: { TALOSCONFIG: path } });
  expect(credentials.kind).toBe('mtls');
  expect(credentials.certificate?.roles).toEqual(['os:admin', 'os:reader']);

  const lab = await loadTalosconfig({ path, context: 'lab' });
  expect(Object.keys(lab).sort()).toEqual(['credentials', 'endpoints', 'nodes']);
  expect(lab.credentials.certificate?.roles).toEqual(['os:reader']);

  const error = await configErrorOf(() => loadTalosconfig({ path, context: 'nope' }));
  expect(error).toMatchObject({ path, field: 'contexts' });
});

test.each([
  ['certificate and key', () => ({ ...fields }), 'mtls', true],
  ['certificate and key without a CA', () => ({ crt: fields.crt, key: fields.key }), 'mtls', true],
  ['only a CA', () => ({ ca: fields.ca }), 'tls', false],
  ['nothing', () => ({}), 'tls', false],
  [
    'a user name and password',
    () => ({ basic: { username: 'anna', password: 'word' } }),
    'basic',
    false,
  ],
  [
    'all of it',
    () => ({ ...fields, basic: { username: 'anna', password: 'word' } }),
    'basic',
    true,
  ],
])('a context with %s gives credentials that fit', (_, settings, kind, certificate) => {
  const { credentials } = clientOptions(contextWith(settings()));
  expect(credentials.kind).toBe(kind);
  expect(credentials.certificate !== undefined).toBe(certificate);
  if (kind === 'basic') {
    const authorization = `Basic ${Buffer.from('anna:word').toString('base64')}`;
    expect(credentials.metadata).toEqual({ authorization });
  }
});

test('credentials from elsewhere win over those of the context, which are not looked at', async () => {
  const path = join(await temporaryDirectory(), 'config');
  await writeFile(path, 'context: a\ncontexts: {a: {endpoints: [e], ca: broken}}');
  const credentials = plaintext();
  expect((await loadTalosconfig({ path, credentials })).credentials).toBe(credentials);
});

test.each([
  ['no endpoint', () => 'endpoints2: []', 'endpoints', 3],
  ['a bad endpoint', () => 'target: a b', 'endpoints[1]', 3],
  ['a node with a port', () => 'nodes: ["10.0.0.2", "SECRET:50000"]', 'nodes[1]', 4],
  ['a node that is empty', () => 'nodes: [""]', 'nodes[0]', 4],
  ['a node with blanks', () => 'nodes:\n- "SECRET SECRET"', 'nodes[0]', 5],
  ['a cluster that cannot be sent', () => 'cluster: "SECRET\\n"', 'cluster', 4],
  ['a bad proxy', () => 'proxy-url: ftp://anna:SECRET@p', 'proxy-url', 4],
  ['a proxy that is no URL', () => 'proxy-url: anna:SECRET@p', 'proxy-url', 4],
  ['a proxy as in options', () => 'proxy-url: environment', 'proxy-url', 4],
  ['a ca that is PEM', () => 'ca: "-----BEGIN CERTIFICATE-----\\nSECRET"', 'ca', 4],
  ['a ca that is a file name', () => 'ca: /SECRET/ca.crt', 'ca', 4],
  ['a ca that is base64 of something', () => `ca: ${base64('SECRET')}`, 'ca', 4],
  ['a ca without padding', () => `ca: ${base64('-----BEGIN SECRET').replace(/=*$/, '')}x`, 'ca', 4],
  ['a ca that is a key', () => `ca: ${fields.key}`, 'ca', 4],
  ['a crt without a key', () => `ca: ${fields.ca}\ncrt: ${fields.crt}`, 'key', 2],
  ['a key without a crt', () => `key: ${fields.key}`, 'crt', 2],
  ['a crt that is a key', () => `crt: ${fields.key}\nkey: ${fields.key}`, 'crt', 4],
  ['a key that is a certificate', () => `crt: ${fields.crt}\nkey: ${fields.crt}`, 'key', 5],
  ['a key of another certificate', () => `crt: ${fields.crt}\nkey: ${others.key}`, 'key', 5],
  [
    'a damaged key',
    () =>
      `crt: ${fields.crt}\nkey: ${base64('-----BEGIN PRIVATE KEY-----\nU0VDUkVU\n-----END PRIVATE KEY-----\n')}`,
    'key',
    5,
  ],
  [
    'a user name with a colon',
    () => 'auth: {basic: {username: "a:SECRET", password: SECRET}}',
    'auth.basic.username',
    4,
  ],
  ['no user name', () => 'auth:\n  basic: {password: SECRET}', 'auth.basic.username', 5],
  [
    'signing and a password',
    () => 'auth:\n  siderov1: {identity: a}\n  basic: {username: a, password: SECRET}',
    'auth.basic',
    5,
  ],
  [
    'an identity with a space',
    () => 'auth:\n  siderov1: {identity: a SECRET}',
    'auth.siderov1.identity',
    5,
  ],
  ['no identity', () => 'auth:\n  siderov1: {}', 'auth.siderov1.identity', 5],
])('a context with %s is an error that names file, line and key', async (what, text, key, line) => {
  const context =
    what === 'no endpoint'
      ? parseTalosconfig('contexts:\n  a:\n    endpoints: []', { path: '/p' }).context('a')
      : handWritten(text());
  const error = await configErrorOf(() => clientOptions(context));
  expect(error).toMatchObject({ path: '/p', field: `contexts.a.${key}` });
  expect(error.message).toMatch(/^talosconfig \/p, line \d+: contexts\.a\./);
  expect(error.message).toContain(`line ${line}:`);
  for (const secret of [
    'SECRET',
    base64('SECRET').slice(0, 7),
    fields.key.slice(90),
    others.key.slice(90),
  ]) {
    expect(printed(error)).not.toContain(secret);
    expect(printed(error.cause)).not.toContain(secret);
  }
});

test('a key in the place of an endpoint or a node is not repeated', async () => {
  const { key } = fields;
  const body = key.slice(90, 120);
  for (const value of [
    key,
    `https://${key}`,
    `[${key}]`,
    `${key}:1`,
    `${key}:1:2`,
    `unix:${key}`,
  ]) {
    const endpoint = `contexts: {a: {endpoints: [${JSON.stringify(value)}]}}`;
    const node = `contexts: {a: {endpoints: [e], nodes: [${JSON.stringify(`${key}:1`)}]}}`;
    for (const text of [endpoint, node]) {
      const error = await configErrorOf(() => clientOptions(parseTalosconfig(text).context('a')));
      expect(printed(error)).not.toContain(body);
      expect(printed(error.cause)).not.toContain(body);
    }
  }
});

test('one broken context does not hide the others', () => {
  const config = parseTalosconfig(
    `contexts:\n  bad: {endpoints: [e], ca: x, key: y}\n  good: {endpoints: [e], ca: ${fields.ca}}\n`,
  );
  expect(clientOptions(config.context('good')).credentials.kind).toBe('tls');
});

test('nothing that is exported shows a secret when it is printed', () => {
  const config = parseTalosconfig('')
    .withContext('a', {
      endpoints: ['e'],
      ...fields,
      basic: { username: 'anna', password: 'pass-word' },
      proxy: 'http://proxy-user:proxy-word@proxy.example:3128',
    })
    .withCurrentContext('a');
  const merged = config.mergedWith(config);
  const secrets = [
    fields.key,
    fields.crt,
    fields.key.slice(90),
    'pass-word',
    'proxy-word',
    base64('anna:pass-word'),
  ];
  for (const value of [config, config.context(), config.contexts, merged]) {
    for (const secret of secrets) expect(printed(value)).not.toContain(secret);
  }
  const options = clientOptions(config.context());
  for (const secret of secrets) expect(logged(options)).not.toContain(secret);
  for (const secret of secrets) expect(logged(options.credentials)).not.toContain(secret);
  expect(logged(options)).toContain('http://<hidden>@proxy.example:3128');
  // What the client gets, also from a copy, is the whole URL.
  expect(options.proxy).toBe('http://proxy-user:proxy-word@proxy.example:3128');
  expect({ ...options }.proxy).toBe(options.proxy);
});

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
