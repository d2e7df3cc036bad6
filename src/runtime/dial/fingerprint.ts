import { createHash, type X509Certificate } from 'node:crypto';
import { TalosConfigError } from '../errors/config-error.js';

/**
 * The fingerprint of a certificate's key as Talos prints it on the console of a node in
 * maintenance mode: the SHA-256 of the public key (DER SubjectPublicKeyInfo) in base64.
 */
export function keyFingerprint(x509: X509Certificate): string {
  const key = x509.publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}

/**
 * Checks that each of `fingerprints` is one that Talos could have printed.
 *
 * @throws {TalosConfigError}
 */
export function checkFingerprints(fingerprints: readonly string[]): ReadonlySet<string> {
  if (!Array.isArray(fingerprints) || fingerprints.length === 0) {
    throw new TalosConfigError(
      'fingerprints: at least one is needed; maintenance({ insecure: true }) goes without',
      { field: 'fingerprints' },
    );
  }
  return new Set(
    fingerprints.map((fingerprint: unknown, index) => {
      const field = `fingerprints[${index}]`;
      const bytes =
        typeof fingerprint === 'string' ? Buffer.from(fingerprint, 'base64') : undefined;
      if (bytes?.length === 32 && bytes.toString('base64') === fingerprint) return fingerprint;
      throw new TalosConfigError(
        `${field}: must be the SHA-256 of the node's public key in base64, 44 characters, as its ` +
          'console shows it (not the hexadecimal fingerprint of a certificate)',
        { field },
      );
    }),
  );
}
