import { oneLine } from '../errors/one-line.js';

/**
 * Why a connection failed.
 *
 * - `untrusted`: no trusted CA signed the server's certificate.
 * - `maintenance`: the same, and the certificate is that of a node in maintenance mode.
 * - `wrong-name`: the certificate is not for the endpoint's host or IP.
 * - `server-expired`, `server-not-yet-valid`: the server's certificate is not valid at this time;
 *   the clock of this machine may be wrong.
 * - `fingerprint`: the server's key has none of the given fingerprints.
 * - `client-refused`: the server wants a client certificate, or refused the one it got.
 * - `no-http2`: the server did not agree to speak HTTP/2.
 * - `not-tls`: the server answered with something other than TLS.
 * - `proxy`: the proxy did not let the connection through.
 * - `interrupted`: the connection was closed or reset, or broke in any other way.
 */
export type ConnectionProblem =
  | 'untrusted'
  | 'maintenance'
  | 'wrong-name'
  | 'server-expired'
  | 'server-not-yet-valid'
  | 'fingerprint'
  | 'client-refused'
  | 'no-http2'
  | 'not-tls'
  | 'proxy'
  | 'interrupted';

/** What else is known about a connection that failed. */
export interface ConnectionErrorOptions extends ErrorOptions {
  /** The fingerprint of the key that the server showed. */
  readonly peerFingerprint?: string | undefined;
}

/** A connection to an endpoint could not be made, or broke. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  /** Why it failed. */
  readonly problem: ConnectionProblem;
  /** The code of Node or OpenSSL, such as `ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED`. */
  readonly code: string | undefined;
  /**
   * The fingerprint of the server's key, when the server was not trusted: the SHA-256 of the public
   * key in base64, as nodes in maintenance mode print it and `maintenance` takes it.
   */
  readonly peerFingerprint: string | undefined;

  constructor(problem: ConnectionProblem, message: string, options?: ConnectionErrorOptions) {
    super(oneLine(message), options);
    this.problem = problem;
    this.code = errorCode(options?.cause);
    this.peerFingerprint = options?.peerFingerprint;
  }
}

/** The `code` that Node's errors have, if `error` has one. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
