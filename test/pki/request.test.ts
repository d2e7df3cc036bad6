import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../src/pki/index.js';
import { fromPem, toPem } from '../../src/pki/pem.js';
import { signRequest } from '../../src/pki/request.js';

const authority = createAuthority();
const algorithms = {
  ed25519: { name: 'Ed25519' },
  p256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  p384: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  rsa: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  },
};

async function request(kind: keyof typeof algorithms, name = 'O=os:admin, CN=worker-1') {
  const signingAlgorithm = algorithms[kind];
  const keys = (await crypto.subtle.generateKey(signingAlgorithm, true, [
    'sign',
    'verify',
  ])) as x509.Pkcs10CertificateRequestCreateParams['keys'];
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: 'ip', value: '10.5.0.3' },
        { type: 'ip', value: 'fd00::3' },
        { type: 'dns', value: 'worker-1' },
        { type: 'email', value: 'a@b.example' },
      ]),
    ],
  });
  return made.toString('pem');
}

describe('a certificate request', () => {
  it.each(Object.keys(algorithms) as (keyof typeof algorithms)[])(
    'of a key of %s gets a certificate for its names and its key',
    async (kind) => {
      const csr = await request(kind);
      const leaf = new X509Certificate(signRequest(authority, csr));
      expect(leaf.subject).toBe('CN=worker-1');
      expect(leaf.subjectAltName).toBe(
        'IP Address:10.5.0.3, IP Address:FD00:0:0:0:0:0:0:3, DNS:worker-1',
      );
      const { publicKey } = new x509.Pkcs10CertificateRequest(csr);
      expect(leaf.publicKey.export({ type: 'spki', format: 'der' })).toEqual(
        Buffer.from(publicKey.rawData),
      );
      expect(leaf.verify(new X509Certificate(authority.cert).publicKey)).toBe(true);
    },
  );

  it('may be without a common name', async () => {
    const leaf = new X509Certificate(signRequest(authority, await request('ed25519', 'O=x')));
    expect(leaf.subject).toBe('CN=worker-1'); // the first name
  });

  describe('that was tampered with', () => {
    let bytes: Uint8Array;
    beforeAll(async () => {
      bytes = fromPem(await request('ed25519')).bytes;
    });

    it('is refused, whichever bit is another', () => {
      const taken: string[] = [];
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const changed = Uint8Array.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        try {
          signRequest(authority, toPem('CERTIFICATE REQUEST', changed));
          taken.push(`bit ${bit & 7} of byte ${bit >> 3}`);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }
      expect(taken).toEqual([]);
    });

    it('is refused when it is cut, or says it is something else', () => {
      const csr = toPem('CERTIFICATE REQUEST', bytes.subarray(0, 100));
      expect(() => signRequest(authority, csr)).toThrow(/DER/);
      expect(() => signRequest(authority, toPem('CERTIFICATE', bytes))).toThrow(
        /no certificate request/,
      );
      expect(() => signRequest(authority, 'x')).toThrow(/no PEM block/);
    });
  });
});
