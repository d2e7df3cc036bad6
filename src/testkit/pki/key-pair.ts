import { KeyObject, webcrypto } from 'node:crypto';

/** The algorithm of all keys of the Talos API. */
export const ed25519 = { name: 'Ed25519' } as const;

/** A fresh Ed25519 key pair, extractable. */
export async function createKeyPair(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(ed25519, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
}

/** The private key as PEM: PKCS#8 with its ordinary label, as OpenSSL and Node read it. */
export function toPkcs8Pem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}

/**
 * The private key as Talos writes it: the same content with the label `ED25519 PRIVATE KEY`, which
 * OpenSSL and Node refuse.
 */
export function toTalosKeyPem(key: webcrypto.CryptoKey): string {
  return toPkcs8Pem(key).replaceAll('PRIVATE KEY', 'ED25519 PRIVATE KEY');
}
