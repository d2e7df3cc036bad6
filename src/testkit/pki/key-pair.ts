import { createPrivateKey, KeyObject, webcrypto } from 'node:crypto';
import type { KeyKind } from './root.js';

/** The algorithms of the keys. */
const algorithms = {
  ed25519: { name: 'Ed25519' },
  p256: { name: 'ECDSA', namedCurve: 'P-256' },
} as const;

/** How each kind of key signs. */
export const signing = {
  ed25519: { name: 'Ed25519' },
  p256: { name: 'ECDSA', hash: 'SHA-256' },
} as const;

/** A fresh key pair, extractable. */
export async function createKeyPair(kind: KeyKind = 'ed25519'): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithms[kind], true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
}

/**
 * The private key in a PEM text, whichever label it has.
 *
 * @throws when it is no key that Talos uses.
 */
export async function importKey(
  pem: string,
): Promise<{ readonly key: webcrypto.CryptoKey; readonly kind: KeyKind }> {
  const key = createPrivateKey(pem.replaceAll('ED25519 PRIVATE KEY', 'PRIVATE KEY'));
  const kind = key.asymmetricKeyType === 'ed25519' ? 'ed25519' : 'p256';
  const der = key.export({ type: 'pkcs8', format: 'der' });
  return {
    key: await webcrypto.subtle.importKey('pkcs8', der, algorithms[kind], true, ['sign']),
    kind,
  };
}

/** The private key as PEM: PKCS#8 with its ordinary label, as OpenSSL and Node read it. */
export function toPkcs8Pem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}

/**
 * The private key as Talos writes it: `EC PRIVATE KEY`, or PKCS#8 with the label
 * `ED25519 PRIVATE KEY`, which OpenSSL and Node refuse.
 */
export function toTalosKeyPem(key: webcrypto.CryptoKey): string {
  if (key.algorithm.name === 'ECDSA') {
    return KeyObject.from(key).export({ type: 'sec1', format: 'pem' }).toString();
  }
  return toPkcs8Pem(key).replaceAll('PRIVATE KEY', 'ED25519 PRIVATE KEY');
}
