import type { X509Certificate } from 'node:crypto';

/** The Organization values of a certificate: roles of Talos, groups of Kubernetes. */
export function organizationsOf(certificate: X509Certificate): readonly string[] {
  return namesOf(certificate, 'O');
}

/** The common name of a certificate. */
export function commonNameOf(certificate: X509Certificate): string {
  return namesOf(certificate, 'CN')[0] ?? '';
}

function namesOf(certificate: X509Certificate, part: 'O' | 'CN'): readonly string[] {
  const found: unknown = certificate.toLegacyObject().subject?.[part];
  const values = Array.isArray(found) ? found : [found];
  return values
    .filter((value) => typeof value === 'string')
    .map((value) => value.trim())
    .filter(Boolean);
}
