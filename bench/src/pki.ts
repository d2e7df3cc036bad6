import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate with its key, both PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** What both ends of the benchmark's connections present and trust. */
export interface Pki {
  readonly ca: string;
  readonly server: Identity;
  readonly client: Identity;
}

const algorithm = { name: 'Ed25519' };
const DAY_MS = 86_400_000;

/** Makes a throw-away CA with a server and an administrator certificate, all Ed25519 as in Talos. */
export async function createPki(): Promise<Pki> {
  x509.cryptoProvider.set(webcrypto as unknown as Crypto);
  const dates = {
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
  };
  const caKeys = await makeKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'O=talos',
    keys: caKeys,
    signingAlgorithm: algorithm,
    ...dates,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const issue = async (
    serialNumber: string,
    subject: string,
    extensions: x509.Extension[],
  ): Promise<Identity> => {
    const keys = await makeKeys();
    const cert = await x509.X509CertificateGenerator.create({
      serialNumber,
      subject,
      issuer: ca.subject,
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      signingAlgorithm: algorithm,
      ...dates,
      extensions,
    });
    return { cert: cert.toString('pem'), key: await keyPem(keys.privateKey) };
  };
  const loopback = new x509.SubjectAlternativeNameExtension([
    { type: 'ip', value: '127.0.0.1' },
    { type: 'dns', value: 'localhost' },
  ]);
  return {
    ca: ca.toString('pem'),
    server: await issue('02', 'CN=bench', [loopback]),
    client: await issue('03', 'O=os:admin', []),
  };
}

async function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
}
