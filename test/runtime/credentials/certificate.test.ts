import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAuthority, lifetimes } from '../../../src/pki/index.js';
import {
  basicAuth,
  certificateProblem,
  maintenance,
  mtls,
  plaintext,
  serverTls,
  systemRoots,
} from '../../../src/runtime/credentials/index.js';
import { TalosConfigError } from '../../../src/runtime/errors/config-error.js';
import { datesWith } from '../../../testkit/src/base/pki/index.js';
import { identityWithSubject } from './identities.js';

const authority = createAuthority();

async function certificateOf(subject: Record<string, string[]>[]) {
  const { cert, key } = await identityWithSubject(subject);
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const { certificate } = mtls({ cert, key: pem });
  if (certificate === undefined) throw new Error('no certificate');
  return certificate;
}

describe('the certificate of credentials', () => {
  it('tells subject, roles, dates and fingerprint', async () => {
    const notBefore = new Date('2026-01-02T03:04:05Z');
    const { cert, key } = authority.issueClient({
      roles: ['os:reader', 'os:admin'],
      commonName: 'me',
      notBefore,
      lifetimeMs: 3_600_000,
    });
    expect(mtls({ ca: authority.cert, cert, key }).certificate).toEqual({
      subject: 'O=os:admin + O=os:reader, CN=me',
      roles: ['os:admin', 'os:reader'],
      notBefore,
      notAfter: new Date('2026-01-02T04:04:05Z'),
      fingerprint: new X509Certificate(cert).fingerprint256,
    });
  });

  it.each([
    [[{ O: ['os:admin'] }], ['os:admin']],
    [[{ O: ['os:reader', 'os:etcd:backup'] }], ['os:reader', 'os:etcd:backup']],
    [
      [{ O: ['os:reader'] }, { O: ['os:admin'] }],
      ['os:reader', 'os:admin'],
    ],
    [[{ O: [' os:admin\t', '  '] }], ['os:admin']],
    [[{ O: ['os:future', 'Äpfel, GmbH'] }], ['os:future', 'Äpfel, GmbH']],
    [[{ CN: ['os:admin'] }, { OU: ['os:reader'] }], []],
    [[{ CN: ['O=os:admin'] }], []],
    [[{ CN: ['a\nO=os:admin'] }], []],
    [[], []],
  ])('has for the subject %j the roles %j', async (subject, roles) => {
    expect((await certificateOf(subject as Record<string, string[]>[])).roles).toEqual(roles);
  });

  it('cannot be changed', async () => {
    const certificate = await certificateOf([{ O: ['os:reader'] }]);
    expect(() => (certificate.roles as string[]).push('os:admin')).toThrow(TypeError);
    expect(() => Object.assign(certificate, { roles: ['os:admin'] })).toThrow(TypeError);
  });

  it('is absent where there is none', () => {
    const { cert: ca } = authority;
    for (const credentials of [
      serverTls({ ca }),
      systemRoots(),
      basicAuth({ ca, username: 'me', password: 'x' }),
      maintenance({ insecure: true }),
      plaintext(),
    ]) {
      expect(credentials.certificate).toBeUndefined();
    }
  });

  it('may go with user name and password', async () => {
    const { cert, key } = authority.issueClient({ roles: ['os:admin'] });
    const credentials = basicAuth({ username: 'me', password: 'x', cert, key });
    expect(credentials.certificate?.roles).toEqual(['os:admin']);
  });
});

describe('a problem of the certificate', () => {
  const certificate = {
    subject: 'O=os:admin',
    roles: ['os:admin'],
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2027-01-01T00:00:00Z'),
    fingerprint: '',
  };

  it.each(['2026-01-01T00:00:00Z', '2026-06-01T00:00:00Z', '2027-01-01T00:00:00Z'])(
    'is not there at %s',
    (now) => {
      expect(certificateProblem(certificate, Date.parse(now))).toBeUndefined();
    },
  );

  it.each([
    ['2027-01-01T00:00:01Z', 'expired at 2027-01-01T00:00:00.000Z'],
    ['2025-12-31T23:59:59Z', 'valid only from 2026-01-01T00:00:00.000Z'],
  ])('at %s is that it %s', (now, reason) => {
    const problem = certificateProblem(certificate, Date.parse(now));
    expect(problem).toBeInstanceOf(TalosConfigError);
    expect(problem?.field).toBe('credentials');
    expect(problem?.message).toContain(reason);
  });

  it('is judged by the clock of the machine unless told otherwise', async () => {
    for (const flaw of ['expired', 'not-yet-valid'] as const) {
      const { cert, key } = authority.issueClient({
        roles: ['os:admin'],
        ...datesWith(flaw, lifetimes.client),
      });
      const { certificate } = mtls({ cert, key });
      expect(certificate && certificateProblem(certificate)).toBeInstanceOf(TalosConfigError);
    }
  });
});
