import { type ClientCertificate, certificateProblem } from '../credentials/client-certificate.js';
import type { ClientTrace } from '../diagnostics/client-trace.js';
import type { TalosConfigError } from '../errors/config-error.js';

const WEEK_MS = 7 * 24 * 3_600_000;

/** Looks at the client certificate with each call: has it run out, and will it soon? */
export class CertificateWatch {
  readonly #trace: ClientTrace;
  /** The certificate that was looked at last, and when it is to be told. */
  #certificate: ClientCertificate | undefined;
  #tellAt = Infinity;

  constructor(trace: ClientTrace) {
    this.#trace = trace;
  }

  /** Why `certificate` cannot be used now, if it cannot. */
  problem(certificate: ClientCertificate): TalosConfigError | undefined {
    const now = Date.now();
    if (certificate !== this.#certificate) {
      this.#certificate = certificate;
      const endsAt = certificate.notAfter.getTime();
      const wholeMs = endsAt - certificate.notBefore.getTime();
      this.#tellAt = endsAt - Math.min(wholeMs / 10, WEEK_MS);
    }
    const problem = certificateProblem(certificate, now);
    if (problem === undefined && now >= this.#tellAt) {
      this.#tellAt = Infinity;
      this.#tell(certificate, certificate.notAfter.getTime() - now);
    }
    return problem;
  }

  #tell(certificate: ClientCertificate, leftMs: number): void {
    if (this.#trace.certificateExpires(certificate, leftMs)) return;
    process.emitWarning(
      `the client certificate (${certificate.subject}) runs out at ` +
        `${certificate.notAfter.toISOString()}: get a new one from the cluster (talosctl config new, ` +
        'or the RPC GenerateClientConfiguration)',
      { type: 'TalosCertificateWarning', code: 'TALOS_CLIENT_CERTIFICATE_EXPIRES' },
    );
  }
}
