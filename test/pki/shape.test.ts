import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type DerValue, partsOf, readDer } from '../../src/pki/der-reader.js';
import {
  createRoot,
  generateRsaKey,
  keyPem,
  openAuthority,
  type RootOptions,
} from '../../src/pki/index.js';
import { fromPem } from '../../src/pki/pem.js';
import { createIdentity } from '../runtime/credentials/identities.js';

type Encoded = { readonly crt: string; readonly key: string };
const vectors = parse(readFileSync('test/machine-config/vectors/secrets.yaml', 'utf8')) as {
  readonly certs: Readonly<Record<'etcd' | 'k8s' | 'k8saggregator' | 'os', Encoded>>;
};
const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString();

/** The CAs of the official generator, made at the start of 2026. */
const official = (
  [
    ['os', {}],
    ['k8s', { organization: 'kubernetes', keys: 'p256' }],
    ['etcd', { organization: 'etcd', keys: 'p256' }],
    ['k8saggregator', { organization: '', keys: 'p256' }],
  ] satisfies [keyof typeof vectors.certs, RootOptions][]
).map(([name, options]) => ({
  name,
  options: { ...options, now: () => Date.UTC(2026, 0, 1) } satisfies RootOptions,
  cert: decoded(vectors.certs[name].crt),
  key: decoded(vectors.certs[name].key),
}));

/** What is in a value: numbers, keys and signatures by their kind alone, since they are chance. */
function shape(value: DerValue): unknown {
  const { tag, content } = value;
  if (tag & 0x20) return [tag, ...partsOf(value).map(shape)];
  const chance = tag === 0x02 && content.length > 1 ? 'number' : undefined;
  const key = tag === 0x03 ? `bits after ${content[0]}` : undefined;
  const isKeyId = tag === 0x04 && content.length === 22;
  return [tag, chance ?? key ?? (isKeyId ? 'key id' : Buffer.from(content).toString('hex'))];
}

const shapeOf = (pem: string): unknown => shape(readDer(fromPem(pem).bytes));

describe.each(official)('the CA $name', ({ options, cert, key }) => {
  const made = createRoot(options);

  it('is written as the official generator writes it, but for what is chance', () => {
    expect(shapeOf(made.cert)).toEqual(shapeOf(cert));
  });

  it('has a key that is written as the official generator writes it', () => {
    const labelled = (pem: string) => ({
      label: fromPem(pem).label,
      size: fromPem(pem).bytes.length,
    });
    expect(labelled(made.key)).toEqual(labelled(key));
  });

  it('issues certificates when it comes from the official generator', () => {
    const authority = openAuthority({ cert, key });
    const { cert: issued } = authority.issueClient({ roles: ['os:admin'] });
    const leaf = new X509Certificate(issued);
    expect(leaf.verify(new X509Certificate(cert).publicKey)).toBe(true);
    expect(leaf.issuer).toBe(new X509Certificate(cert).subject);
  });
});

it('a key of RSA has 4096 bits, and is written in PKCS#1', async () => {
  const pem = keyPem(await generateRsaKey());
  expect(fromPem(pem).label).toBe('RSA PRIVATE KEY');
  expect(createPrivateKey(pem).asymmetricKeyDetails?.modulusLength).toBe(4096);
});

describe('a CA made elsewhere', () => {
  it('may have a key of RSA, and issues for keys of P-256', async () => {
    const { cert, key } = await createIdentity('rsa');
    const authority = openAuthority({ cert, key: keyPem(key) });
    const leaf = new X509Certificate(authority.issueClient({ roles: ['system:masters'] }).cert);
    expect(leaf.verify(createPublicKey(key))).toBe(true);
    expect(leaf.publicKey.asymmetricKeyType).toBe('ec');
  });

  it('is refused with the key of another, without a word of either', () => {
    const { cert } = createRoot();
    const { key } = createRoot();
    expect(() => openAuthority({ cert, key })).toThrow('the key is not that of the certificate');
  });

  it.each([
    ['no PEM', 'secret'],
    ['a key', createRoot().key],
    ['a cut certificate', createRoot().cert.replace(/\n[A-Za-z0-9+/]{64}\n/, '\n')],
    ['base64 that is damaged', '-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----'],
  ])('is refused when its certificate is %s', (_, cert) => {
    expect(() => openAuthority({ cert, key: createRoot().key })).toThrow(/PEM block/);
  });

  it('is refused when its key cannot be read, or is of another kind', () => {
    const { cert } = createRoot();
    expect(() => openAuthority({ cert, key: 'secret' })).toThrow(/no private key/);
  });
});

const openssl = spawnSync('openssl', ['version']);
const missing = openssl.error !== undefined;
if (missing) console.warn('openssl is not here: what it says of certificates is not tested');

describe.skipIf(missing)('openssl', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pki-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text, { mode: 0o600 });
    return join(directory, name);
  };
  const run = (...args: string[]): string =>
    execFileSync('openssl', args, { stdio: 'pipe' }).toString();

  it.each([
    { organization: 'talos', keys: 'ed25519' },
    { organization: 'kubernetes', keys: 'p256' },
  ] as const)('verifies what a CA of $organization issues', (options) => {
    const authority = openAuthority(createRoot(options));
    const ca = file('ca.crt', authority.cert);
    const server = authority.issueServer({ names: ['10.0.0.1', 'fd00::1', 'cp-1'] });
    const client = authority.issueClient({ roles: ['os:admin', 'os:reader'] });
    const verify = (purpose: string, cert: string, ...more: string[]) =>
      run(
        'verify',
        '-x509_strict',
        '-CAfile',
        ca,
        '-purpose',
        purpose,
        ...more,
        file('leaf', cert),
      );
    expect(verify('sslserver', server.cert, '-verify_ip', 'fd00::1')).toMatch(/OK/);
    expect(verify('sslserver', server.cert, '-verify_hostname', 'cp-1')).toMatch(/OK/);
    expect(verify('sslclient', client.cert)).toMatch(/OK/);
    expect(() => verify('sslserver', client.cert)).toThrow();
    const text = run('x509', '-noout', '-text', '-in', file('leaf', client.cert));
    expect(text).toMatch(/X509v3 Key Usage: critical\s+Digital Signature\n/);
    expect(text).toMatch(/X509v3 Extended Key Usage: \s+TLS Web Client Authentication\n/);
    expect(text).not.toMatch(/Basic Constraints/);
    expect(text).toMatch(/Subject: O = os:admin \+ O = os:reader/);
    const keyId = (name: string, cert: string) =>
      new RegExp(`${name}: \\s+([0-9A-F:]+)`).exec(
        run('x509', '-noout', '-text', '-in', cert),
      )?.[1];
    expect(keyId('Authority Key Identifier', file('leaf', client.cert))).toBe(
      keyId('Subject Key Identifier', ca),
    );
  });

  it('asks that the names of a certificate without a subject are understood', () => {
    const { cert } = openAuthority(createRoot()).issueServer({ names: ['10.0.0.1'] });
    const text = run('x509', '-noout', '-text', '-in', file('nameless', cert));
    expect(text).toMatch(/Subject: \n/);
    expect(text).toMatch(/Subject Alternative Name: critical/);
  });
});
