import { webcrypto, X509Certificate } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { security, securityMethods } from '../../generated/features/security.js';
import { secrets } from '../../testkit/src/topics/config/secrets.js';
import { recordCoverage } from '../support/coverage.js';
import { expectDeadline, failureOf, tlsCluster } from '../support/feature-calls.js';

const covered = recordCoverage();

async function started() {
  const cluster = covered(await tlsCluster({ workers: 1 }));
  const token = cluster.state(secrets).machineToken;
  return { cluster, trustd: security(cluster.client({ daemon: 'trustd' })), token };
}

/** A request of a worker for a certificate, as PEM. */
async function signingRequest(): Promise<Buffer> {
  const keys = (await webcrypto.subtle.generateKey({ name: 'Ed25519' }, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'O=os:admin, CN=worker-1',
    keys,
    signingAlgorithm: { name: 'Ed25519' },
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: 'ip', value: '10.5.0.3' },
        { type: 'dns', value: 'worker-1' },
      ]),
    ],
  });
  return Buffer.from(request.toString('pem'));
}

describe('certificate', () => {
  it('issues what a request asks for: for a day, for servers, and without roles', async () => {
    const { cluster, trustd, token } = await started();
    const csr = await signingRequest();
    const { crt, ca } = await trustd.certificate({ csr }, { metadata: { token } });
    const leaf = new X509Certificate(Buffer.from(crt));
    const root = new X509Certificate(Buffer.from(ca));
    expect(Buffer.from(ca).toString()).toBe(await cluster.pki.ca());
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.subject).toBe('CN=worker-1');
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(leaf.checkIP('10.5.0.3')).toBe('10.5.0.3');
    expect(leaf.checkHost('worker-1')).toBe('worker-1');
    const hours = (Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / 3_600_000;
    expect(hours).toBe(24);
  });

  it('is refused without the machine token, or with another one', async () => {
    const { trustd } = await started();
    const csr = await signingRequest();
    for (const metadata of [{}, { token: 'abcdef.0123456789abcdef' }]) {
      expect(await failureOf(trustd.certificate({ csr }, { metadata }))).toMatchObject({
        status: 'unauthenticated',
      });
    }
  });

  it('ends at the deadline of the caller', async () => {
    const { cluster, trustd, token } = await started();
    await expectDeadline(cluster.node('cp-1'), securityMethods.certificate, (options) =>
      trustd.certificate({ csr: Buffer.from('x') }, { ...options, metadata: { token } }),
    );
  });

  it('fails for what is no request', async () => {
    const { trustd, token } = await started();
    const csr = Buffer.from('-----BEGIN NOTHING-----');
    expect(await failureOf(trustd.certificate({ csr }, { metadata: { token } }))).toMatchObject({
      status: 'invalid-argument',
    });
  });
});
