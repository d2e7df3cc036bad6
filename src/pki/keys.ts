import type { KeyObject } from 'node:crypto';
import { nodeCrypto } from './node-crypto.js';

/** The kinds of keys that Talos makes: Ed25519 for its own API, P-256 for etcd and Kubernetes. */
export type KeyKind = 'ed25519' | 'p256';

/** A fresh private key. */
export function generateKey(kind: KeyKind): KeyObject {
  const { generateKeyPairSync } = nodeCrypto();
  return kind === 'ed25519'
    ? generateKeyPairSync('ed25519').privateKey
    : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/** A fresh private key of RSA with 4096 bits. Takes about a second, beside the event loop. */
export function generateRsaKey(): Promise<KeyObject> {
  const { generateKeyPair } = nodeCrypto();
  return new Promise((resolve, reject) => {
    generateKeyPair('rsa', { modulusLength: 4096 }, (error, _publicKey, privateKey) => {
      if (error === null) resolve(privateKey);
      else reject(error);
    });
  });
}

/**
 * The private key in a PEM text, whichever label it has.
 *
 * @throws when there is none of a kind that Talos reads: Ed25519, of an elliptic curve, or RSA.
 */
export function openKey(pem: string): KeyObject {
  const key = readKey(pem);
  if (!['ed25519', 'ec', 'rsa'].includes(key.asymmetricKeyType ?? '')) {
    throw new Error(`keys of the kind ${key.asymmetricKeyType} are none that Talos reads`);
  }
  return key;
}

function readKey(pem: string): KeyObject {
  try {
    return nodeCrypto().createPrivateKey(pem.replaceAll('ED25519 PRIVATE KEY', 'PRIVATE KEY'));
  } catch (cause) {
    throw new Error('there is no private key in it that can be read', { cause });
  }
}

/**
 * The private key as PEM text with the label that Talos writes: `EC PRIVATE KEY` (SEC 1),
 * `RSA PRIVATE KEY` (PKCS#1), or PKCS#8 with the label `ED25519 PRIVATE KEY`, which OpenSSL and
 * Node refuse.
 */
export function keyPem(key: KeyObject): string {
  switch (key.asymmetricKeyType) {
    case 'ec':
      return key.export({ type: 'sec1', format: 'pem' }).toString();
    case 'rsa':
      return key.export({ type: 'pkcs1', format: 'pem' }).toString();
    default:
      return pkcs8Pem(key).replaceAll('PRIVATE KEY', 'ED25519 PRIVATE KEY');
  }
}

/** The private key as PEM text in PKCS#8 with its ordinary label, as OpenSSL and Node read it. */
export function pkcs8Pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The public half, as certificates hold it. */
export function publicKeyDer(key: KeyObject): Uint8Array {
  return nodeCrypto().createPublicKey(key).export({ type: 'spki', format: 'der' });
}
