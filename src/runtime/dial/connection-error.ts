import { oneLine } from '../errors/one-line.js';

/**
 * What stood in the way of a connection.
 *
 * - `untrusted`: nobody who is trusted signed the server's certificate.
 * - `maintenance`: the same, and the certificate is that of a node in maintenance mode.
 * - `wrong-name`: the certificate is not for the endpoint's host or IP.
 * - `server-expired`, `server-not-yet-valid`: the server's certificate, or the clock of this side.
 * - `fingerprint`: the server's key is not one of those that were given.
 * - `client-refused`: the server wants a client certificate, or refused the one it got.
 * - `no-http2`: the server did not agree to speak HTTP/2.
 * - `not-tls`: the server answered with something else than TLS.
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

/** Why a connection to an endpoint did not come about, or how it broke. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  /** What stood in the way. */
  readonly problem: ConnectionProblem;
  /** The code of Node or OpenSSL, such as `ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED`. */
  readonly code: string | undefined;
  /**
   * The fingerprint of the key that the server showed, when it was not trusted: the SHA-256 of the
   * public key in base64, as nodes in maintenance mode print it and `maintenance` takes it.
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
