import { type webcrypto, X509Certificate } from 'node:crypto';
import { keyFingerprint } from '../../runtime/dial/fingerprint.js';
import { toPkcs8Pem, toTalosKeyPem } from './key-pair.js';

/** A certificate with its key. */
export interface Issued {
  /** The certificate as PEM, without its issuer. */
  readonly cert: string;
  /** The key as PEM with the label Talos uses, `ED25519 PRIVATE KEY`. */
  readonly key: string;
  /** The same key with the label `PRIVATE KEY`, for servers of Node and of grpc-js. */
  readonly pkcs8Key: string;
  /** SHA-256 of the public key in base64, as a node in maintenance mode shows it. */
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Puts a certificate and its key together. */
export function issued(cert: string, key: webcrypto.CryptoKey): Issued {
  const x509 = new X509Certificate(cert);
  return {
    cert,
    key: toTalosKeyPem(key),
    pkcs8Key: toPkcs8Pem(key),
    fingerprint: keyFingerprint(x509),
    notBefore: new Date(x509.validFrom),
    notAfter: new Date(x509.validTo),
  };
}

/** `ca`, `crt` and `key` of a talosconfig context: base64 of PEM text. */
export interface TalosconfigFields {
  readonly ca: string;
  readonly crt: string;
  readonly key: string;
}

/**
 * Certificates and key in the form a talosconfig has them.
 *
 * @param ca the CA certificate as PEM, or several during a rotation
 */
export function talosconfigFields(
  ca: string | readonly string[],
  client: Issued,
): TalosconfigFields {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const roots = typeof ca === 'string' ? ca : ca.join('');
  return { ca: base64(roots), crt: base64(client.cert), key: base64(client.key) };
}
