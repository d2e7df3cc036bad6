import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../../src/pki/index.js';
import { basicAuth, mtls, serverTls } from '../../../src/runtime/credentials/index.js';
import { readCertificates, readPrivateKey } from '../../../src/runtime/credentials/key-material.js';
import { readPem } from '../../../src/runtime/credentials/pem.js';
import { TalosConfigError } from '../../../src/runtime/errors/config-error.js';
import { talosconfigFields } from '../../../testkit/src/base/pki/index.js';
import { createIdentity } from './identities.js';

const authority = createAuthority();
const other = createAuthority({ organization: 'other' });
const admin = authority.issueClient({ roles: ['os:admin'] });
const reader = authority.issueClient({ roles: ['os:reader'] });
const given = { ca: authority.cert, cert: admin.cert, key: admin.key };
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function failure(run: () => unknown): TalosConfigError {
  try {
    run();
  } catch (error) {
    if (error instanceof TalosConfigError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('certificates and keys', () => {
  const fields = talosconfigFields(authority.cert, admin);
  it.each([
    ['PEM text', given],
    [
      'bytes',
      {
        ca: Buffer.from(given.ca),
        cert: new Uint8Array(Buffer.from(given.cert)),
        key: Buffer.from(given.key),
      },
    ],
    ['talosconfig fields', { ca: fields.ca, cert: fields.crt, key: fields.key }],
    [
      'bytes of talosconfig fields',
      {
        ca: Buffer.from(fields.ca),
        cert: Buffer.from(fields.crt),
        key: Buffer.from(fields.key),
      },
    ],
    ['base64 with line breaks', { ...given, key: fields.key.replace(/(.{40})/g, '$1\n  ') }],
    [
      'CRLF',
      {
        ca: given.ca.replaceAll('\n', '\r\n'),
        cert: given.cert.replaceAll('\n', '\r\n'),
        key: given.key.replaceAll('\n', '\r\n'),
      },
    ],
    ['indented text', { ...given, key: given.key.replaceAll('\n', '\n    ') }],
    [
      'text around and between',
      {
        ca: `# CA\n${authority.cert}rotated on ---- Monday\r\n${other.cert}-- end --`,
        cert: `\ufeffBag Attributes: none\n${admin.cert}`,
        key: `junk\n${admin.key}junk`,
      },
    ],
    ['an ordinary PKCS#8 label', { ...given, key: admin.pkcs8Key }],
    [
      'certificate and key in one text',
      {
        ...given,
        cert: admin.cert + admin.key,
        key: admin.cert + admin.key,
      },
    ],
    ['an intermediate after the certificate', { ...given, cert: admin.cert + authority.cert }],
    ['no CA', { cert: given.cert, key: given.key }],
  ])('can be given as %s', (_form, options) => {
    expect(mtls(options).certificate?.roles).toEqual(['os:admin']);
  });

  it('may be several CAs', () => {
    expect(readCertificates(authority.cert + other.cert, 'ca').map(String)).toEqual([
      authority.cert,
      other.cert,
    ]);
  });

  it.each([
    ['ed25519', 'pkcs8', 'PRIVATE KEY'],
    ['ec', 'sec1', 'EC PRIVATE KEY'],
    ['ec', 'pkcs8', 'PRIVATE KEY'],
    ['rsa', 'pkcs1', 'RSA PRIVATE KEY'],
    ['rsa', 'pkcs8', 'PRIVATE KEY'],
  ] as const)('may have a key of type %s as %s', async (kind, type, label) => {
    const { cert, key } = await createIdentity(kind);
    const pem = key.export({ type, format: 'pem' } as never).toString();
    expect(pem).toContain(`-----BEGIN ${label}-----`);
    expect(mtls({ ca: authority.cert, cert, key: pem }).certificate?.roles).toEqual(['os:reader']);
  });

  it('may have parameters before an EC key, as openssl writes them', async () => {
    const { cert, key } = await createIdentity('ec');
    const parameters =
      '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
    const pem = parameters + key.export({ type: 'sec1', format: 'pem' });
    expect(mtls({ cert, key: pem }).certificate?.roles).toEqual(['os:reader']);
  });
});

describe('what cannot be used', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pair = generateKeyPairSync('ed25519');
  const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const encrypted = pair.privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'hunter2' })
    .toString();
  const legacy = rsa.privateKey
    .export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'hunter2' })
    .toString();
  const damaged = admin.key.replace(/\n(.{10})/, '\n$1*');
  const cut = admin.key.slice(0, -10);
  const der = pair.privateKey.export({ type: 'pkcs8', format: 'der' });
  const rsaDer = rsa.privateKey.export({ type: 'pkcs8', format: 'der' });
  const nonsense = `-----BEGIN CERTIFICATE-----\n${base64('hunter2'.repeat(9))}\n-----END CERTIFICATE-----`;
  const badKey = nonsense.replaceAll('CERTIFICATE', 'ED25519 PRIVATE KEY');
  const request = nonsense.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST');

  it.each([
    ['a public key', 'key', publicKey, 'a private key is needed, not a public key'],
    [
      'an Ed25519 public key of Talos',
      'key',
      publicKey.replaceAll('PUBLIC', 'ED25519 PUBLIC'),
      'a private key is needed, not a public key',
    ],
    ['a certificate', 'key', admin.cert, 'a private key is needed, not a certificate'],
    [
      'certificate and public key',
      'key',
      admin.cert + publicKey,
      'not a certificate and a public key',
    ],
    ['a certificate request', 'key', request, 'not a certificate request'],
    ['an encrypted key', 'key', encrypted, 'encrypted'],
    ['an encrypted key of the old kind', 'key', legacy, 'encrypted'],
    ['two keys', 'key', admin.key + reader.key, 'one private key is needed, not 2'],
    ['a damaged key', 'key', damaged, 'PEM block 1 (ED25519 PRIVATE KEY) is damaged'],
    ['nonsense in a key block', 'key', badKey, 'the ED25519 PRIVATE KEY block is no private key'],
    ['a key that was cut off', 'key', cut, 'no end line'],
    [
      'a key with the end of another',
      'key',
      admin.key.replace('END ED25519', 'END EC'),
      'no end line',
    ],
    ['a file name', 'key', '/etc/talos/admin.key', 'a file name'],
    ['a file name', 'ca', 'pki/ca.pem', 'a file name'],
    ['DER', 'key', rsaDer, 'DER: give it as PEM'],
    ['base64 of DER', 'key', rsaDer.toString('base64'), 'base64 of DER'],
    ['short DER', 'key', der, 'no PEM block found'],
    ['any text', 'key', 'hunter2', 'no PEM block found'],
    ['base64 of any text', 'key', base64('hunter2hunter2'), 'no PEM block found'],
    ['nothing', 'key', '', 'is empty'],
    ['nothing', 'ca', new Uint8Array(), 'is empty'],
    ['a number', 'cert', 7, 'must be PEM text, its bytes, or base64'],
    ['null', 'ca', null, 'must be PEM text, its bytes, or base64'],
    ['a private key', 'ca', admin.key, 'a certificate is needed, not a private key'],
    ['an encrypted private key', 'ca', encrypted, 'not an encrypted private key'],
    ['a private key', 'cert', admin.key, 'a certificate is needed, not a private key'],
    ['a public key', 'cert', publicKey, 'a certificate is needed, not a public key'],
    ['a certificate request', 'cert', request, 'not a certificate request'],
    ['nonsense in a block', 'cert', nonsense, 'certificate 1 of 1 is damaged'],
    [
      'nonsense in a second block',
      'ca',
      authority.cert + nonsense,
      'certificate 2 of 2 is damaged',
    ],
    [
      'a foreign block',
      'ca',
      nonsense.replaceAll('CERTIFICATE', 'X509 CRL'),
      'a PEM block labelled X509 CRL',
    ],
  ])('%s as %s', (_what, field, value, reason) => {
    const error = failure(() => mtls({ ...given, [field]: value } as never));
    expect(error.field).toBe(field);
    expect(error.message).toMatch(new RegExp(`^${field}: `));
    expect(error.message).toContain(reason);
    const told = `${error.stack} ${error.cause}`;
    const content = typeof value === 'string' ? value : '';
    const lines = content.split('\n').filter((line) => line.length > 8 && !line.startsWith('---'));
    for (const secret of ['hunter2', ...lines]) expect(told).not.toContain(secret);
  });

  it.each([
    [{ cert: admin.cert, key: undefined }, 'key', 'is missing'],
    [{ cert: undefined, key: admin.key }, 'cert', 'is missing'],
    [{ cert: admin.cert, key: reader.key }, 'key', 'does not belong to the certificate'],
    [{ cert: authority.cert + admin.cert, key: admin.key }, 'key', 'does not belong'],
  ])('a certificate and a key that make no pair', (pair, field, reason) => {
    const error = failure(() => mtls(pair as never));
    expect(error.field).toBe(field);
    expect(error.message).toContain(reason);
  });

  it('a key of another kind than the certificate', async () => {
    const { key } = await createIdentity('rsa');
    const pem = key.export({ type: 'pkcs1', format: 'pem' }).toString();
    const error = failure(() => mtls({ cert: admin.cert, key: pem }));
    expect(error.message).toBe('key: the key does not belong to the certificate');
  });

  it('is refused by the other factories too', () => {
    expect(failure(() => serverTls({ ca: 'nothing' })).field).toBe('ca');
    const login = { username: 'me', password: 'hunter2' };
    expect(failure(() => basicAuth({ ...login, ca: 'nothing' })).field).toBe('ca');
    expect(failure(() => basicAuth({ ...login, cert: admin.cert })).field).toBe('key');
  });

  it('is a TalosConfigError without content, whatever the text', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('-----BEGIN ', 'CERTIFICATE', 'PRIVATE KEY', '-----', '-----END ', '\n', ':'),
      fc.constantFrom(admin.cert, admin.key),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        for (const read of [readCertificates, readPrivateKey]) {
          try {
            read(pieces.join(''), 'ca');
          } catch (error) {
            expect(error).toBeInstanceOf(TalosConfigError);
            expect((error as TalosConfigError).field).toBe('ca');
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is refused at once, however many blocks are begun and not ended', () => {
    const text = '-----BEGIN CERTIFICATE-----\n'.repeat(200_000);
    expect(failure(() => readPem(text, 'ca')).message).toContain('PEM block 1 has no end line');
  });
});
