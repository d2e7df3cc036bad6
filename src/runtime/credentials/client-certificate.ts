import type { X509Certificate } from 'node:crypto';
import { TalosConfigError } from '../errors/config-error.js';

/** What a client certificate says about its holder. */
export interface ClientCertificate {
  /** The distinguished name, such as `O=os:admin`. */
  readonly subject: string;
  /**
   * The roles that Talos grants: all Organization values, even those that this library does not
   * know. See `Role`.
   */
  readonly roles: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 of the certificate, as hexadecimal digits with colons. */
  readonly fingerprint: string;
}

/** Reads the facts of a client certificate. */
export function describeCertificate(x509: X509Certificate): ClientCertificate {
  const organization: unknown = x509.toLegacyObject().subject?.O;
  const values = Array.isArray(organization) ? organization : [organization];
  return Object.freeze({
    subject: (x509.subject ?? '').replaceAll('\n', ', '),
    roles: Object.freeze(
      values
        .filter((value) => typeof value === 'string')
        .map((role) => role.trim())
        .filter(Boolean),
    ),
    notBefore: new Date(x509.validFrom),
    notAfter: new Date(x509.validTo),
    fingerprint: x509.fingerprint256,
  });
}

/**
 * Why the certificate cannot be used now: it has expired, or is not valid yet. Absent when it can.
 *
 * @param now milliseconds since 1970, as `Date.now()` gives
 */
export function certificateProblem(
  certificate: ClientCertificate,
  now: number = Date.now(),
): TalosConfigError | undefined {
  const { notBefore, notAfter } = certificate;
  if (now > notAfter.getTime()) {
    return new TalosConfigError(
      `the client certificate expired at ${notAfter.toISOString()}: get a new one from the ` +
        'cluster (talosctl config new, or the RPC GenerateClientConfiguration)',
      { field: 'credentials' },
    );
  }
  if (now < notBefore.getTime()) {
    return new TalosConfigError(
      `the client certificate is valid only from ${notBefore.toISOString()}, and the clock of ` +
        `this machine says ${new Date(now).toISOString()}: check the clock`,
      { field: 'credentials' },
    );
  }
  return undefined;
}
