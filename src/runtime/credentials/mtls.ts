import { anything } from '../arguments/kinds.js';
import { checkOptions, type Shape } from '../arguments/options.js';
import type { Credentials } from './credentials.js';
import { type Pem, refuse } from './pem.js';
import { secureMaterial } from './secure-context.js';
import { TlsCredentials } from './tls-credentials.js';

/** A client certificate with its key, and whom to trust. */
export interface MtlsOptions {
  /**
   * The cluster's CA certificates; several during a rotation. Default: the roots of `systemRoots`.
   */
  readonly ca?: Pem | undefined;
  /** The client certificate, followed by intermediate certificates if there are any. */
  readonly cert: Pem;
  /** The private key of the client certificate. */
  readonly key: Pem;
}

const shape: Shape<MtlsOptions> = { ca: anything, cert: anything, key: anything };

/**
 * The usual credentials: TLS with a client certificate that names the caller's roles.
 *
 * All three options take PEM text, its bytes, or the base64 fields of a talosconfig. The server's
 * certificate has to be for the endpoint's host name or IP.
 *
 * @example
 * ```ts
 * const credentials = mtls({ ca, cert, key });
 * console.log(credentials.certificate?.roles); // ['os:admin']
 * ```
 *
 * @throws {TalosConfigError} naming `ca`, `cert` or `key` when it cannot be used
 */
export function mtls(options: MtlsOptions): Credentials {
  checkOptions(options, shape, 'mtls', '{ ca, cert, key }');
  const { ca, cert, key } = options;
  if (cert === undefined && key === undefined) {
    throw refuse('cert', 'is missing; serverTls() is for clients without a certificate');
  }
  return new TlsCredentials({ kind: 'mtls', ...secureMaterial({ ca, cert, key }) });
}
