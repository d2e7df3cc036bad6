import 'reflect-metadata';
import { KeyObject, type webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A self-signed certificate with its key. */
export interface Identity {
  readonly cert: string;
  readonly key: KeyObject;
}

const algorithms = {
  ed25519: { name: 'Ed25519' },
  ec: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  rsa: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  },
};

/** Makes an identity with a key of the given kind, for os:reader. */
export async function createIdentity(kind: keyof typeof algorithms): Promise<Identity> {
  const algorithm = algorithms[kind];
  const keys = (await crypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'O=os:reader',
    keys,
    signingAlgorithm: algorithm,
  });
  return { cert: certificate.toString('pem'), key: KeyObject.from(keys.privateKey) };
}

/** A certificate with this subject, and its key. */
export async function identityWithSubject(subject: x509.JsonName): Promise<Identity> {
  const keys = (await crypto.subtle.generateKey(algorithms.ed25519, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: new x509.Name(subject),
    keys,
    signingAlgorithm: algorithms.ed25519,
  });
  return { cert: certificate.toString('pem'), key: KeyObject.from(keys.privateKey) };
}
